"""Run the bot until it is told to stop."""

import asyncio
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.bot import CannotStart, run_bot


class Command(BaseCommand):
    help = "Run the Discord bot."
    requires_migrations_checks = True

    def handle(self, **_: Any) -> None:
        if not settings.DISCORD_TOKEN:
            raise CommandError("Set DISCORD_TOKEN first; docs/operating.md says where to get one.")
        try:
            asyncio.run(run_bot(settings.DISCORD_TOKEN))
        except CannotStart as refusal:
            raise CommandError(str(refusal)) from refusal
