"""Puts the drill's page in place of the house's, and shortens patience unless told not to."""

import os
from datetime import timedelta

from django.apps import AppConfig

JOBS = "tests.end_to_end.ringing.jobs"


class RingingConfig(AppConfig):
    name = "tests.end_to_end.ringing"

    def ready(self):
        from config.schedules import SCHEDULES

        SCHEDULES.clear()
        for name in os.environ["RINGING_JOBS"].split():
            SCHEDULES[f"{JOBS}.{name}"] = timedelta(seconds=2)
        if "RINGING_PATIENTLY" not in os.environ:
            lose_patience()


def lose_patience():
    """Notice deaths sooner than in real life, where machines may be slow."""
    from community.querysets import house
    from config.clock import keeper

    house.UNHEARD_OF = timedelta(seconds=3)
    house.BEGUN = timedelta(seconds=1)
    house.FIRST_PAUSE = timedelta(seconds=1)
    keeper.LONGEST_SILENCE = 4.0
    keeper.LONGEST_START = 12.0
    keeper.BETWEEN_BEATS = 1.0
