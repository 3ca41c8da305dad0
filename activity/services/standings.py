"""How people stand to the activity roles: who earned them, keeps them, and shall have them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import TextChoices

from activity.models import (
    ActivityRole,
    ActivityRoleHolding,
    AfkLeave,
    MemberDay,
    MemberTotals,
)
from activity.models.days import MS_PER_HOUR
from activity.services.roles import why_not_by_merit
from community.models import Member, MemberRole

# Who has a role loses it only when they fall clearly below what it took.
KEPT_FROM = 0.9
Window = ActivityRole.Window
DAYS = {Window.WEEK: 7, Window.MONTH: 30}


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
    share: Mapping[str, float]


@dataclass(slots=True, kw_only=True)
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
    away: Away | None
    is_blocked: bool  # the role is not given as things stand
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
    def is_away(self) -> bool:
        """True while they are on leave."""
        return self.away is not None and self.away.holds_now

    @property
    def is_spared(self) -> bool:
        """True when the hours do not matter: on leave, or exempt."""
        return self.is_away or self.is_exempt

    @property
    def fits(self) -> bool:
        """True for who earned it, or has it and has not fallen clearly below.

        Of the days on leave no hours are asked: who was away half the span needs half of them.
        """
        if not self.is_held:
            return self.is_earned and not self.is_blocked
        share = self.away.share.get(self.rule.window, 0.0) if self.away else 0.0
        return self.is_spared or self.voice_ms >= self.needed_ms * KEPT_FROM * (1 - share)

    @property
    def is_wanted(self) -> bool:
        """True when they shall have it."""
        return self.is_first and self.fits

    @property
    def state(self) -> State:
        """How they stand, in one word."""
        if not self.is_wanted:
            by_hand = State.BY_HAND if self.has_role else State.NOT
            return State.LOSES if self.is_held else by_hand
        if not self.is_earned and self.is_spared:
            return State.LEAVE if self.is_away else State.EXEMPT
        return State.HAS if self.has_role else State.GETS


@dataclass(frozen=True, slots=True)
class Outlook:
    """How people stand to the roles of a server, and what stands against giving some of them."""

    standings: list[Standing]
    against: Mapping[int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a server's people, by their ids; each asked for once, whatever the rules."""

    members: Mapping[int, int]
    spent: Mapping[str, Mapping[int, int]]
    roles: Mapping[int, set[int]]
    held: Mapping[int, Mapping[int, datetime | None]]
    away: Mapping[int, Away]
    against: Mapping[int, str]


def look_at_roles(*, guild_id: int, now: datetime, user_id: int | None = None) -> Outlook:
    """Return how everybody stands to the roles they have or earned; or one person, to all roles."""
    rules = list(ActivityRole.objects.of(guild_id).in_force().select_related("role"))
    if not rules:
        return Outlook([], {})
    facts = _gather(guild_id, rules, now, {"user_id": user_id} if user_id else {})
    found = [
        _judge(rule, person, facts)
        for rule in rules
        for person in ([user_id] if user_id else _concerned(rule, facts))
        if person in facts.members
    ]
    _let_the_first_fit(found)
    return Outlook(found, facts.against)


def standings_of(*, guild_id: int, now: datetime, user_id: int | None = None) -> list[Standing]:
    """Return how people stand to the roles of a server."""
    return look_at_roles(guild_id=guild_id, now=now, user_id=user_id).standings


def first_day(window: str, now: datetime) -> date:
    """Return the first day that counts: so many whole days, and today as far as it has come."""
    return now.astimezone(UTC).date() - timedelta(days=DAYS[Window(window)])


def _gather(guild_id: int, rules: list[ActivityRole], now: datetime, whom: dict[str, int]) -> Facts:
    people = Member.objects.present().persons().filter(guild_id=guild_id, **whom)
    members = dict(people.values_list("user_id", "pk"))
    return Facts(
        members=members,
        spent=_time_spent(guild_id, rules, now, whom),
        roles=_roles_held(guild_id, rules, members, whom),
        held=_held_by_merit(guild_id, now, whom),
        away=_absences(guild_id, now, whom),
        against=why_not_by_merit(*rules),
    )


def _time_spent(
    guild_id: int, rules: Iterable[ActivityRole], now: datetime, whom: dict[str, int]
) -> dict[str, Mapping[int, int]]:
    days = MemberDay.objects.of(guild_id).filter(**whom)
    asked = {rule.window for rule in rules}
    starts = {str(window): first_day(window, now) for window in DAYS if window in asked}
    spent: dict[str, Mapping[int, int]] = {**(days.voice_since(**starts) if starts else {})}
    if Window.EVER in asked:
        totals = MemberTotals.objects.of(guild_id).filter(voice_ms__gt=0, **whom)
        spent[Window.EVER] = dict(totals.values_list("user_id", "voice_ms"))
    return spent


def _roles_held(
    guild_id: int, rules: Iterable[ActivityRole], members: Mapping[int, int], whom: dict[str, int]
) -> dict[int, set[int]]:
    """Return which of these members have which of the roles that matter on Discord."""
    matter = {key for rule in rules for key in (rule.role_id, *rule.exempt_role_ids)}
    rows = MemberRole.objects.standing().filter(guild_id=guild_id, role_id__in=matter)
    theirs = rows.filter(member_id__in=members.values()) if whom else rows
    people = {member_id: user_id for user_id, member_id in members.items()}
    found: dict[int, set[int]] = defaultdict(set)
    for role_id, member_id in theirs.values_list("role_id", "member_id"):
        if user_id := people.get(member_id):
            found[role_id].add(user_id)
    return found


def _held_by_merit(
    guild_id: int, now: datetime, whom: dict[str, int]
) -> dict[int, dict[int, datetime | None]]:
    rows = ActivityRoleHolding.objects.of(guild_id).held(now).filter(**whom)
    found: dict[int, dict[int, datetime | None]] = defaultdict(dict)
    for rule_id, user_id, expires_at in rows.values_list("rule_id", "user_id", "expires_at"):
        found[rule_id][user_id] = expires_at
    return found


def _absences(guild_id: int, now: datetime, whom: dict[str, int]) -> dict[int, Away]:
    """Return who is or lately was on leave, and which part of each span that was."""
    start = _start(Window.MONTH, now)
    lately = AfkLeave.objects.of(guild_id).filter(ends_at__gt=start, starts_at__lte=now, **whom)
    spans: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    for leave in lately:
        spans[leave.user_id].append((leave.starts_at, leave.ended_at or leave.ends_at))
    return {user_id: _away(theirs, now) for user_id, theirs in spans.items()}


def _concerned(rule: ActivityRole, facts: Facts) -> Iterator[int]:
    """Yield who has a rule's role, holds it by merit, or was long enough in voice."""
    needed = float(rule.min_hours) * MS_PER_HOUR
    enough = {user_id for user_id, ms in facts.spent[rule.window].items() if ms >= needed}
    has, held = facts.roles.get(rule.role_id, set()), facts.held.get(rule.pk, {})
    yield from sorted(enough | has | held.keys())


def _judge(rule: ActivityRole, user_id: int, facts: Facts) -> Standing:
    held = facts.held.get(rule.pk, {})
    exempt = (facts.roles.get(role_id, ()) for role_id in rule.exempt_role_ids)
    return Standing(
        rule=rule,
        user_id=user_id,
        member_id=facts.members[user_id],
        voice_ms=facts.spent[rule.window].get(user_id, 0),
        has_role=user_id in facts.roles.get(rule.role_id, ()),
        is_held=user_id in held,
        expires_at=held.get(user_id),
        is_exempt=any(user_id in holders for holders in exempt),
        away=facts.away.get(user_id),
        is_blocked=rule.pk in facts.against,
    )


def _let_the_first_fit(standings: Iterable[Standing]) -> None:
    """Let of the roles of one group only the first fit; they come in their group's order."""
    taken: set[tuple[int, str]] = set()
    for each in standings:
        if each.rule.group and each.fits:
            each.is_first = (each.user_id, each.rule.group) not in taken
            taken.add((each.user_id, each.rule.group))


def _away(spans: Iterable[tuple[datetime, datetime]], now: datetime) -> Away:
    told = list(spans)
    holds_now = any(start <= now < end for start, end in told)
    return Away(holds_now=holds_now, share={each: _share(told, each, now) for each in DAYS})


def _share(spans: Iterable[tuple[datetime, datetime]], window: str, now: datetime) -> float:
    """Return which part of a rule's span lies within some leave."""
    start, none = _start(window, now), timedelta(0)
    within = sum((max(min(end, now) - max(begin, start), none) for begin, end in spans), none)
    return min(within / (now - start), 1.0)


def _start(window: str, now: datetime) -> datetime:
    return datetime.combine(first_day(window, now), time.min, tzinfo=UTC)
