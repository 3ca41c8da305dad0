"""Leaderboards and ranks: who did how much, of those whom everybody may be shown."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from django.db.models import F, Q, QuerySet, Sum
from django.utils import timezone

from activity.models import GlobalProgress, MemberDay, MemberTotals, Progress
from activity.services.curve import Step, step_of
from community.errors import HouseError
from community.models import GuildSettings, Member, MemberRole
from community.scope import guild_scope
from community.services.neighbours import apps_that_answer

Measure = Literal["messages", "voice", "xp", "coins"]
Span = Literal["day", "week", "month", "ever"]
DAYS: dict[Span, int] = {"day": 1, "week": 7, "month": 30}
COLUMNS: dict[Measure, str] = {"messages": "messages", "voice": "voice_ms", "xp": "xp"}
PAGE = 10
MOST_PAGES = 100
NOTHING_YET = "They have written nothing here that counts."
NOT_SHOWN = "They are not shown to others."
YOU_ARE_NOT_SHOWN = "You are not shown to others; ask with `alone` to see it by yourself."


@dataclass(frozen=True, slots=True)
class Line:
    """One person's place on a leaderboard; values of voice are milliseconds."""

    place: int
    user_id: int
    name: str
    value: int


@dataclass(frozen=True, slots=True)
class Board:
    """One page of a leaderboard, and where the one who asks stands."""

    measure: Measure
    span: Span
    page: int
    lines: list[Line]
    has_more: bool
    mine: Line | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far somebody has come in one server, and everywhere; who is not shown has no place."""

    user_id: int
    name: str
    username: str
    xp: int
    step: Step
    place: int | None
    level_everywhere: int
    messages: int
    voice_ms: int


def board_of(
    *, guild_id: int, measure: Measure, span: Span, page: int = 0, asked_by: int = 0
) -> Board:
    """Return one page of a leaderboard, the first being 0."""
    with guild_scope(guild_id):
        ranked = _ranked(guild_id, measure, span).filter(user_id__in=_shown(guild_id))
        ranked = ranked.order_by("-value", "user_id")
        first = min(page, MOST_PAGES - 1) * PAGE
        found = list(ranked[first : first + PAGE + 1])
        mine = ranked.filter(user_id=asked_by).first()
        told = {"place": _place(ranked, mine), **mine} if mine else {}
        names = _names(guild_id, [row["user_id"] for row in [*found, *([mine] if mine else [])]])
        return Board(
            measure=measure,
            span=span,
            page=page,
            lines=list(_lines(found[:PAGE], first, names)),
            has_more=len(found) > PAGE and page + 1 < MOST_PAGES,
            mine=Line(**told, name=names[asked_by]) if told else None,
        )


def rank_of(*, guild_id: int, user_id: int, asked_by: int, is_alone: bool = False) -> Standing:
    """Return how far somebody has come, as far as the one who asks may be shown it.

    `is_alone` says that nobody else will see it.
    """
    with guild_scope(guild_id):
        known = Member.objects.filter(guild_id=guild_id, user_id=user_id, user__erased_at=None)
        member = known.select_related("user").first()
        is_shown = _shown(guild_id).filter(user_id=user_id).exists()
        if not is_shown and not (is_alone and user_id == asked_by):
            raise HouseError(YOU_ARE_NOT_SHOWN if user_id == asked_by else NOT_SHOWN)
        progress = Progress.objects.of(guild_id).of_person(user_id).first()
        if member is None or progress is None:
            raise HouseError(NOTHING_YET)
        return _standing(member, progress, is_shown=is_shown)


def _standing(member: Member, progress: Progress, *, is_shown: bool) -> Standing:
    guild_id, user_id = member.guild_id, member.user_id
    ranked = _ranked(guild_id, "xp", "ever").filter(user_id__in=_shown(guild_id))
    totals = MemberTotals.objects.of(guild_id).of_person(user_id).first()
    everywhere = GlobalProgress.objects.of_person(user_id).first()
    mine = {"user_id": user_id, "value": progress.xp}
    return Standing(
        user_id=user_id,
        name=member.nickname or str(member.user),
        username=member.user.username,
        xp=progress.xp,
        step=step_of(progress.xp),
        place=_place(ranked, mine) if is_shown else None,
        level_everywhere=step_of(everywhere.xp if everywhere else 0).level,
        messages=totals.messages if totals else 0,
        voice_ms=totals.voice_ms if totals else 0,
    )


def _ranked(guild_id: int, measure: Measure, span: Span) -> QuerySet[Any, dict[str, int]]:
    """Return who did how much, in rows of a person and a value."""
    if measure == "coins":
        return _coins(guild_id, span)
    column, rows = COLUMNS[measure], _rows(guild_id, measure, span)
    value = F(column) if span == "ever" else Sum(column)
    grouped: QuerySet[Any, dict[str, int]] = rows.values("user_id").annotate(value=value)
    return grouped.filter(value__gt=0)


def _coins(guild_id: int, span: Span) -> QuerySet[Any, dict[str, int]]:
    """Return who has how many coins, as the app above that keeps them tells."""
    if span != "ever":
        raise HouseError("Coins are what people have now: leave out over which days.")
    (bank,) = apps_that_answer("coins_of_people")
    told: QuerySet[Any, dict[str, int]] = bank.coins_of_people(guild_id=guild_id)
    return told


def _rows(guild_id: int, measure: Measure, span: Span) -> QuerySet[Any]:
    if span != "ever":
        today: date = timezone.now().date()
        first = today - timedelta(days=DAYS[span] - 1)
        return MemberDay.objects.of(guild_id).between(first, today)
    if measure == "xp":
        return Progress.objects.of(guild_id)
    return MemberTotals.objects.of(guild_id)


def _shown(guild_id: int) -> QuerySet[Any, Any]:
    """Return the ids of those whom everybody may be shown: nobody who holds the mute role."""
    settings = GuildSettings.objects.filter(guild_id=guild_id, mute_role__isnull=False)
    silent = MemberRole.objects.standing().filter(
        guild_id=guild_id, role_id__in=settings.values("mute_role_id")
    )
    shown = Member.objects.shown().filter(guild_id=guild_id)
    return shown.exclude(pk__in=silent.values("member_id")).values("user_id")


def _place(ranked: QuerySet[Any, dict[str, int]], mine: dict[str, int]) -> int:
    """Return how many stand before somebody, and one."""
    value, user_id = mine["value"], mine["user_id"]
    ahead = Q(value__gt=value) | Q(value=value, user_id__lt=user_id)
    return ranked.filter(ahead).count() + 1


def _names(guild_id: int, user_ids: list[int]) -> dict[int, str]:
    known = Member.objects.filter(guild_id=guild_id, user_id__in=user_ids).select_related("user")
    return {each.user_id: each.nickname or str(each.user) for each in known}


def _lines(found: list[dict[str, int]], before: int, names: dict[int, str]) -> Iterator[Line]:
    for place, row in enumerate(found, start=before + 1):
        yield Line(place, row["user_id"], names[row["user_id"]], row["value"])
