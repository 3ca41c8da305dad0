"""What happened to a backup is noticed, whatever it was."""

import pytest

from drills import backups
from tests.drills import backups_mutants


@pytest.mark.django_db(transaction=True)
def test_no_damage_is_taken_for_a_backup(stage):
    assert backups.play(0) == []
    assert backups.figures() == {"damages": 13, "noticed": 13}


@pytest.mark.django_db(transaction=True)
def test_a_house_that_does_not_compare_rows_is_found_out(stage):
    assert backups_mutants.MUTANTS.what_is_found("rows_are_not_compared", 0)
