"""`manage.py verify`: look whether everything holds that must, and say what mends what does not."""

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from django.core.management.base import BaseCommand, CommandParser

from community.services.checks import (
    Breach,
    checks_of_house,
    checks_of_servers,
    find_breaches_in_servers,
    find_house_breaches,
    servers_to_verify,
)
from moderation.services.anchors import tell_restores
from moderation.tasks import ANCHORS


class Command(BaseCommand):
    help = "Verify everything that must hold, in the house and every server; exit 1 on a breach."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="One JSON line, nothing else.")
        told = "Look at this server alone; may be given more than once."
        parser.add_argument("--guild", type=int, action="append", metavar="ID", help=told)
        told = "The folder with the anchors; a copy kept elsewhere proves more."
        parser.add_argument("--anchors", type=Path, default=ANCHORS, help=told)

    def handle(self, *, json: bool, guild: list[int] | None, anchors: Path, **_: object) -> None:
        began, found = time.monotonic(), list(look(guild, anchors))
        remarks = [*tell_restores(guild_ids=guild or servers_to_verify(), folder=anchors)]
        say = as_json if json else in_words
        self.stdout.write(say(found, time.monotonic() - began, remarks))
        if found:
            raise SystemExit(1)


def look(guild_ids: list[int] | None, anchors: Path) -> Iterator[Breach]:
    """Yield what does not hold: of the house, unless servers are named, and of each server."""
    for check in () if guild_ids else checks_of_house():
        yield from find_house_breaches(check)
    checks = checks_of_servers(anchors=anchors)
    yield from find_breaches_in_servers(checks, guild_ids=guild_ids or servers_to_verify())


def in_words(found: Iterable[Breach], seconds: float, remarks: Sequence[str] = ()) -> str:
    """Say each breach in its sentence, and below those of one check what to do."""
    lines: list[str] = []
    for check, breaches in groupby(found, key=lambda breach: breach.check):
        lines += [breach.words for breach in breaches]
        lines.append(f"  {check.name}: {check.fix}")
    return "\n".join([*remarks, *(lines or [f"Everything holds ({seconds:.1f} s)."])])


def as_json(found: Iterable[Breach], seconds: float, remarks: Sequence[str] = ()) -> str:
    """Return the verdict as programs read it."""
    told = [
        {
            "check": breach.check.name,
            "server": breach.guild_id and str(breach.guild_id),
            "words": breach.words,
            "fix": breach.check.fix,
        }
        for breach in found
    ]
    verdict = {"ok": not told, "seconds": round(seconds, 3), "breaches": told}
    return json.dumps({**verdict, "remarks": [*remarks]})
