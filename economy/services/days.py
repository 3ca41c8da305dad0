"""What moved day by day: counted from the transfers, which are the truth."""

from datetime import UTC, datetime, time, timedelta

from django.db import connection, transaction
from django.db.models import Max

from community.scope import cross_guild
from economy.models import EconomyDay
from economy.querysets.wallets import FIRST_PERSON

# Whole days are counted anew each time, so that counting twice changes nothing.
COUNT = """
INSERT INTO economy_economyday (guild_id, day, kind, count, minted, sunk, moved)
SELECT told.guild_id, (told.at AT TIME ZONE 'UTC')::date, told.kind, count(*),
       coalesce(sum(told.amount) FILTER (
           WHERE source.owner_id BETWEEN 1 AND %(last_house)s
             AND target.owner_id NOT BETWEEN 1 AND %(last_house)s), 0),
       coalesce(sum(told.amount) FILTER (
           WHERE target.owner_id BETWEEN 1 AND %(last_house)s
             AND source.owner_id NOT BETWEEN 1 AND %(last_house)s), 0),
       coalesce(sum(told.amount) FILTER (
           WHERE source.owner_id NOT BETWEEN 1 AND %(last_house)s
             AND target.owner_id NOT BETWEEN 1 AND %(last_house)s), 0)
FROM economy_transfer AS told
JOIN economy_wallet AS source
    ON source.guild_id = told.guild_id AND source.id = told.source_id
JOIN economy_wallet AS target
    ON target.guild_id = told.guild_id AND target.id = told.target_id
WHERE told.at >= %(since)s
GROUP BY 1, 2, 3
ON CONFLICT (guild_id, day, kind) DO UPDATE SET
    count = excluded.count, minted = excluded.minted, sunk = excluded.sunk, moved = excluded.moved
"""


@transaction.atomic
def count_economy_days(*, now: datetime, days: int = 2) -> int:
    """Count the last days anew, today included; return how many rows say so."""
    today = now.astimezone(UTC).date()
    first = today - timedelta(days=days - 1)
    everywhere = cross_guild("what moved yesterday and today in every server")
    with everywhere, connection.cursor() as cursor:
        # Whoever slept for a week left a day half counted; what may have left is not counted anew.
        before = EconomyDay.objects.filter(day__lt=first, day__gt=today - timedelta(days=60))
        last = before.aggregate(last=Max("day"))["last"]
        since = datetime.combine(last or first, time.min, UTC)
        cursor.execute(COUNT, {"since": since, "last_house": FIRST_PERSON - 1})
        return int(cursor.rowcount)
