"""Play seeded stories of faults against the real services, and say what went wrong."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

import drills


class Command(BaseCommand):
    help = "Play seeded stories of faults in a scratch database; exit 1 when anything is wrong."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help=", ".join(drills.names()))
        parser.add_argument("--seeds", type=int, default=50, help="How many stories.")
        parser.add_argument("--first", type=int, default=0, help="The first story's seed.")
        parser.add_argument("--jobs", type=int, default=1, help="Stories at a time.")
        parser.add_argument("--mutants", action="store_true", help="Faulty houses must fail, too.")
        parser.add_argument("--tell", action="store_true", help="Tell the first story only.")
        parser.add_argument("--json", action="store_true", help="The JSON line, nothing else.")

    def handle(self, *, name: str, tell: bool, json: bool, **asked: Any) -> None:
        if name not in drills.names():
            raise CommandError(f"No such drill: {name}. There are: {', '.join(drills.names())}.")
        with drills.scratch_database():
            if tell:
                self.stdout.writelines(f"{line}\n" for line in drills.tell(name, asked["first"]))
                return
            verdict = self._play(name, quiet=json, **asked)
        self.stdout.write(verdict.as_json())
        if not verdict.is_good:
            raise SystemExit(1)

    def _play(
        self, name: str, *, seeds: int, first: int, jobs: int, mutants: bool, quiet: bool, **_: Any
    ) -> drills.Verdict:
        verdict, start = drills.Verdict(name), time.perf_counter()
        for seed, (wrongs, figures) in drills.play_all(
            name, range(first, first + seeds), jobs=jobs
        ):
            verdict.add(seed, wrongs, figures)
            if wrongs and not quiet:
                self.stdout.write(f"story {seed}: {'; '.join(wrongs)}")
        if mutants:
            verdict.count_mutants(drills.kill_mutants(name))
        verdict.seconds = time.perf_counter() - start
        return verdict
