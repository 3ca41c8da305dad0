"""The settings of a clock that is drilled: the tests' own, on the test's database."""

import os

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES, INSTALLED_APPS, Q_CLUSTER

DATABASES["default"]["NAME"] = os.environ["RINGING_DATABASE"]
INSTALLED_APPS.append("tests.end_to_end.ringing")
Q_CLUSTER["poll"] = 0.2
