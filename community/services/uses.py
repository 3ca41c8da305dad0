"""How commands are used: written down many at once, summed up as they are, and looked through."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Aggregate, Count, Sum
from django.db.models.functions import ExtractHour

from community.models import CommandDay, CommandUse
from community.scope import cross_guild
from community.spans import Span

# What is told twice is known by its id, and raises no sum again.
WRITE = """
WITH told AS (
    INSERT INTO community_commanduse (id, guild_id, command, user_id, result, took_ms, used_at)
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::bigint[], %s::text[],
                         %s::int[], %s::timestamptz[])
    ON CONFLICT DO NOTHING
    RETURNING guild_id, command, result, took_ms, (used_at AT TIME ZONE 'UTC')::date AS day
), summed AS (
    INSERT INTO community_commandday AS known
        (guild_id, day, command, uses, refused, failed, took_ms, slowest_ms)
    SELECT guild_id, day, command, count(*), count(*) FILTER (WHERE result = 'refused'),
           count(*) FILTER (WHERE result = 'failed'), sum(took_ms), max(took_ms)
    FROM told GROUP BY guild_id, day, command ORDER BY guild_id, day, command
    ON CONFLICT (guild_id, day, command) DO UPDATE SET
        uses = known.uses + excluded.uses,
        refused = known.refused + excluded.refused,
        failed = known.failed + excluded.failed,
        took_ms = known.took_ms + excluded.took_ms,
        slowest_ms = greatest(known.slowest_ms, excluded.slowest_ms)
)
SELECT count(*) FROM told
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One use of a command, as the bot saw it."""

    id: int
    guild_id: int | None
    command: str
    user_id: int
    result: str
    took_ms: int
    used_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """How one command was used over some days."""

    name: str
    uses: int
    refused: int
    failed: int
    mean_ms: int
    # Nineteen of twenty were quicker; unknown where no single use is remembered any more.
    slow_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """How a server's commands were used over some days."""

    commands: list[Command]
    by_day: dict[date, tuple[int, int, int]]
    by_hour: list[int]


class Slow(Aggregate):
    """What nineteen of twenty numbers lie below."""

    function = "PERCENTILE_DISC"
    template = "%(function)s(0.95) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = models.IntegerField()


@transaction.atomic
def write_uses(*, uses: Sequence[Use]) -> int:
    """Write uses down, each once however often it is told; return how many were new."""
    if not uses:
        return 0
    columns = [[getattr(each, column.name) for each in uses] for column in fields(Use)]
    with cross_guild("uses of commands, of every server at once"), connection.cursor() as cursor:
        cursor.execute(WRITE, columns)
        (new,) = cursor.fetchone()
    return int(new)


def look_at_uses(*, guild_id: int, span: Span) -> Usage:
    """Return how a server's commands were used; hours are those of the zone in force."""
    days = CommandDay.objects.filter(guild_id=guild_id).between(span.first, span.last)
    uses = CommandUse.objects.filter(guild_id=guild_id).during(*span.bounds.values())
    slow = dict(uses.values_list("command").annotate(slow=Slow("took_ms")))
    hours = dict(uses.values_list(ExtractHour("used_at")).annotate(many=Count("pk")))
    return Usage(
        commands=[_command(row, slow) for row in _summed(days, "command").order_by("-uses_")],
        by_day={row["day"]: _parts(row) for row in _summed(days, "day")},
        by_hour=[hours.get(hour, 0) for hour in range(24)],
    )


def _summed(days: Any, column: str) -> Any:
    sums = {f"{name}_": Sum(name) for name in ("uses", "refused", "failed", "took_ms")}
    return days.values(column).annotate(**sums).order_by(column)


def _command(row: dict[str, Any], slow: dict[str, int]) -> Command:
    return Command(
        name=row["command"],
        uses=row["uses_"],
        refused=row["refused_"],
        failed=row["failed_"],
        mean_ms=round(row["took_ms_"] / max(row["uses_"], 1)),
        slow_ms=slow.get(row["command"]),
    )


def _parts(row: dict[str, Any]) -> tuple[int, int, int]:
    worked = row["uses_"] - row["refused_"] - row["failed_"]
    return worked, row["refused_"], row["failed_"]
