"""How people say how long."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from community.durations import read_duration, read_end, say_duration
from community.errors import HouseError

# A Tuesday, at a quarter past three in the afternoon.
NOW = datetime(2026, 9, 15, 15, 15, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("said", "span"),
    [
        ("30m", timedelta(minutes=30)),
        ("2d4h", timedelta(days=2, hours=4)),
        ("1 week and 2 days", timedelta(days=9)),
        ("1.5h", timedelta(minutes=90)),
        (" 10 Minutes ", timedelta(minutes=10)),
    ],
)
def test_spans_are_read_as_people_write_them(said, span):
    assert read_duration(said) == span


@pytest.mark.parametrize("said", ["", "soon", "5", "-3d", "3 parsecs", "20y", "0s", "2d4"])
def test_what_is_no_span_is_refused(said):
    with pytest.raises(HouseError):
        read_duration(said)


@pytest.mark.parametrize(
    ("said", "end"),
    [
        ("2d4h", "2026-09-17T19:15"),
        ("until friday 18:00", "2026-09-18T18:00"),
        ("Fri 18:00", "2026-09-18T18:00"),
        ("until friday at 18:00", "2026-09-18T18:00"),
        ("tuesday 18:00", "2026-09-15T18:00"),
        ("tuesday 9:00", "2026-09-22T09:00"),
        ("until 18:00", "2026-09-15T18:00"),
        ("until 9:00", "2026-09-16T09:00"),
        ("tomorrow", "2026-09-16T00:00"),
        ("2026-12-24", "2026-12-24T00:00"),
        ("until 2026-12-24 20:15", "2026-12-24T20:15"),
    ],
)
def test_an_end_is_read_in_the_servers_time(said, end):
    assert read_end(said, now=NOW) == datetime.fromisoformat(end).replace(tzinfo=NOW.tzinfo)


def test_an_hour_is_the_clocks_also_over_the_change_of_summer_time():
    end = read_end("until 2026-10-26 12:00", now=NOW)

    assert end.utcoffset() == timedelta(hours=1)


@pytest.mark.parametrize("said", ["for ever", "Forever", "permanent"])
def test_for_ever_has_no_end(said):
    assert read_end(said, now=NOW) is None


@pytest.mark.parametrize(
    "said",
    ["until 2026-09-01", "2026-02-30", "friday 25:00", "until", "until someday", "2099-01-01"],
)
def test_what_is_no_moment_to_come_is_refused(said):
    with pytest.raises(HouseError):
        read_end(said, now=NOW)


def test_spans_are_said_by_their_two_largest_units():
    assert say_duration(timedelta(days=2, hours=4, minutes=5)) == "2 days 4 hours"
    assert say_duration(timedelta(hours=1)) == "1 hour"
