"""The settings of a bot that is watched: the tests' own, on the test's database."""

import os

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES

DATABASES["default"]["NAME"] = os.environ["BOT_DATABASE"]
