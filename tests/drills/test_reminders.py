"""Nights in which clocks change end well, and faulty houses are found out."""

import pytest

from drills import reminders
from tests.drills import reminders_mutants

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("stage")]


def test_nobody_is_forgotten_told_twice_or_told_at_another_hour():
    assert {seed: reminders.play(seed) for seed in (1, 2)} == {1: [], 2: []}


def test_every_faulty_house_is_found_out_by_a_night_that_ours_survives():
    stories = reminders_mutants.STORIES
    survived = {name: reminders.play_schedule(night).wrongs for name, night in stories.items()}
    lives = reminders_mutants.all_lives()

    assert not any(survived.values()), survived
    assert set(lives) == set(stories)
    assert not any(lives.values()), lives
