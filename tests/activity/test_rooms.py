"""Whose time in voice counts, moment by moment, by the rules of a server."""

from datetime import UTC, datetime, timedelta

import pytest

from activity.models import ActivitySettings, VoiceSession
from activity.services.rooms import Rooms, Rules
from activity.services.tallies import hours_of
from community.services.mirror.facts import VoiceState

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LOBBY, QUIET, AFK, STAGE = 21, 22, 23, 24
ANNA, BEN = 41, 42


def rooms(stays=(), silenced=None, silent=(), **settings):
    settings = ActivitySettings(guild_id=1, afk_channel_id=AFK, **settings)
    return Rooms(stays, Rules(settings, silent), silenced or {})


def at(minutes):
    return NOON + timedelta(minutes=minutes)


def sits(who, where, **more):
    return VoiceState(user_id=who, channel_id=where, **more)


def minutes(rooms):
    """Return how long each person's time counted."""
    counted = {}
    for span in rooms.spans:
        spent = (span.end - span.start) / timedelta(minutes=1)
        counted[span.user_id] = counted.get(span.user_id, 0) + spent
    return counted


def test_time_alone_does_not_count():
    there = rooms()

    there.move(sits(ANNA, LOBBY), at(0))
    there.move(sits(BEN, LOBBY), at(10))
    there.move(sits(BEN, None), at(25))
    there.move(sits(ANNA, None), at(60))

    assert minutes(there) == {ANNA: 15, BEN: 15}


@pytest.mark.parametrize(
    ("settings", "state", "counted"),
    [
        ({}, {"where": LOBBY}, 30),
        ({}, {"where": LOBBY, "muted": True}, 30),
        ({}, {"where": LOBBY, "deafened": True}, 0),
        ({"deafened_counts": True}, {"where": LOBBY, "deafened": True}, 30),
        ({}, {"where": AFK}, 0),
        ({"afk_channel_counts": True}, {"where": AFK}, 30),
        ({"silent": [LOBBY]}, {"where": LOBBY}, 0),
    ],
)
def test_each_rule_of_a_server_is_kept(settings, state, counted):
    there = rooms(**settings)
    where = state.pop("where")

    there.move(sits(BEN, where), at(0))
    there.move(sits(ANNA, where, **state), at(0))
    there.settle(at(30))

    assert minutes(there).get(ANNA, 0) == counted


def test_time_alone_counts_where_a_server_wants_it():
    there = rooms(alone_counts=True)

    there.move(sits(ANNA, LOBBY), at(0))
    there.settle(at(7))

    assert minutes(there) == {ANNA: 7}


def test_who_goes_over_leaves_the_others_alone():
    there = rooms()

    there.move(sits(ANNA, LOBBY), at(0))
    there.move(sits(BEN, LOBBY), at(0))
    there.move(sits(BEN, QUIET), at(5))
    there.settle(at(60))

    assert minutes(there) == {ANNA: 5, BEN: 5}
    assert [step.kind for step in there.steps] == ["join", "join", "move"]
    endings = [stay.ending for stay in there.touched.values()]
    assert endings == ["", "moved", ""]


def test_the_same_told_again_is_nothing_new():
    there = rooms()

    for _ in range(2):
        there.move(sits(ANNA, LOBBY), at(0))
    for _ in range(2):
        there.move(sits(ANNA, None), at(5))

    assert [step.kind for step in there.steps] == ["join", "leave"]


def test_a_deafened_person_counts_again_once_they_hear():
    there = rooms()
    there.move(sits(ANNA, LOBBY), at(0))
    there.move(sits(BEN, LOBBY), at(0))

    there.move(sits(ANNA, LOBBY, deafened=True), at(10))
    there.move(sits(ANNA, LOBBY), at(40))
    there.settle(at(50))

    assert minutes(there) == {ANNA: 20, BEN: 50}


def test_who_was_timed_out_did_not_leave():
    there = rooms(silenced={ANNA: at(60)})
    there.move(sits(ANNA, LOBBY), at(0))

    there.move(sits(ANNA, None), at(5))

    assert [step.kind for step in there.steps] == ["join", "timeout"]


def stay(who, where, **more):
    facts = {"pk": who, "guild_id": 1, "started_at": at(0), "seen_at": at(10)}
    return VoiceSession(user_id=who, channel_id=where, **{**facts, **more})


def test_who_left_unseen_was_there_until_they_were_last_seen():
    anna = stay(ANNA, LOBBY, counting_since=at(10))
    there = rooms([anna])

    there.look([], at(45))

    assert (anna.ending, anna.ended_at, minutes(there)) == ("lost", at(10), {})


def test_who_is_where_they_were_after_a_blink_was_there_all_the_time():
    there = rooms([stay(each, LOBBY, counting_since=at(10)) for each in (ANNA, BEN)])

    there.look([sits(ANNA, LOBBY), sits(BEN, LOBBY)], at(12))

    assert minutes(there) == {ANNA: 2, BEN: 2}
    assert not there.steps


def test_what_nobody_saw_for_long_does_not_count():
    stays = [stay(each, LOBBY, counting_since=at(10)) for each in (ANNA, BEN)]
    there = rooms(stays)

    there.look([sits(ANNA, LOBBY), sits(BEN, LOBBY)], at(40))
    there.settle(at(45))

    assert minutes(there) == {ANNA: 5, BEN: 5}
    assert [each.ended_at for each in stays] == [None, None]


def test_who_is_elsewhere_after_we_were_away_began_anew():
    anna = stay(ANNA, LOBBY)
    there = rooms([anna])

    there.look([sits(ANNA, QUIET)], at(12))

    assert (anna.ending, anna.ended_at) == ("lost", at(10))
    assert [each.channel_id for each in there.touched.values() if not each.ended_at] == [QUIET]


def test_a_server_that_is_left_has_nobody_in_voice():
    anna, ben = stay(ANNA, LOBBY, counting_since=at(10)), stay(BEN, LOBBY)
    there = rooms([anna, ben])

    there.end(at(11))

    assert {anna.ending, ben.ending} == {"lost"}
    assert minutes(there) == {ANNA: 1}


def test_time_is_cut_at_full_hours_and_adds_up():
    start = NOON + timedelta(minutes=59, milliseconds=1, microseconds=700)
    end = NOON + timedelta(hours=2, microseconds=400)

    pieces = list(hours_of(start, end))

    assert [hour.hour for hour, _ in pieces] == [12, 13, 14]
    assert sum(ms for _, ms in pieces) == 3_659_999
