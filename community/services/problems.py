"""What stands in the way out there, from rows alone: each trouble in words, and what mends it."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Now

from community.kinds import label_of
from community.models import Channel, Errand, Guild, GuildSettings, Role, StandingOrder
from community.scope import cross_guild
from community.services.bots import look_at_bot

OFF_BY = timedelta(seconds=30)
LATE_AFTER = timedelta(minutes=2)
LATELY = timedelta(days=7)
STUCK_AFTER = 3
TO_ROLES = "On Discord: Server Settings, Roles."
RIGHTS = {
    "ban": "Ban Members",
    "timeout": "Timeout Members",
    "role": "Manage Roles",
    "mute_role": "Manage Roles",
}
CLOSED = "They take no messages"
GONE = "The channel is gone"
FORBIDDEN = ("The bot may not see it", "The bot lacks the permission")
LONGEST_ID = 19

Names = dict[int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that needs a hand: what, how much of it, and what mends it.

    `kind` and `about` say where in the desk its rows are; `is_grave` tells it from what is only
    worth knowing.
    """

    kind: str
    title: str
    fix: str
    about: str = ""
    count: int = 1
    is_grave: bool = True


# What was found, each with its server.
Found = Iterator[tuple[int, Problem]]


def problems_of(*, guild_id: int) -> list[Problem]:
    """Return what stands in the way in one server, the grave first."""
    return problems_in(guild_ids=[guild_id])[guild_id]


def problems_in(*, guild_ids: Collection[int]) -> dict[int, list[Problem]]:
    """Return what stands in the way in each of some servers; as many questions as for one."""
    house = problems_of_house()
    with cross_guild("what stands in the way in some servers", among=guild_ids):
        found = {guild_id: [*house] for guild_id in guild_ids}
        for look in (_away, _orders, _settings, _errands):
            for guild_id, problem in look(guild_ids):
                found[guild_id].append(problem)
    return {
        key: sorted(each, key=lambda problem: not problem.is_grave) for key, each in found.items()
    }


def count_problems(*, guild_id: int) -> int:
    """Return how many grave things stand in the way, for a badge."""
    return sum(problem.is_grave for problem in problems_of(guild_id=guild_id))


def problems_of_house() -> list[Problem]:
    """Return what stands in the way in every server alike."""
    bot = look_at_bot()
    if bot is None:
        title = "The bot is not running: nothing is carried out on Discord."
        fix = "Whoever keeps the house starts it: python3 manage.py up, or runbot."
    elif not bot.is_on_discord:
        title = f"The bot is running, but not on Discord: it {bot.words or 'says nothing'}."
        fix = "It goes on by itself; what it waits for stands in its log."
    else:
        return _clock(bot.clock_off)
    return [Problem(kind="bot", title=title, fix=fix)]


def _clock(off: timedelta | None) -> list[Problem]:
    if off is None:
        title = "Discord has not told the time yet: nothing is carried out until it does."
        fix = "It goes on by itself with Discord's first answer."
        return [Problem(kind="bot", title=title, fix=fix)]
    if abs(off) < OFF_BY:
        return []
    title = f"The clock of the bot's machine is {abs(off.total_seconds()):,.0f} s off Discord's."
    fix = "Whoever keeps the house sets it. What ends, ends by Discord's time all the same."
    return [Problem(kind="bot", title=title, fix=fix, is_grave=False)]


def _away(guild_ids: Collection[int]) -> Found:
    away = Guild.objects.filter(Q(available=False) | Q(left_at__isnull=False), pk__in=guild_ids)
    for guild in away:
        if guild.is_away:
            title = "The bot was removed from this server."
            fix = "Invite it again; everything is kept for 30 days, and goes on where it stood."
        else:
            title = "Discord cannot reach this server."
            fix = "Nothing to do: it goes on by itself as soon as Discord has mended it."
        yield guild.pk, Problem(kind="away", title=title, fix=fix)


def _orders(guild_ids: Collection[int]) -> Found:
    """Find the orders that wait for something, and those whose end has passed."""
    late = Q(hold="", wanted=True, until__lt=Now() - LATE_AFTER)
    due = Q(next_check_at__lt=Now() - LATE_AFTER)  # as they are, and an index has these
    rows = StandingOrder.objects.filter(~Q(hold="") | (late & due), guild_id__in=guild_ids)
    groups = rows.values("guild_id", "hold", "kind", "subject", "last_error")
    counted = list(groups.annotate(count=Count("pk")).order_by("guild_id", "kind", "subject"))
    roles = _names(Role, guild_ids, {each["subject"] for each in counted})
    sums: dict[tuple[int, str], int] = defaultdict(int)
    for each in counted:
        if each["hold"] == StandingOrder.Hold.PERMISSION:
            yield each["guild_id"], _missing_right(each, roles)
        else:
            sums[each["guild_id"], each["hold"]] += each["count"]
    yield from ((guild_id, _held(hold, count)) for (guild_id, hold), count in sums.items())


def _missing_right(each: Mapping[str, Any], roles: Names) -> Problem:
    what = " ".join(filter(None, [label_of(each["kind"]), roles.get(each["subject"], "")]))
    fix = (
        f"Give the bot's role the permission “{RIGHTS.get(each['kind'], 'it needs')}”, and drag it "
        f"above the roles of those it shall act on. {TO_ROLES} It is tried again by itself."
    )
    return Problem(
        kind="permission",
        title=f"{what} ({each['count']}): {each['last_error']}",
        fix=fix,
        about=each["kind"],
        count=each["count"],
    )


def _held(hold: str, count: int) -> Problem:
    """Say what some orders wait for, or that their end has passed."""
    title, fix = {
        "": (
            "should have ended by now, and Discord was not told.",
            "The bot ends them as soon as it runs and Discord answers.",
        ),
        "guild_away": (
            "wait for this server to come back.",
            "They go on by themselves once the bot is in the server, and Discord can reach it.",
        ),
        "restored": (
            "wait for a word since a backup was restored.",
            "Look at the differences, and approve them.",
        ),
        "clock": (
            "wait for a time that can be trusted.",
            "They go on by themselves with Discord's next answer.",
        ),
    }[hold]
    kind = hold or "late"
    return Problem(
        kind=kind,
        title=f"{count} standing {'order' if count == 1 else 'orders'} {title}",
        fix=fix,
        count=count,
        is_grave=hold != "guild_away",
    )


def _settings(guild_ids: Collection[int]) -> Found:
    """Find the settings that name a channel or a role which is no more."""
    fields = [f for f in GuildSettings._meta.local_fields if f.related_model in (Channel, Role)]
    rows = GuildSettings.objects.filter(guild_id__in=guild_ids)
    for row in rows.select_related(*[field.name for field in fields]):
        for field in fields:
            named = getattr(row, field.name)
            if named is None or named.deleted_at is None:
                continue
            title = f"{named} was deleted, and is still the {field.verbose_name}."
            what = "role" if field.related_model is Role else "channel"
            fix = f"Choose another {what} in the settings."
            yield row.guild_id, Problem(kind=what, title=title, fix=fix)


def _errands(guild_ids: Collection[int]) -> Found:
    """Sum up the errands that came to nothing lately, or were tried again and again."""
    dead = Q(state=Errand.State.DEAD, ended_at__gt=Now() - LATELY)
    tried = Q(state__in=["waiting", "running"], attempts__gte=STUCK_AFTER) & ~Q(last_error="")
    rows: Any = Errand.objects.filter(dead | tried, guild_id__in=guild_ids)
    rows = rows.annotate(channel=KeyTextTransform("channel_id", "payload"))
    rows = rows.annotate(ended=Q(state=Errand.State.DEAD))
    groups = rows.values("guild_id", "kind", "ended", "channel", "last_error")
    counted = list(groups.annotate(count=Count("pk")).order_by("guild_id", "kind", "channel"))
    channels = _names(Channel, guild_ids, {_number(each["channel"]) for each in counted})
    for each in counted:
        yield each["guild_id"], _errand(each, channels.get(_number(each["channel"]), ""))


def _errand(each: Mapping[str, Any], place: str) -> Problem:
    """Say what came to nothing, or is stuck; closed doors of people are no fault."""
    words, count, is_dead = each["last_error"], each["count"], each["ended"]
    fix = _fix_for(words) if is_dead else "It is tried again by itself."
    if words.startswith(FORBIDDEN):
        fix = f"Let the bot's role view {place or 'the channel'} and send messages there. {fix}"
    what = f"{label_of(each['kind'])} in {place}" if place else label_of(each["kind"])
    return Problem(
        kind="given_up" if is_dead else "stuck",
        title=f"{what} ({count}): {words}",
        fix=fix,
        about=each["kind"],
        count=count,
        is_grave=not words.startswith(CLOSED),
    )


def _fix_for(words: str) -> str:
    if words.startswith(CLOSED):
        return "People may close their messages; there is nothing to do."
    if words.startswith(GONE):
        return "Choose another channel in the settings, then try again."
    return "Mend what it says, then try again."


def _number(text: str | None) -> int:
    is_id = text and text.isascii() and text.isdecimal() and len(text) <= LONGEST_ID
    return int(text) if text and is_id else 0


def _names(model: type[Any], guild_ids: Collection[int], keys: set[int]) -> Names:
    """Return what some channels or roles are called; those of other servers are nobody's."""
    wanted = keys - {0}
    rows = model.objects.filter(guild_id__in=guild_ids, pk__in=wanted) if wanted else ()
    return {row.pk: str(row) for row in rows}
