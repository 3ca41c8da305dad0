"""Fill an empty house with a demo."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from community.errors import HouseError
from community.services.demo import make_demo


class Command(BaseCommand):
    help = "Fill an empty house with three servers and 500 members."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=2026, help="Another seed, another world.")

    def handle(self, *, seed: int, **_: Any) -> None:
        try:
            guilds = make_demo(seed=seed)
        except HouseError as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"Made {', '.join(guild.name for guild in guilds)}.")
