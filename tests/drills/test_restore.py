"""An older copy is put back: nothing is undone, done again or numbered twice, and all is told."""

import pytest

from drills import restore
from tests.drills import restore_mutants


@pytest.mark.django_db(transaction=True)
def test_a_house_that_was_lost_goes_on_where_discord_stands(stage):
    assert restore.play(0) == []


@pytest.mark.django_db(transaction=True)
def test_who_was_banned_anew_in_the_time_that_was_lost_stays_banned_until_then(stage):
    assert restore.play_schedule(restore_mutants.BANNED_ANEW).wrongs == []


@pytest.mark.django_db(transaction=True)
def test_a_house_that_does_again_what_was_lifted_since_is_found_out(stage):
    name = "what_comes_back_is_done_anew"

    assert restore_mutants.MUTANTS.what_is_found(name, restore_mutants.STORIES[name])


def test_every_faulty_house_has_a_story():
    assert {*restore_mutants.STORIES} == {*restore_mutants.MUTANTS.names()}
