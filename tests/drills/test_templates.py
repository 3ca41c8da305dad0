"""No template harms anybody, and a pen that lacks one of its bounds is found out."""

import pytest

from drills import templates
from drills.templates.attacks import ATTACKS
from tests.drills import templates_mutants


def test_no_attack_and_nothing_that_grows_comes_through():
    assert len(ATTACKS) >= 60
    assert {seed: templates.play(seed) for seed in range(2)} == {0: [], 1: []}


@pytest.mark.parametrize(
    "name", ["every_filter_is_there", "steps_are_not_counted", "answers_are_not_cut"]
)
def test_a_faulty_pen_is_found_out(name):
    assert templates_mutants.wrongs_of("pass") == []
    assert templates_mutants.wrongs_of(templates_mutants.PATCHES[name])
