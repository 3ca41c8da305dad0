"""Look whether everything holds that must, and say in plain sentences what does not."""

import json

from django.core.management.base import BaseCommand, CommandParser

from moderation.services.verifying import breaches


class Command(BaseCommand):
    help = "Verify histories, punishments and the ladder of every server; exit 1 on any breach."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="One JSON line, nothing else.")

    def handle(self, *, json: bool, **_: object) -> None:
        found = list(breaches())
        self.stdout.write(as_json(found) if json else "\n".join(found) or "Everything holds.")
        if found:
            raise SystemExit(1)


def as_json(found: list[str]) -> str:
    """Return the verdict as programs read it."""
    return json.dumps({"ok": not found, "breaches": found})
