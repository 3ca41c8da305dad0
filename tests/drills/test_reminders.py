"""Nights in which clocks change end well, and faulty houses are found out."""

import pytest

from drills import reminders
from tests.drills import reminders_mutants

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("stage")]


@pytest.mark.parametrize("seed", [1, 2])
def test_nobody_is_forgotten_told_twice_or_told_at_another_hour(seed):
    assert reminders.play(seed) == []


@pytest.mark.parametrize("name", sorted(reminders_mutants.STORIES))
def test_a_faulty_house_is_found_out(name):
    story = reminders_mutants.STORIES[name]

    right = reminders.play_schedule(story).wrongs
    wrong = reminders_mutants.MUTANTS.what_is_found(name, story)

    assert right == []
    assert wrong


def test_every_faulty_house_has_its_story():
    assert set(reminders_mutants.STORIES) == set(reminders_mutants.MUTANTS.names())
