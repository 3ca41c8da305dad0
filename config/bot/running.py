"""The bot's life: wait for the lead, be on Discord while it lasts, begin anew when that breaks."""

import asyncio
import logging
import time
from collections.abc import Coroutine

import aiohttp
import discord
from django.conf import settings
from django.db import Error

from community.bridge import Hints
from community.runner import Runner
from community.services.heartbeats import name_this_process
from community.services.orders import HINT
from config.bot.client import Bot, speak_to
from config.bot.leader import Lead, Leader, carries_out_orders
from config.bot.pulse import Pulse
from config.bot.refusals import refusal_in
from config.postgres.errors import EngineError

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
HEALTHY_AFTER = 60.0


async def run_bot(token: str) -> None:
    """Keep the house on Discord until this is cancelled, or Discord refuses it for good."""
    speak_to(settings.DISCORD_API_BASE, settings.DISCORD_GATEWAY)
    process = name_this_process("bot")
    async with Leader(process) as leader, Pulse(process, leader) as pulse:
        pause = FIRST_PAUSE
        while True:
            lead, began = await leader.taken(), time.monotonic()
            try:
                await _be_on_discord(token, lead, pulse)
            except Exception as error:  # noqa: BLE001 - whatever broke, the next try may hold
                _judge(error, pause)
            if time.monotonic() - began > HEALTHY_AFTER:
                pause = FIRST_PAUSE
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)


async def _be_on_discord(token: str, lead: Lead, pulse: Pulse) -> None:
    """Stay there until the connection or the lead ends."""
    async with Bot(lead) as bot:
        pulse.bot = bot
        try:
            await _until_one_ends(bot.start(token), lead.lost.wait(), carry_out_orders(bot))
        finally:
            pulse.bot = None


async def carry_out_orders(bot: Bot) -> None:
    """Carry out what is due, from the moment the bot is there; who has shard 0 does it for all."""
    if not carries_out_orders():
        await asyncio.Event().wait()
    await bot.wait_until_here()
    runner = Runner(http=bot.http, clock=bot.clock, epoch=bot.lead.epoch)
    async with Hints(HINT, runner.hint.set):
        await runner.run()


async def _until_one_ends(*deeds: Coroutine[None, None, object]) -> None:
    tasks = [asyncio.create_task(deed) for deed in deeds]
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _judge(error: Exception, pause: float) -> None:
    """Say what broke, and let pass what another try may mend."""
    if refusal := refusal_in(error):
        raise refusal from error
    match error:
        case Error() | EngineError():
            what = "The database does not answer"
        case discord.RateLimited() | discord.HTTPException() | discord.GatewayNotFound():
            what = f"Discord is not well ({error})"
        case OSError() | aiohttp.ClientError():
            what = f"Discord cannot be reached ({error or type(error).__name__})"
        case _:
            log.error("The connection broke; again in %.0f s.", pause, exc_info=error)
            return
    log.warning("%s; trying again in %.0f s.", what, pause)
