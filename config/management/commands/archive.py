"""`manage.py archive`: list the files that rows left for, verify, read, or bring them back."""

import json

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.defaultfilters import filesizeformat

from community.errors import HouseError
from community.models import Archive
from community.services.archives import find_archive_damage, read_archive, restore_archive

DEEDS = {
    "list": "list them",
    "verify": "read every file back; exit 1 when one is not what left the database",
    "read": "write the rows of one to the output, as JSON lines",
    "restore": "bring the rows of one back into the database",
}


class Command(BaseCommand):
    help = "Look after archive files: list, verify or read them, or bring their rows back."

    def add_arguments(self, parser: CommandParser) -> None:
        told = "; ".join(f"{deed}: {words}" for deed, words in DEEDS.items())
        parser.add_argument("deed", choices=DEEDS, help=told)
        parser.add_argument("numbers", nargs="*", type=int, metavar="NUMBER", help="Which.")

    def handle(self, *, deed: str, numbers: list[int], **_: object) -> None:
        do = {"list": self._list, "verify": self._verify, "read": self._read}
        try:
            do.get(deed, self._restore)(numbers)
        except HouseError as trouble:
            raise CommandError(str(trouble)) from None

    def _list(self, numbers: list[int]) -> None:
        for archive in chosen(numbers) if numbers else Archive.objects.standing().order_by("pk"):
            self.stdout.write(in_words(archive))

    def _verify(self, _: list[int]) -> None:
        found = list(find_archive_damage())
        for damage in found:
            self.stdout.write(damage)
        if found:
            raise CommandError(f"{len(found)} things are wrong.")
        self.stdout.write(f"{Archive.objects.standing().count()} archive files are whole.")

    def _read(self, numbers: list[int]) -> None:
        for archive in chosen(numbers):
            for line in read_archive(archive=archive):
                self.stdout.write(json.dumps(line))

    def _restore(self, numbers: list[int]) -> None:
        for archive in chosen(numbers):
            self.stdout.write(f"Archive {archive.pk}: {restore_archive(archive=archive)}")


def chosen(numbers: list[int]) -> list[Archive]:
    """Return the archives with these numbers, in the order given; refuse one that is not there."""
    if not numbers:
        raise HouseError("Say which, by their numbers: manage.py archive list shows them.")
    found = Archive.objects.in_bulk(numbers)
    if missing := [number for number in numbers if number not in found]:
        raise HouseError(f"There is no archive {missing[0]}.")
    return [found[number] for number in numbers]


def in_words(archive: Archive) -> str:
    """Say what an archive is, in one line."""
    rows = f"{archive.row_count:,} rows of {archive.table_name}"
    where = f"server {archive.guild_id}" if archive.guild_id else "the house"
    size = filesizeformat(archive.size).replace("\xa0", " ")
    return f"{archive.pk}: {rows}, {where}, left {archive.let_out_at:%Y-%m-%d}, {size}"
