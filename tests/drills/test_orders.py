"""Stories of bad weather end well; those that once did not are kept."""

import pytest

from drills import orders
from drills.orders.schedule import schedule_of
from tests.drills import orders_mutants

# Seed: what was wrong in the house then.
KEPT = {
    41: "a timeout lifted while somebody was away stood again when they came back",
}


def drilled(plot):
    return orders.play_schedule(plot).wrongs


def wrongs(seeds):
    found = {seed: orders.play(seed) for seed in seeds}
    return {seed: wrong for seed, wrong in found.items() if wrong}


@pytest.mark.django_db(transaction=True)
def test_nothing_is_lost_doubled_early_or_undead(stage):
    assert wrongs(range(1000, 1012)) == {}


@pytest.mark.django_db(transaction=True)
def test_what_once_went_wrong_does_not_again(stage):
    assert wrongs(KEPT) == {}


@pytest.mark.django_db(transaction=True)
def test_every_faulty_house_is_found_out_by_a_story_that_ours_survives(stage):
    survived = {name: drilled(plot) for name, plot in orders_mutants.STORIES.items()}
    lives = orders_mutants.all_lives()

    assert not any(survived.values()), survived
    assert len(lives) >= 10
    assert not any(lives.values()), lives


@pytest.mark.django_db(transaction=True)
def test_a_story_is_the_same_each_time_it_is_told(stage):
    told = [list(orders.tell(5)) for _ in range(2)]

    assert told[0] == told[1]


def test_a_quarter_of_the_stories_has_rivals_and_a_quarter_a_jumping_clock():
    plots = [schedule_of(seed) for seed in range(400)]

    assert 70 < sum(plot.has_second_bot for plot in plots) < 130
    assert 70 < sum(bool(plot.jumps) for plot in plots) < 130
    assert all(len(plot.commands) >= 4 for plot in plots)
