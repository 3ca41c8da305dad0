"""discord.py's own HTTP client against the pretend Discord, over real sockets."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import aiohttp
import discord
import pytest
from discord.http import HTTPClient, Route, handle_message_parameters

from tests.sandbox.places import a_place


@asynccontextmanager
async def client_of(sandbox, **more):
    loop = asyncio.get_running_loop()
    http = HTTPClient(loop, **more)
    before, Route.BASE = Route.BASE, sandbox.url
    try:
        await http.static_login(sandbox.token)
        yield http
    finally:
        Route.BASE = before
        await http.close()


def run(sandbox, deed, **more):
    async def whole():
        async with client_of(sandbox, **more) as http:
            return await deed(http, a_place(sandbox))

    return asyncio.run(whole())


def test_a_bot_bans_and_finds_its_reason_again(sandbox):
    async def deed(http, place):
        await http.ban(place.human, place.guild, reason="[#1 - 5] é & ☕")
        return await http.get_ban(place.human, place.guild)

    assert run(sandbox, deed)["reason"] == "[#1 - 5] é & ☕"
    assert sandbox.journal("PUT", "/bans/")[0].effects


def test_a_wrong_token_is_no_login(sandbox, monkeypatch):
    monkeypatch.setattr(type(sandbox), "token", "wrong")

    with pytest.raises(discord.LoginFailure):
        run(sandbox, lambda *_: None)


def test_refusals_arrive_as_discord_py_knows_them(sandbox):
    async def deed(http, place):
        codes = []
        for call in (
            http.get_ban(place.human, place.guild),
            http.ban(place.owner, place.guild),
            http.send_message(place.channel, params=handle_message_parameters("x" * 2001)),
        ):
            with pytest.raises(discord.HTTPException) as refused:
                await call
            codes.append((type(refused.value), refused.value.code))
        return codes

    assert run(sandbox, deed) == [
        (discord.NotFound, 10026),
        (discord.Forbidden, 50013),
        (discord.HTTPException, 50035),
    ]


def test_a_timeout_is_set_and_read_back(sandbox):
    until = datetime.now(UTC) + timedelta(hours=1)

    async def deed(http, place):
        told = {"communication_disabled_until": until.isoformat()}
        await http.edit_member(place.guild, place.human, **told)
        return await http.get_member(place.guild, place.human)

    read = datetime.fromisoformat(run(sandbox, deed)["communication_disabled_until"])

    assert abs(read - until) <= timedelta(milliseconds=1)


def test_discord_py_keeps_within_the_buckets(sandbox):
    sandbox.do(lambda heart: heart.limits.routes.clear())
    sandbox.do(lambda heart: setattr(heart.limits, "usual", (5, 0.3)))

    async def deed(http, place):
        say = [
            http.send_message(place.channel, params=handle_message_parameters(str(n)))
            for n in range(12)
        ]
        return await asyncio.gather(*say)

    assert len(run(sandbox, deed)) == 12
    assert sandbox.journal("POST", status=429) == []


def test_a_lost_reply_reaches_the_caller_and_had_its_effect(sandbox):
    # aiohttp itself asks again when a PUT or a DELETE was lost on a used connection, not a POST.
    sandbox.add_fault("lost", route="POST /channels/*/messages", times=1)

    async def deed(http, place):
        with pytest.raises((aiohttp.ClientError, OSError)):
            await http.send_message(place.channel, params=handle_message_parameters("heard?"))
        return await http.logs_from(place.channel, 1)

    assert run(sandbox, deed)[0]["content"] == "heard?"


def test_a_long_limit_surfaces_when_asked_for(sandbox):
    sandbox.add_fault("rate_limit", route="GET *", seconds=90, times=1, skip=1)

    async def deed(http, place):
        with pytest.raises(discord.RateLimited) as limited:
            await http.get_member(place.guild, place.human)
        return limited.value.retry_after

    assert run(sandbox, deed, max_ratelimit_timeout=30) == 90


def test_a_failing_server_is_told_as_such(sandbox):
    sandbox.add_fault("status", route="GET /guilds/*", status=503, times=1)

    async def deed(http, place):
        with pytest.raises(discord.DiscordServerError):
            await http.get_guild(place.guild)
        return await http.get_guild(place.guild)

    assert run(sandbox, deed)["approximate_member_count"] == 251


def test_a_file_comes_along(sandbox, tmp_path):
    note = tmp_path / "note.txt"
    note.write_text("hello")

    async def deed(http, place):
        with handle_message_parameters("look", file=discord.File(note)) as params:
            return await http.send_message(place.channel, params=params)

    told = run(sandbox, deed)

    assert (told["content"], told["attachments"][0]["size"]) == ("look", 5)
