"""`manage.py test`: everything that must hold, and pytest with your arguments."""

import signal
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand

PYTEST = ("python", "-m", "pytest")
# Twice as many as two cores have room for: much of what is tested waits for processes and browsers.
AT_ONCE = "4"
# In the order in which a mistake is found soonest; pytest has the last word.
EVERYTHING = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy", "."),
    ("lint-imports",),
)


class Command(BaseCommand):
    help = "Run the linters, the type checker, the contracts and the tests; arguments go to pytest."

    def run_from_argv(self, argv: list[str]) -> None:
        """Hand the arguments over as they are, before Django takes them for its own."""
        # Ctrl-C is for pytest, which cleans up; we stay to tell how it ended.
        signal.signal(signal.SIGINT, lambda *_: None)
        if arguments := argv[2:]:
            sys.exit(_run(*PYTEST, *arguments))
        steps = (*EVERYTHING, *_templates(), (*PYTEST, "-n", AT_ONCE, "--dist", "worksteal"))
        failed = [step for step in steps if _run(*step)]
        # What went wrong early stands far above by now: the last line names it again.
        for step in failed:
            self.stderr.write(f"Failed: {' '.join(step[:3])}")
        sys.exit(1 if failed else 0)


def _templates() -> list[tuple[str, ...]]:
    tracked = Path(settings.BASE_DIR).glob("[!.]*/**/*.html")
    found = [str(path) for path in tracked if "templates" in path.parts]
    return [("djade", "--check", "--target-version", "5.2", *found)] if found else []


def _run(program: str, *arguments: str) -> int:
    """Run one program of this environment; 0 when it is content, 1 when it is not."""
    command = [str(Path(sys.executable).parent / program), *arguments]
    return int(subprocess.run(command, cwd=settings.BASE_DIR, check=False).returncode != 0)
