"""Read every archive file back, and say what is not as it was when its rows left."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from community.models import Archive
from community.services.archives import find_archive_damage


class Command(BaseCommand):
    help = "Look after archive files; exit 1 when one is not what left the database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["verify"], help="verify: read every file back.")

    def handle(self, **_: Any) -> None:
        found = list(find_archive_damage())
        for damage in found:
            self.stdout.write(damage)
        if found:
            raise CommandError(f"{len(found)} things are wrong.")
        self.stdout.write(f"{Archive.objects.count()} archive files are whole.")
