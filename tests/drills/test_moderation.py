"""Moderation keeps its word in bad weather; stories that once went wrong are kept."""

import pytest

from drills import moderation
from drills.moderation.schedule import moderation_schedule_of
from tests.drills import moderation_mutants

# What was wrong in the house when a seed told of it.
KEPT = {
    5004: "a line of the log was posted twice after its answers had been lost",
    30020: "a timeout taken away by hand before ours was there lifted ours, once the log was read",
    40068: "a mute that only moved an end was made anew when it was told again after that end",
    40087: "two timeouts by hand before we came were one case, under one of two moderators",
    3032: "a runner that was told and stopped in one breath never stopped, and nobody led again",
}


def wrongs(seeds):
    found = {seed: moderation.play(seed) for seed in seeds}
    return {seed: wrong for seed, wrong in found.items() if wrong}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", range(2000, 2020, 5))
def test_decisions_are_carried_out_once_and_end_in_time(stage, first):
    assert wrongs(range(first, first + 5)) == {}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", KEPT, ids=KEPT.values())
def test_what_once_went_wrong_does_not_again(stage, seed):
    assert moderation.play(seed) == []


@pytest.mark.django_db(transaction=True)
def test_every_faulty_house_is_found_out_by_a_story_that_ours_survives(stage):
    stories = moderation_mutants.STORIES
    survived = {name: moderation.play_schedule(plot).wrongs for name, plot in stories.items()}
    lives = moderation_mutants.all_lives()

    assert not any(survived.values()), survived
    assert len(lives) >= 10
    assert not any(lives.values()), lives


def test_a_third_of_the_stories_has_a_jumping_clock():
    plots = [moderation_schedule_of(seed) for seed in range(400)]

    assert 100 < sum(bool(plot.jumps) for plot in plots) < 165
    assert {each.what for plot in plots for each in plot.commands} >= {"warn", "ban", "overrule"}
