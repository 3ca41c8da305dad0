#!/usr/bin/env python3
"""The front door: `python3 manage.py up` works where there is only Python 3.11 or newer."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
NEED_DEVELOPERS_LOCK = {"test", "bench", "drill"}


def main() -> None:
    """Stand on the right Python with the locked packages, then let Django do what was asked."""
    if sys.version_info < (3, 11):  # noqa: UP036 - an older one shall say so in one line
        sys.exit(f"Guildhall needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    if os.name == "nt":
        sys.exit("Guildhall runs on Linux and macOS; on Windows use it inside WSL.")
    from config.venv import Venv

    command = "".join(sys.argv[1:2])
    venv = Venv(ROOT)
    venv.enter(for_developers=command in NEED_DEVELOPERS_LOCK)
    settings = "tests.settings" if command == "test" else "config.settings"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", settings)
    try:
        import django  # noqa: F401 - the first that a broken environment lacks
    except ModuleNotFoundError:
        sys.exit(venv.is_broken)
    execute()


def execute() -> None:
    """Run the command; what the surroundings refuse is said in one line."""
    from django.core.management import execute_from_command_line

    from config.processes import obey_parent
    from config.refusals import in_one_line

    obey_parent()
    try:
        execute_from_command_line(sys.argv)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if line := in_one_line(error):
            sys.exit(line)
        raise


if __name__ == "__main__":
    main()
