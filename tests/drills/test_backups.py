"""What happened to a backup is noticed, whatever it was."""

import pytest

from drills import backups


@pytest.mark.django_db(transaction=True)
def test_no_damage_is_taken_for_a_backup(stage):
    assert backups.play(0) == []
    assert backups.figures() == {"damages": 13, "noticed": 13}
