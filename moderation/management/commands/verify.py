"""Look whether everything holds that must, and say in plain sentences what does not."""

import json
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from moderation.services.verifying import breaches

ANCHORS = settings.GUILDHALL_DATA / "anchors"


class Command(BaseCommand):
    help = "Verify histories, punishments and the ladder of every server; exit 1 on any breach."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="One JSON line, nothing else.")
        told = "The folder with the anchors; a copy kept elsewhere proves more."
        parser.add_argument("--anchors", type=Path, default=ANCHORS, help=told)

    def handle(self, *, json: bool, anchors: Path, **_: object) -> None:
        found = list(breaches(folder=anchors))
        self.stdout.write(as_json(found) if json else "\n".join(found) or "Everything holds.")
        if found:
            raise SystemExit(1)


def as_json(found: list[str]) -> str:
    """Return the verdict as programs read it."""
    return json.dumps({"ok": not found, "breaches": found})
