"""The bot's parts, each by itself; tests/end_to_end/test_bot_survives.py has it whole."""

import asyncio
import logging
import re
import time

import discord
import pytest
from aiohttp import web
from discord import app_commands
from django.core.management import CommandError, call_command
from django.db import OperationalError

from community.errors import HouseError
from config.bot.client import Bot, speak_to
from config.bot.events import Events
from config.bot.leader import Lead
from config.bot.refusals import CannotStart, refusal_in
from config.bot.running import run_bot
from config.bot.words import words_for


async def run_against(answer):
    """Run the bot against a Discord that gives one answer to everything."""
    application = web.Application()
    application.router.add_route("*", "/{anything:.*}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    discord.http.Route.BASE = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        await run_bot("a-token")
    finally:
        await runner.cleanup()


@pytest.mark.django_db
def test_without_a_token_it_says_what_to_set(settings):
    settings.DISCORD_TOKEN = ""

    with pytest.raises(CommandError, match="Set DISCORD_TOKEN first") as refusal:
        call_command("runbot", skip_checks=True)

    assert refusal.value.returncode == 78


@pytest.mark.django_db(transaction=True)
def test_a_token_that_discord_refuses_is_said_in_words(monkeypatch):
    monkeypatch.setattr("config.bot.running.speak_to", lambda *_: None)

    async def refuse(_):
        return web.json_response({"message": "401: Unauthorized", "code": 0}, status=401)

    with pytest.raises(CannotStart, match="refuses DISCORD_TOKEN: make a new one"):
        asyncio.run(run_against(refuse))


class Closed(discord.ConnectionClosed):
    def __init__(self, code):
        self.code = code


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (discord.PrivilegedIntentsRequired(0), "Switch on .*: Server Members Intent .*know who"),
        (Closed(4004), "make a new one"),
        (Closed(4011), "more shards"),
        (Closed(4013), "correct DISCORD_INTENTS"),
    ],
)
def test_a_refusal_says_the_fix(error, words):
    refusal = refusal_in(error)

    assert isinstance(refusal, CannotStart)
    assert re.search(words, str(refusal))


@pytest.mark.parametrize("error", [Closed(4000), OSError("away"), ValueError()])
def test_what_may_pass_is_no_refusal(error):
    assert refusal_in(error) is None


def test_a_parser_that_stumbles_ends_nothing_and_is_told_once_without_content(caplog):
    read = []

    def parse(data):
        read.append(data["id"])

    parsers = {"MESSAGE_CREATE": parse}
    Events(parsers)

    for data in ({"secret": 1}, {"id": 2}, {"secret": 3}):
        parsers["MESSAGE_CREATE"](data)

    assert read == [2]
    (complaint,) = caplog.messages
    assert "MESSAGE_CREATE: KeyError in parse" in complaint
    assert "secret" not in complaint


def test_listeners_hear_an_event_as_it_came_and_their_faults_stay_theirs():
    heard = []
    parsers = {"READY": lambda data: data.clear()}
    events = Events(parsers)
    events.listeners += [lambda *_: 1 / 0, lambda name, data: heard.append((name, dict(data)))]

    parsers["READY"]({"v": 10})

    assert heard == [("READY", {"v": 10})]
    assert events.count == 1


@pytest.mark.parametrize("waits", [True, False])
def test_the_library_reads_messages_only_for_somebody_who_waits_for_them(waits):
    read = []

    async def hear():
        bot = Bot(Lead(1, asked_at=time.monotonic()))
        bot.events = Events(parsers := {"MESSAGE_CREATE": read.append})
        if waits:
            bot.on_message = print
        bot.pass_over_messages()
        parsers["MESSAGE_CREATE"]("words")
        await bot.close()
        return bot.events.count

    assert asyncio.run(hear()) == 1
    assert read == ["words"] * waits


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (HouseError("Not on a Sunday."), "Not on a Sunday."),
        (OperationalError("password=x"), "The database does not answer; try again in a moment."),
        (app_commands.MissingPermissions(["ban_members"]), "You need the permission Ban Members"),
        (app_commands.CommandNotFound("warn", []), "This command has just changed"),
        (OSError(), "Discord does not answer"),
    ],
)
def test_what_goes_wrong_is_told_in_words(error, words):
    assert words_for(error).startswith(words)


def test_nobody_has_foreseen_everything():
    assert words_for(ZeroDivisionError()) is None


def test_a_connection_that_breaks_is_one_line_of_the_log(caplog):
    library = logging.getLogger("discord.shard")

    try:
        raise OSError("no route")  # noqa: TRY301
    except OSError:
        library.exception("Attempting a reconnect")

    assert caplog.records[0].exc_info is None
    assert caplog.messages == ["Attempting a reconnect (OSError: no route)"]


async def look_in(sandbox):
    """Let a bot come in and go again, without its gateway."""
    speak_to(sandbox.url, sandbox.gateway_url)
    lead = Lead(1, asked_at=time.monotonic())
    async with Bot(lead) as bot:
        await bot.login(sandbox.token)


@pytest.mark.django_db(transaction=True)
def test_commands_are_told_once_and_again_when_somebody_changed_them(sandbox):
    for _ in range(2):
        asyncio.run(look_in(sandbox))
    assert len(sandbox.journal("PUT", "/commands")) == 1

    sandbox.do(lambda discord: discord.world.commands.clear())
    asyncio.run(look_in(sandbox))

    assert len(sandbox.journal("PUT", "/commands")) == 2
