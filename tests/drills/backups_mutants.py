"""Faulty houses that take something damaged for a backup: each has lost one look of ours."""

from config.backups import papers, proving, restoring
from drills import backups as drill
from tests.drills.mutants import Mutants

MUTANTS = Mutants(drill)
mutant = MUTANTS.mutant


def all_lives():
    """Tell of each faulty house whether it was not found out."""
    return MUTANTS.lives_in(dict.fromkeys(MUTANTS.names(), 0))


@mutant((proving, "is_whole"), (restoring, "is_whole"))
def files_are_taken_as_they_lie_there(right):
    return lambda paper, folder: True


@mutant((papers, "_sign"))
def anybody_signs(right):
    return lambda text: "a cross"


@mutant((proving, "differences"))
def rows_are_not_compared(right):
    return lambda expected, found: []
