"""The bot before it has a Discord to live in: what it says when it cannot start."""

import asyncio
import socket

import discord
import pytest
from aiohttp import web
from django.core.management import CommandError, call_command

from config.bot import CannotStart, run_bot


def free_port():
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return trial.getsockname()[1]


async def run_against(answer, port):
    """Run the bot against a Discord that gives one answer to everything."""
    application = web.Application()
    application.router.add_route("*", "/{anything:.*}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        await run_bot("a-token")
    finally:
        await runner.cleanup()


@pytest.mark.django_db
def test_without_a_token_it_says_what_to_set(settings):
    settings.DISCORD_TOKEN = ""

    with pytest.raises(CommandError, match="Set DISCORD_TOKEN first"):
        call_command("runbot", skip_checks=True)


@pytest.mark.django_db(transaction=True)
def test_a_token_that_discord_refuses_is_said_in_words(monkeypatch):
    port = free_port()
    monkeypatch.setattr(discord.http.Route, "BASE", f"http://127.0.0.1:{port}")

    async def refuse(_):
        return web.json_response({"message": "401: Unauthorized", "code": 0}, status=401)

    with pytest.raises(CannotStart, match="refuses DISCORD_TOKEN"):
        asyncio.run(run_against(refuse, port))


@pytest.mark.django_db(transaction=True)
def test_a_discord_that_cannot_be_reached_is_said_in_words(monkeypatch):
    monkeypatch.setattr(discord.http.Route, "BASE", f"http://127.0.0.1:{free_port()}")

    with pytest.raises(CannotStart, match="cannot be reached"):
        asyncio.run(run_bot("a-token"))
