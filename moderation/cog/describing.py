"""How records, cases and warnings look on Discord."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import discord
from discord.utils import format_dt

from community.cog.card import LONGEST_VALUE, card
from community.words import plain
from moderation.models import Case, CaseEvent, MemberWarning, Punishment
from moderation.services.lookups import Brief, Story
from moderation.services.telling import what_was_found

LONGEST_PAGE = 4_000
LONGEST_NAME = 200
LONGEST_REASON = 120
LONGEST_WORDS = 2_000


def describe_brief(brief: Brief) -> discord.Embed:
    """Show somebody's record, what holds for them and what comes next on the ladder."""
    told = {
        "Person": f"<@{brief.user_id}>",
        "Record": brief.record_words,
        "Points": str(brief.standing.points),
        "Next on the ladder": brief.next_words,
        "Holds now": "\n".join(_kept(each) for each in brief.record.open_punishments),
        "Latest": _first(map(describe_line, brief.record.latest), LONGEST_VALUE),
    }
    return card(_name(brief), told, footer=f"Id {brief.user_id}")


def describe_line(case: Case) -> str:
    """Put a case on one line."""
    reason = plain(case.reason or case.comment, most=LONGEST_REASON) or "no reason"
    words = f"`#{case.number}` {case.get_kind_display()} {format_dt(case.created_at, 'd')} {reason}"
    if case.overruled_at:
        return f"~~{words}~~ (overruled)"
    ended = [each.get_ending_display().lower() for each in case.warnings.all() if each.ended_at]
    return f"{words} ({ended[0]})" if ended else words


def describe_history(brief: Brief, cases: Sequence[Case]) -> discord.Embed:
    """List cases of somebody, the newest first."""
    lines = _first(map(describe_line, cases), LONGEST_PAGE)
    embed = card(f"History of {_name(brief)}", {"Record": brief.record_words})
    embed.description = lines or "Nothing is on record."
    return embed.set_footer(text=f"Id {brief.user_id}")


def describe_warnings(brief: Brief, warnings: Sequence[MemberWarning]) -> discord.Embed:
    """List the warnings that count, with the points they make."""
    told = {
        "Points": str(brief.standing.points),
        "Next on the ladder": brief.next_words,
    }
    embed = card(f"Warnings of {_name(brief)}", told)
    lines = _first(map(_warning, warnings), LONGEST_PAGE)
    embed.description = lines or "No warning counts."
    return embed.set_footer(text=f"Id {brief.user_id}")


def _warning(warning: MemberWarning) -> str:
    points = f"{warning.points} {'point' if warning.points == 1 else 'points'}"
    return f"{describe_line(warning.case)}, {points}, until {_day(warning.expires_at)}"


def describe_case(story: Story) -> discord.Embed:
    """Show a case with all that happened to it."""
    case = story.case
    title = f"#{case.number} {case.get_kind_display()}"
    embed = card(f"{title} (overruled)" if case.overruled_at else title, _facts(case))
    if story.punishment:
        embed.add_field(name="Holds", value=_kept(story.punishment))
    embed.description = _latest([_event(story, each) for each in story.events])
    return embed


def _latest(lines: Sequence[str]) -> str:
    """Return as many lines as there is room for, in order; what gives way is the oldest."""
    kept = _first(reversed(lines), LONGEST_PAGE).split("\n")
    return "\n".join(reversed(kept))


def _name(brief: Brief) -> str:
    return plain(brief.name, most=LONGEST_NAME)


def _first(lines: Iterable[str], most: int) -> str:
    """Return the first lines, as many as there is room for: half a line could format others."""
    told = ""
    for line in lines:
        if len(told) + len(line) > most:
            break
        told += f"{line}\n"
    return told.rstrip("\n")


def _facts(case: Case) -> dict[str, str]:
    return {
        "Person": f"<@{case.user_id}>" if case.user_id else "",
        "Channel": f"<#{case.channel_id}>" if case.channel_id else "",
        "Moderator": f"<@{case.moderator_id}>" if case.moderator_id else "",
        "Where": case.get_source_display(),
        "Reason": plain(case.reason, most=LONGEST_VALUE),
        "Points": str(case.points or ""),
        "Message to them": case.get_message_display() if case.user_id else "",
    }


def _kept(punishment: Punishment) -> str:
    end = f"until {format_dt(punishment.ends_at)}" if punishment.ends_at else "for ever"
    state = "" if punishment.is_open else f", {punishment.get_state_display().lower()}"
    return f"{punishment.get_kind_display()} {end}{state}"


def _event(story: Story, event: CaseEvent) -> str:
    at, verb = format_dt(event.at, "f"), event.get_verb_display()
    if found := what_was_found(event):
        verb += f" ({found.rstrip('.').lower()})"
    by = f" by <@{event.actor_id}>" if event.actor_id else ""
    words = plain(story.words.get(event.pk, ""), most=LONGEST_WORDS)
    return f"{at} {verb}{by}{f': {words}' if words else ''}"


def _day(end: datetime | None) -> str:
    return format_dt(end, "d") if end else "for ever"
