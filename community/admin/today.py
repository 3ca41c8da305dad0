"""What this app hangs at Today: who is here, who came and went, what staff did, what is quiet."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from community.admin.timeline import rows_of
from community.charts import Chart, Series
from community.desk.current_guild import guild_of
from community.desk.registry import KEEPER, TimelineRow, TodayCard, TodayFigure, today_card
from community.models import AuditEntry, Grant, Heartbeat, Job, Member, MemberRole
from community.services.heartbeats import QUIET_AFTER
from community.spans import WEEK, begin_of, first_day

SEE = Grant.Capability.SEE
DAYS = 30
ROLES = 8
LATEST = 8


def members(request: HttpRequest) -> TodayFigure:
    """Count who is here."""
    counts = _counts(request)
    words = f"{counts['pending']} have not accepted the rules yet"
    url = _people("standing=here")
    return TodayFigure(value=counts["here"], words=words if counts["pending"] else "", url=url)


def newcomers(request: HttpRequest) -> TodayFigure:
    """Count who came in this week."""
    counts = _counts(request)
    url = _people(f"joined_at__from={first_day()}")
    return TodayFigure(value=counts["joined"], words=against(counts["joined_before"]), url=url)


def leavers(request: HttpRequest) -> TodayFigure:
    """Count who left this week."""
    counts = _counts(request)
    words, url = against(counts["left_before"]), _people(f"left_at__from={first_day()}")
    return TodayFigure(value=counts["left"], words=words, url=url)


def state_of_the_house(_: HttpRequest) -> TodayFigure:
    """Count the processes that have fallen quiet, and the jobs that wait for a hand."""
    quiet = Heartbeat.objects.quiet(longer_than=QUIET_AFTER).count()
    parked = Job.objects.parked().count()
    page = "job" if parked else "heartbeat"
    words = f"{quiet} processes quiet, {parked} jobs set aside"
    return TodayFigure(
        value=quiet + parked,
        words=words if quiet + parked else "all processes and jobs are well",
        url=reverse(f"admin:community_{page}_changelist"),
        tone="bad" if quiet + parked else "ok",
    )


def comings_and_goings(request: HttpRequest) -> Chart:
    """Draw who came and went, day by day."""
    days = [timezone.localdate() - timedelta(days=back) for back in reversed(range(DAYS))]
    rows = Member.objects.filter(guild_id=guild_of(request).pk)
    columns = {"Joined": "joined_at", "Left": "left_at"}
    series = [Series(name, _per_day(rows, column, days)) for name, column in columns.items()]
    labels = [f"{day.day} {day:%b}" for day in days]
    title = f"Joined and left, {DAYS} days"
    return Chart(title=title, kind="bar", axis="Day", labels=labels, series=series)


def largest_roles(request: HttpRequest) -> Chart:
    """Draw how many members hold the largest roles."""
    guild_id = guild_of(request).pk
    held = MemberRole.objects.standing().filter(guild_id=guild_id).exclude(role_id=guild_id)
    counted = held.order_by().values("role_id", "role__name").annotate(many=Count("pk"))
    found = list(counted.order_by("-many", "role_id")[:ROLES])
    names, many = [each["role__name"] for each in found], [each["many"] for each in found]
    series = [Series("Members", many)]
    return Chart(title="Largest roles", kind="ranking", axis="Role", labels=names, series=series)


def latest_changes(request: HttpRequest) -> Sequence[TimelineRow]:
    """Return what staff changed last."""
    entries = AuditEntry.objects.filter(guild_id=guild_of(request).pk).order_by("-at", "-pk")
    return rows_of(entries[:LATEST])


def _counts(request: HttpRequest) -> dict[str, int]:
    """Count members in all the ways that Today shows, once for each request."""
    if (counts := getattr(request, "member_counts", None)) is None:
        rows = Member.objects.filter(guild_id=guild_of(request).pk)
        counts = rows.aggregate(**_ways(begin_of(first_day())))
        request.member_counts = counts  # type: ignore[attr-defined]
    return dict(counts)


def _ways(week: datetime) -> dict[str, Count]:
    here, two = Q(left_at=None), week - WEEK
    return {
        "here": Count("pk", filter=here),
        "pending": Count("pk", filter=here & Q(pending=True)),
        "joined": Count("pk", filter=Q(joined_at__gte=week)),
        "joined_before": Count("pk", filter=Q(joined_at__gte=two, joined_at__lt=week)),
        "left": Count("pk", filter=Q(left_at__gte=week)),
        "left_before": Count("pk", filter=Q(left_at__gte=two, left_at__lt=week)),
    }


def _per_day(rows: QuerySet[Any], column: str, days: Sequence[date]) -> list[int]:
    since = rows.filter(**{f"{column}__gte": begin_of(days[0])}).annotate(day=TruncDate(column))
    found = dict(since.order_by().values_list("day").annotate(many=Count("pk")))
    return [found.get(day, 0) for day in days]


def against(before: int) -> str:
    """Set a number against the one of the week before."""
    return f"{before:,} the week before"


def _people(query: str) -> str:
    return f"{reverse('admin:community_member_changelist')}?{query}"


today_card(TodayCard(title="Members", needs=SEE, figure=members, order=10))
today_card(TodayCard(title="Joined this week", needs=SEE, figure=newcomers, order=20))
today_card(TodayCard(title="Left this week", needs=SEE, figure=leavers, order=30))
today_card(
    TodayCard(title="House, needing a hand", needs=KEEPER, figure=state_of_the_house, order=900)
)
today_card(TodayCard(title="Joins", needs=SEE, chart=comings_and_goings, order=10))
today_card(TodayCard(title="Roles", needs=SEE, chart=largest_roles, order=20))
today_card(TodayCard(title="What staff changed last", needs=SEE, rows=latest_changes, order=10))
