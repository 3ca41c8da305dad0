"""`manage.py backup`: make one and prove it, list those there are, or prove them again."""

import os
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.template.defaultfilters import filesizeformat

from community.errors import HouseError
from community.services.progress import telling_of
from config.aside import RUN
from config.backups.keeping import back_up, chosen, prove_again
from config.backups.papers import Paper
from config.processes import obey_parent

DEEDS = {"make": "make one and prove it", "list": "list them", "verify": "prove them again"}


class Command(BaseCommand):
    help = "Back up the whole database, proved by restoring it for trial; list or verify backups."

    def add_arguments(self, parser: CommandParser) -> None:
        told = "; ".join(f"{deed}: {words}" for deed, words in DEEDS.items())
        parser.add_argument("deed", nargs="?", choices=DEEDS, default="make", help=told)
        parser.add_argument("names", nargs="*", metavar="NAME", help="Which; all when none is.")
        where = "The folder of the backups."
        parser.add_argument("--folder", type=Path, default=settings.BACKUPS, help=where)

    def handle(self, *, deed: str, names: list[str], folder: Path, **_: object) -> None:
        obey_parent()
        try:
            {"make": self._make, "list": self._list, "verify": self._verify}[deed](folder, names)
        except HouseError as trouble:
            raise CommandError(str(trouble)) from None

    def _make(self, folder: Path, _: list[str]) -> None:
        with telling_of(int(os.environ.get(RUN) or 0) or None):
            self.stdout.write(f"{in_words(back_up(folder))}, in {folder}")

    def _list(self, folder: Path, names: list[str]) -> None:
        for paper in chosen(folder, names):
            self.stdout.write(in_words(paper))

    def _verify(self, folder: Path, names: list[str]) -> None:
        troubles = []
        for paper, trouble in prove_again(folder, names):
            self.stdout.write(trouble or in_words(paper))
            troubles += [trouble] if trouble else []
        if troubles:
            raise CommandError(f"{len(troubles)} of the backups cannot be relied on.")


def in_words(paper: Paper) -> str:
    """Say what a backup is, in one line."""
    proved = "proved" if paper.verified_at else "not proved"
    rows, size = f"{paper.row_count:,} rows", filesizeformat(paper.size).replace("\xa0", " ")
    return f"{paper.name}: {rows}, {size}, made in {paper.took:.1f} s, {proved}"
