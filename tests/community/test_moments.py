"""What people write for a time is the time they mean, by the clock on their wall."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from community.errors import HouseError
from community.moments import WallTime, read_moment
from community.repeats import first_time, read_repeat, say_repeat, time_after

BERLIN = "Europe/Berlin"
# A Saturday evening; in the night that follows clocks leap from 2:00 to 3:00.
BEFORE_SPRING = datetime(2026, 3, 28, 21, 30, tzinfo=UTC)
BEFORE_AUTUMN = datetime(2026, 10, 24, 20, 30, tzinfo=UTC)


def at(text):
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("2h", "2026-03-28 23:30+00:00"),
        ("in 6 hours", "2026-03-29 03:30+00:00"),  # hours pass, whatever clocks show
        ("half an hour", "2026-03-28 22:00+00:00"),
        ("in a day", "2026-03-29 20:30+00:00"),  # the same time on the wall, an hour sooner
        ("1w", "2026-04-04 20:30+00:00"),
        ("tomorrow 18:00", "2026-03-29 16:00+00:00"),
        ("tomorrow", "2026-03-29 07:00+00:00"),
        ("friday 9:00", "2026-04-03 07:00+00:00"),
        ("next friday", "2026-04-03 07:00+00:00"),
        ("24 december", "2026-12-24 08:00+00:00"),
        ("23:00", "2026-03-28 22:00+00:00"),
        ("2026-12-24 18:00", "2026-12-24 17:00+00:00"),
        ("5pm", "2026-03-29 15:00+00:00"),
        ("tomorrow at 9", "2026-03-29 07:00+00:00"),
        ("at 9 on friday", "2026-04-03 07:00+00:00"),
        ("friday 9", "2026-04-03 07:00+00:00"),
        ("in 2 days at 9", "2026-03-30 07:00+00:00"),
        ("24 december at 18", "2026-12-24 17:00+00:00"),
        ("at 9.30am tomorrow", "2026-03-29 07:30+00:00"),
        ("next friday 5pm", "2026-04-03 15:00+00:00"),
        ("sat", "2026-04-04 07:00+00:00"),
        ("on sun at 5pm", "2026-03-29 15:00+00:00"),
        ("friday 9:00 CAT", "2026-04-03 07:00+00:00"),  # Central Africa
        ("5pm est", "2026-03-29 22:00+00:00"),
        ("tomorrow 18:00 GMT+2", "2026-03-29 16:00+00:00"),
        ("in the evening of may 5th", "2026-05-05 16:00+00:00"),
        ("morgen um 9 Uhr", "2026-03-29 07:00+00:00"),
        ("tomorrow 2:30", "2026-03-29 01:30+00:00"),  # clocks leap over it: 3:30 by the new time
    ],
)
def test_a_time_in_words_is_by_the_clock_of_whoever_wrote_it(words, moment):
    meant = read_moment(words, now=BEFORE_SPRING, zone=BERLIN, languages=["de"])

    assert meant.moment == at(moment)


def test_of_a_time_that_a_clock_shows_twice_the_first_is_meant():
    meant = read_moment("tomorrow 2:30", now=BEFORE_AUTUMN, zone=BERLIN)

    assert meant == WallTime(at("2026-10-25 02:30"), BERLIN)
    assert meant.moment == at("2026-10-25 00:30+00:00")


@pytest.mark.parametrize(
    "words", ["", "when pigs fly", "2020-01-01", "2026-02-30", "99y", "0s", "x" * 81, "25:00"]
)
def test_what_is_no_time_or_is_over_is_refused_in_words(words):
    with pytest.raises(HouseError, match=r"\w"):
        read_moment(words, now=BEFORE_SPRING, zone=BERLIN, languages=["xx", "de"])


# Words that are days, months or zones besides, in sentences that name no time.
WORDS = ("cat", "sat", "eat", "met", "art", "sun", "wed", "west", "act", "mist")
SENTENCES = (
    "the {} sat", "we {} sat", "i {} down", "{} on", "let us {}", "the {} sat at 5pm",
    "get {} at 9", "we {} in may", "to {} in 5 minutes", "in 5 minutes {}", "pet the {}",
    "she may {}", "march on", "may i {}", "a {} of the", "on the {} mat", "second {}",
    "the {} is out", "no {} today", "{} and fun", "look at the", "one", "a", "mon ami",
    "dec the halls", "fri the eggs", "3 men", "when the {} is in", "first {} then",
)  # fmt: skip


@given(sentence=st.sampled_from(SENTENCES), word=st.sampled_from(WORDS))
@settings(max_examples=150, deadline=None)
def test_words_that_are_days_or_zones_besides_are_read_as_words(sentence, word):
    said = sentence.format(word)

    with pytest.raises(HouseError, match="no time that I understand"):
        read_moment(said, now=BEFORE_SPRING, zone=BERLIN, languages=["en"])


@pytest.mark.parametrize(
    ("words", "told", "times"),
    [
        ("daily", "every day", ["2026-01-31", "2026-02-01", "2026-02-02"]),
        ("Every weekday", "every weekday", ["2026-02-02", "2026-02-03", "2026-02-04"]),
        (
            "mondays and thursdays",
            "every Monday and Thursday",
            ["2026-02-02", "2026-02-05", "2026-02-09"],
        ),
        (
            "every 2 weeks on sat",
            "every 2 weeks on Saturday",
            ["2026-01-31", "2026-02-14", "2026-02-28"],
        ),
        ("monthly", "every month", ["2026-01-31", "2026-02-28", "2026-03-31"]),
        ("every other month", "every 2 months", ["2026-01-31", "2026-03-31", "2026-05-31"]),
        ("yearly", "every year", ["2026-01-31", "2027-01-31", "2028-01-31"]),
        ("every 36 hours", "every 36 hours", ["2026-01-31", "2026-02-01 21:00", "2026-02-03"]),
    ],
)
def test_what_comes_again_comes_when_its_words_say(words, told, times):
    begin = at("2026-01-31 09:00")

    rule = read_repeat(words, first=begin)
    first = first_time(rule, at=begin)
    second = time_after(rule, at=first, now=first)
    third = time_after(rule, at=second, now=second)

    assert say_repeat(rule) == told
    assert [first, second, third] == [at(t if ":" in t else f"{t} 09:00") for t in times]


def test_a_day_in_february_comes_in_february_also_when_it_is_not_a_leap_year():
    rule = read_repeat("yearly", first=at("2028-02-29 09:00"))

    after = time_after(rule, at=at("2028-02-29 09:00"), now=at("2030-12-01"))

    assert after == at("2031-02-28 09:00")


@pytest.mark.parametrize("words", ["sometimes", "every 0 days", "daily on monday", "2 moons"])
def test_what_never_comes_again_is_refused(words):
    with pytest.raises(HouseError, match="how often"):
        read_repeat(words, first=at("2026-01-31 09:00"))
