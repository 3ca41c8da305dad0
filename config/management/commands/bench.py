"""Measure, and print each figure beside its goal."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

import benchmarks


class Command(BaseCommand):
    help = "Measure speed in a scratch database; exit 1 when a goal is missed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(benchmarks.names()))
        parser.add_argument("--quick", action="store_true", help="Smaller worlds, under a minute.")
        parser.add_argument("--json", action="store_true", help="One JSON line per figure.")

    def handle(self, *, names: list[str], quick: bool, json: bool, **_: Any) -> None:
        if unknown := set(names) - set(benchmarks.names()):
            raise CommandError(f"No such bench: {', '.join(sorted(unknown))}.")
        missed = 0
        for name in names or benchmarks.names():
            with benchmarks.scratch_database():
                for figure in benchmarks.measure(name, quick=quick):
                    missed += not figure.ok
                    self.stdout.write(figure.line(name, as_json=json))
        if missed:
            raise CommandError(f"{missed} goals missed.")
