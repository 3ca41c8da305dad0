"""Run the bot until it is told to stop."""

import asyncio
import signal
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.bot.refusals import CannotStart
from config.bot.running import run_bot
from config.demo import give_a_past
from config.processes import HOPELESS
from config.refusals import refuse_unguarded_history


class Command(BaseCommand):
    help = "Run the Discord bot."
    requires_migrations_checks = True

    def add_arguments(self, parser: CommandParser) -> None:
        words = "First let the pretend Discord's servers have a past, unless they have one."
        parser.add_argument("--after-the-past", action="store_true", help=words)

    def handle(self, *, after_the_past: bool, **_: Any) -> None:
        if after_the_past:
            give_a_past()
        refuse_unguarded_history()
        if not settings.DISCORD_TOKEN:
            words = "Set DISCORD_TOKEN first; docs/operating.md says where to get one."
            raise CommandError(words, returncode=HOPELESS)
        try:
            asyncio.run(_run_until_told_to_stop(settings.DISCORD_TOKEN))
        except CannotStart as refusal:
            raise CommandError(str(refusal), returncode=HOPELESS) from refusal


async def _run_until_told_to_stop(token: str) -> None:
    bot = asyncio.ensure_future(run_bot(token))
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, bot.cancel)
    with suppress(asyncio.CancelledError):
        await bot
