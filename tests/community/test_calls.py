"""Which messages call a server's own commands, as they come from the gateway."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from community import calls
from community.bridge import call
from community.calls import Calls
from community.models import CustomCommand, Errand, GuildSettings
from community.scope import guild_scope
from community.services.commands import Maker, add_custom_command
from tests.factories import GuildFactory, GuildSettingsFactory

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def guild_id():
    guild = GuildFactory()
    GuildSettingsFactory(guild=guild, prefix="?")
    maker = Maker(guild_id=guild.pk, user_id=1, permissions=1 << 5)
    with guild_scope(guild.pk):
        add_custom_command(
            maker=maker, name="hello", response="Hi {{ args }}", user_pause=timedelta(0)
        )
        yield guild.pk


def written(guild_id, number, content, **more):
    return {
        "id": str(number),
        "guild_id": str(guild_id),
        "channel_id": "77",
        "content": content,
        "type": 0,
        "timestamp": NOW.isoformat(),
        "author": {"id": "41", "username": "robin"},
        "member": {"roles": []},
        **more,
    }


def hear(*events):
    """Let events come, each after what the one before began is over."""

    async def heard():
        listener = Calls(now=lambda: NOW)
        for each in events:
            listener.hear("MESSAGE_CREATE", each)
            await listener.close()

    asyncio.run(heard())


def answers():
    told = Errand.objects.order_by("pk")
    return [each.payload["message"]["content"] for each in told]


def test_only_what_people_write_and_begins_like_a_command_is_answered(guild_id):
    hear(
        written(guild_id, 1, "?hello you"),
        written(guild_id, 2, "?HELLO  all of you"),
        written(guild_id, 3, "hello you"),
        written(guild_id, 4, "?helloyou"),
        written(guild_id, 5, "?"),
        written(guild_id, 6, "?hello", author={"id": "2", "username": "b", "bot": True}),
        written(guild_id, 7, "?hello", webhook_id="9"),
        written(guild_id, 8, "?hello", type=7),
        written(guild_id, 9, "?hello", timestamp=(NOW - timedelta(minutes=2)).isoformat()),
        written(guild_id, 1, "?hello you"),
        {"id": "10", "channel_id": "5", "content": "?hello", "author": {}},
    )

    assert answers() == ["Hi you", "Hi all of you"]


def test_a_new_name_and_a_new_prefix_are_found(guild_id, monkeypatch):
    monkeypatch.setattr(calls, "NAMES_LAST", 0.0)
    monkeypatch.setattr(calls, "PREFIX_LASTS", 0.0)

    async def heard():
        listener = Calls(now=lambda: NOW)
        listener.hear("MESSAGE_CREATE", written(guild_id, 1, "?bye"))
        await listener.close()
        await call(rename)
        listener.hear("MESSAGE_CREATE", written(guild_id, 2, "?bye now"))
        await listener.close()
        await call(GuildSettings.objects.of(guild_id).update, prefix="+")
        for number in (3, 4):
            listener.hear("MESSAGE_CREATE", written(guild_id, number, "+bye then"))
            await listener.close()

    def rename():
        maker = Maker(guild_id=guild_id, user_id=1, permissions=1 << 5)
        add_custom_command(maker=maker, name="bye", response="Bye {{ args }}")
        CustomCommand.objects.of(guild_id).update(user_pause=timedelta(0))

    asyncio.run(heard())

    assert answers() == ["Bye now", "Bye then"]


def test_a_crowd_of_calls_is_bounded(guild_id, monkeypatch):
    monkeypatch.setattr(calls, "MOST_WAITING", 3)

    async def heard():
        listener = Calls(now=lambda: NOW)
        for number in range(1, 9):
            listener.hear("MESSAGE_CREATE", written(guild_id, number, "?hello"))
        await listener.close()

    asyncio.run(heard())

    assert len(answers()) == 3
