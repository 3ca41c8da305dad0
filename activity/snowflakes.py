"""What Discord's ids say: each carries the moment at which it was made."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def first_id_at(moment: datetime) -> int:
    """Return the smallest id that can be made at a moment; the bound of a span of time."""
    return ((moment - EPOCH) // MILLISECOND) << 22


def moment_of(snowflake: int) -> datetime:
    """Return when an id was made, to the millisecond."""
    return EPOCH + MILLISECOND * (snowflake >> 22)
