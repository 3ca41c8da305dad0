"""Fill an empty house with a demo."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from community.errors import HouseError
from config.demo import move_in, move_in_with_past


class Command(BaseCommand):
    help = "Fill an empty house with the pretend Discord's three servers and 500 members."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, help="Another seed, another world.")
        parser.add_argument("--no-past", action="store_true", help="Leave out what people did.")

    def handle(self, *, seed: int | None, no_past: bool, **_: Any) -> None:
        try:
            guilds = move_in(seed) if no_past else move_in_with_past(seed)
        except HouseError as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"Made {', '.join(guild.name for guild in guilds)}.")
