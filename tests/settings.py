"""The house's settings, made quick, with a database and a data folder of the tests' own."""

import os
from pathlib import Path

os.environ.setdefault("GUILDHALL_DATA", str(Path(__file__).resolve().parent.parent / ".data/tests"))

from config.settings import *  # noqa: F403
from config.settings import DATABASES, STORAGES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_AUTOREFRESH = True  # nothing is collected in tests

DATABASES["default"]["CONN_MAX_AGE"] = 0
DATABASES["default"]["CONN_HEALTH_CHECKS"] = False
# Nobody misses a test's last commits after a power cut.
DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c synchronous_commit=off"
