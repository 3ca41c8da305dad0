"""Cases: what moderators decided, in the desk's words and by Discord's own buttons."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from activity.snowflakes import first_id_at
from community.errors import HouseError
from community.models import MemberRole, Role
from config.past.town import Person, Town
from moderation.models import Case
from moderation.services.byhand import (
    BANNED,
    CHANGED,
    KICKED,
    TIMEOUT,
    UNBANNED,
    DiscordEntry,
    note_discord_entry,
)
from moderation.services.deeds import ban_member, mute_member
from moderation.services.docket import Decision, Deed
from moderation.services.records import note_about
from moderation.services.warnings import write_warning

PEOPLE_FOR_A_CASE = 16
WARNED, NOTED, PUT_OUT = 0.5, 0.65, 0.5
REASONS = (
    "Spoilers without a warning", "Shouting at a newcomer", "Advertising", "Off-topic, again",
    "Insults after being asked to stop", "The same link in four channels",
)  # fmt: skip
NOTES = ("Asked kindly, and was kind.", "Same person as last month?", "Apologised by themselves.")
A_WEEK, A_DAY, AN_HOUR = timedelta(days=7), timedelta(days=1), timedelta(hours=1)
Step = tuple[datetime, Callable[[], object]]


def decide(town: Town) -> None:
    """Write down what was decided, in the order of time; what is refused was not decided."""
    moderators = _moderators(town)
    ordinary = [each for each in town.people if each.user_id not in moderators]
    if moderators:
        steps = [*_steps(town, moderators, ordinary), *_of_late(town, moderators, ordinary)]
        for _, decide_it in sorted(steps, key=lambda step: step[0]):
            with suppress(HouseError):
                decide_it()


def _moderators(town: Town) -> list[int]:
    first = Role.objects.filter(guild_id=town.guild_id, managed=False).order_by("-position")
    held = MemberRole.objects.standing().filter(guild_id=town.guild_id, role=first[:1].get())
    return sorted(held.values_list("member__user_id", flat=True))


def _steps(town: Town, moderators: list[int], people: list[Person]) -> Iterator[Step]:
    for _ in range(len(people) // PEOPLE_FOR_A_CASE):
        one, moderator = town.chance.choice(people), town.chance.choice(moderators)
        since, until = max(one.since, town.begins), one.until
        if until - since < A_DAY:
            continue
        at = since + (until - AN_HOUR - since) * town.chance.random()
        kind = town.chance.random()
        if kind < WARNED:
            yield at, _warn(town, one, moderator, at)
        elif kind < NOTED:
            yield at, _note(town, one, moderator, at)
        else:
            yield from _by_hand(town, one, moderator, at)


def _warn(town: Town, one: Person, moderator: int, at: datetime) -> Callable[[], object]:
    decision = Decision(guild_id=town.guild_id, moderator_id=moderator, at=at)
    why, points = town.chance.choice(REASONS), town.chance.choice((1, 1, 1, 2))
    return partial(write_warning, decision=decision, user_id=one.user_id, reason=why, points=points)


def _note(town: Town, one: Person, moderator: int, at: datetime) -> Callable[[], object]:
    decision = Decision(guild_id=town.guild_id, moderator_id=moderator, at=at)
    text = town.chance.choice(NOTES)
    return partial(note_about, decision=decision, user_id=one.user_id, text=text)


def _by_hand(town: Town, one: Person, moderator: int, at: datetime) -> Iterator[Step]:
    """Yield what was done with Discord's buttons: who is gone was put out, who is here silenced."""
    if one.until == town.now:
        silence: dict[str, object] = {TIMEOUT: at + AN_HOUR}
        yield at, _entry(town, one, moderator, (at, CHANGED), silence)
    elif town.chance.random() < PUT_OUT:
        yield one.until, _entry(town, one, moderator, (one.until, KICKED))
    else:
        yield one.until, _entry(town, one, moderator, (one.until, BANNED))
        later = one.until + A_WEEK
        if later < town.now:
            yield later, _entry(town, one, moderator, (later, UNBANNED))


def _entry(
    town: Town,
    one: Person,
    moderator: int,
    what: tuple[datetime, int],
    changes: dict[str, object] | None = None,
) -> Callable[[], object]:
    at, action = what
    entry = DiscordEntry(
        guild_id=town.guild_id,
        entry_id=first_id_at(at) | town.chance.getrandbits(22),
        action=action,
        actor_id=moderator,
        target_id=one.user_id,
        at=at,
        reason=town.chance.choice(REASONS),
        changes=changes or {},
    )
    return partial(note_discord_entry, entry=entry)


def _of_late(town: Town, moderators: list[int], people: list[Person]) -> Iterator[Step]:
    """Yield what still holds: somebody gone is banned for two weeks, somebody here is silent."""
    moderator = moderators[0]
    gone = next((each for each in people if each.until < town.now), None)
    here = next(each for each in reversed(people) if each.until == town.now)
    for one, act, ago, kind, span in (
        (gone, ban_member, 2 * A_DAY, Case.Kind.BAN, 14 * A_DAY),
        (here, mute_member, AN_HOUR / 2, Case.Kind.MUTE, A_DAY),
    ):
        if one:
            at = town.now - ago
            decision = Decision(guild_id=town.guild_id, moderator_id=moderator, at=at)
            why = town.chance.choice(REASONS)
            deed = Deed(kind=kind, user_id=one.user_id, reason=why, duration=span)
            yield at, partial(act, decision=decision, deed=deed)
