"""How people stand to the activity roles: who earned them, keeps them, and shall have them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import TextChoices

from activity.models import ActivityRole, AfkLeave
from activity.models.days import MS_PER_HOUR
from activity.querysets.standings import facts_of_all, facts_of_one
from activity.services.roles import why_not_by_merit

# Who has a role loses it only when they fall clearly below what it took.
KEPT_FROM = 0.9
DAYS = {ActivityRole.Window.WEEK: 7, ActivityRole.Window.MONTH: 30}


class State(TextChoices):
    """How somebody stands to one role."""

    HAS = "has", "Has it"
    GETS = "gets", "Gets it"
    LOSES = "loses", "Loses it"
    LEAVE = "leave", "On leave"
    EXEMPT = "exempt", "Exempt"
    BY_HAND = "by_hand", "Given by hand"
    NOT = "not", "Has not earned it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """Somebody's leave: whether it holds now, and which part of a rule's span it took."""

    holds_now: bool = False
    share: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One person and one rule."""

    rule: ActivityRole
    user_id: int
    member_id: int
    voice_ms: int
    has_role: bool
    is_held: bool
    expires_at: datetime | None
    is_exempt: bool
    away: Away
    is_blocked: bool = False  # the role is not given as things stand
    is_first: bool = True  # none that goes before it in its group fits as well

    @property
    def needed_ms(self) -> float:
        """How long it takes to be given the role."""
        return float(self.rule.min_hours) * MS_PER_HOUR

    @property
    def is_earned(self) -> bool:
        """True when the hours are there."""
        return self.voice_ms >= self.needed_ms

    @property
    def is_spared(self) -> bool:
        """True when the hours do not matter: on leave, or exempt."""
        return self.away.holds_now or self.is_exempt

    @property
    def fits(self) -> bool:
        """True for who earned it, or has it and has not fallen clearly below.

        Of the days on leave no hours are asked: who was away half the span needs half of them.
        """
        share = (self.away.share or {}).get(self.rule.window, 0.0)
        enough = self.needed_ms * KEPT_FROM * (1 - share)
        if not self.is_held:
            return self.is_earned and not self.is_blocked
        return self.is_spared or self.voice_ms >= enough

    @property
    def is_wanted(self) -> bool:
        """True when they shall have it."""
        return self.fits and self.is_first

    @property
    def state(self) -> State:
        """How they stand, in one word."""
        if not self.is_wanted:
            by_hand = State.BY_HAND if self.has_role else State.NOT
            return State.LOSES if self.is_held else by_hand
        if not self.is_earned and self.is_spared:
            return State.LEAVE if self.away.holds_now else State.EXEMPT
        return State.HAS if self.has_role else State.GETS


@dataclass(frozen=True, slots=True)
class Outlook:
    """How people stand to the roles of a server, and what stands against giving some of them."""

    standings: list[Standing]
    against: Mapping[int, str]


def look_at_roles(*, guild_id: int, now: datetime, user_id: int | None = None) -> Outlook:
    """Return how everybody stands to the roles they have or earned; or one person, to all roles."""
    found = ActivityRole.objects.of(guild_id).in_force().select_related("role")
    rules = {rule.pk: rule for rule in found}
    if not rules:
        return Outlook([], {})
    days = (first_day("week", now), first_day("month", now))
    facts = facts_of_one(guild_id, user_id, *days) if user_id else facts_of_all(guild_id, *days)
    away = absences_of(guild_id=guild_id, now=now)
    against = why_not_by_merit(*rules.values())
    judged = [_judge(rules, away, fact, now) for fact in facts]
    told = [replace(each, is_blocked=True) if each.rule.pk in against else each for each in judged]
    return Outlook(in_groups(told, list(rules)), against)


def standings_of(*, guild_id: int, now: datetime, user_id: int | None = None) -> list[Standing]:
    """Return how people stand to the roles of a server."""
    return look_at_roles(guild_id=guild_id, now=now, user_id=user_id).standings


def first_day(window: str, now: datetime) -> date:
    """Return the first day that counts: so many whole days, and today as far as it has come."""
    return now.astimezone(UTC).date() - timedelta(days=DAYS[ActivityRole.Window(window)])


def absences_of(*, guild_id: int, now: datetime) -> dict[int, Away]:
    """Return who is or lately was on leave, and which part of each span that was."""
    start = datetime.combine(first_day("month", now), time.min, tzinfo=UTC)
    lately = AfkLeave.objects.of(guild_id).filter(ends_at__gt=start, starts_at__lte=now)
    spans: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    for leave in lately:
        spans[leave.user_id].append((leave.starts_at, leave.ended_at or leave.ends_at))
    return {user_id: _away(theirs, now) for user_id, theirs in spans.items()}


def in_groups(standings: Sequence[Standing], sequence: Sequence[int]) -> list[Standing]:
    """Let of the roles of one group only the first fit; `sequence` are the rules in their order."""
    place = {rule_id: number for number, rule_id in enumerate(sequence)}
    first: dict[tuple[int, str], int] = {}
    for each in standings:
        if each.rule.group and each.fits:
            key = (each.user_id, each.rule.group)
            first[key] = min(place[each.rule.pk], first.get(key, len(place)))
    return [
        replace(each, is_first=place[each.rule.pk] <= first[each.user_id, each.rule.group])
        if (each.user_id, each.rule.group) in first
        else each
        for each in standings
    ]


def _judge(
    rules: Mapping[int, ActivityRole],
    away: Mapping[int, Away],
    fact: tuple[Any, ...],
    now: datetime,
) -> Standing:
    rule_id, user_id, member_id, voice_ms, has_role, given_at, expires_at, is_exempt = fact
    return Standing(
        rule=rules[rule_id],
        user_id=user_id,
        member_id=member_id,
        voice_ms=voice_ms,
        has_role=has_role,
        is_held=given_at is not None and (expires_at is None or expires_at > now),
        expires_at=expires_at,
        is_exempt=is_exempt,
        away=away.get(user_id, Away()),
    )


def _away(spans: Iterable[tuple[datetime, datetime]], now: datetime) -> Away:
    told = list(spans)
    holds_now = any(start <= now < end for start, end in told)
    return Away(holds_now=holds_now, share={each: _share(told, each, now) for each in DAYS})


def _share(spans: Iterable[tuple[datetime, datetime]], window: str, now: datetime) -> float:
    """Return which part of a rule's span lies within some leave."""
    start = datetime.combine(first_day(window, now), time.min, tzinfo=UTC)
    none = timedelta(0)
    within = sum((max(min(end, now) - max(begin, start), none) for begin, end in spans), none)
    return min(within / (now - start), 1.0)
