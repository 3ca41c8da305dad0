"""No coin is made, lost or moved twice; many stories by command, a few here."""

import pytest

from drills import bank
from drills.bank.schedule import plot, schedule_of
from tests.drills import bank_mutants


@pytest.mark.django_db(transaction=True)
def test_no_sum_is_wrong_in_any_snapshot_while_old_lines_leave(stage):
    told = bank.play_schedule(plot(300, rounds=3, size=10, kills=(20,)))

    assert told.wrongs == []
    assert told.counted["reads"] > told.counted["wrong_reads"] == told.counted["deadlocks"] == 0
    assert told.counted["moved"] > 50
    assert told.counted["kills"] > 0


@pytest.mark.django_db(transaction=True)
def test_who_is_killed_amid_transfers_and_asks_again_moves_each_coin_once(stage):
    places = tuple(range(10, 160, 25))

    told = bank.play_schedule(plot(11, rounds=1, size=40, people=20, kills=places))

    assert told.wrongs == []
    assert told.counted["kills"] == len(places)


@pytest.mark.django_db(transaction=True)
def test_every_faulty_bank_is_found_out_by_a_story_that_ours_survives(stage):
    lives = bank_mutants.all_lives()
    stories = (bank_mutants.SHORT, bank_mutants.OLD)

    assert not any(lives.values()), lives
    assert len(lives) >= 12
    assert [told for each in stories for told in bank.play_schedule(each).wrongs] == []


def test_a_seed_tells_one_story():
    assert schedule_of(5) == schedule_of(5)
    assert {schedule_of(seed).page for seed in range(40)} == {2, 10, 40}
    assert {len(schedule_of(seed).kills) for seed in range(40)} == {0, 1, 3}
