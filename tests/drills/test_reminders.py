"""Nights in which clocks change end well, and faulty houses are found out."""

import pytest

from drills import reminders
from drills.reminders.killed import WAKES, KilledNight
from tests.drills import reminders_mutants

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("stage")]


def test_nobody_is_forgotten_told_twice_or_told_at_another_hour():
    played = [reminders.play_schedule(reminders.night_of(seed)) for seed in (1, 2)]

    assert [each.wrongs for each in played] == [[], []]


@pytest.mark.end_to_end
def test_a_bot_that_is_killed_for_good_while_it_speaks_forgets_nobody_and_tells_nobody_twice():
    played = KilledNight(0, WAKES[-1:])  # by command it is killed six times

    played.run()

    assert played.wrongs == []
    assert (played.kills, played.said) == (2, len(played.schedule.asked))


def test_every_faulty_house_is_found_out_by_a_night_that_ours_survives():
    stories = reminders_mutants.STORIES
    survived = {name: reminders.play_schedule(night).wrongs for name, night in stories.items()}
    lives = reminders_mutants.all_lives()

    assert not any(survived.values()), survived
    assert set(lives) == set(stories)
    assert not any(lives.values()), lives
