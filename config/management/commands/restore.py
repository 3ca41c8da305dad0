"""`manage.py restore`: put a backup back. Then the house only looks until somebody approves."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from community.errors import HouseError
from community.services.names import with_names
from community.services.restorations import waiting_restoration
from config.backups.restoring import restore


class Command(BaseCommand):
    help = "Put a backup in the place of everything; what was there stays under another name."

    def add_arguments(self, parser: CommandParser) -> None:
        told = "Which backup; without it, the newest that was proved."
        parser.add_argument("name", nargs="?", default="", metavar="NAME", help=told)
        where = "The folder of the backups."
        parser.add_argument("--folder", type=Path, default=settings.BACKUPS, help=where)

    def handle(self, *, name: str, folder: Path, **_: object) -> None:
        try:
            paper, before = restore(folder, name)
        except HouseError as trouble:
            raise CommandError(str(trouble)) from None
        self.stdout.write(
            f"{paper.name} is restored: the house as it was at {paper.made_at:%Y-%m-%d %H:%M:%S} "
            f"UTC, {paper.row_count:,} rows.\nWhat was there before is the database {before}.\n"
            f"{missing_in_words()}"
            "Open the house: the bot looks how Discord differs, and does nothing until you have "
            "approved, at the desk or with: python3 manage.py reconcile --approve"
        )


def missing_in_words() -> str:
    """Say what was known before and is not in the backup, a line each."""
    restored = waiting_restoration()
    lines = [with_names(words) for words in restored.missing] if restored else []
    return "".join(f"{line}\n" for line in ["It lacks what came after it.", *lines] if lines)
