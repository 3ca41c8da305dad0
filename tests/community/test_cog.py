"""What the commands of community say, in words that no Discord is needed for."""

from datetime import timedelta

import discord
import pytest
from discord import app_commands
from django.utils import timezone

from community.cog.house import Times, describe_commands, describe_state, is_allowed, ping
from community.cog.people import describe_person, describe_standing, whois
from community.cog.server import describe_server
from community.errors import HouseError
from community.services import portraits
from community.services.bots import BotFacts
from community.services.portraits import Person, portray_person, portray_server
from tests.factories import (
    ChannelFactory,
    GuildFactory,
    InviteFactory,
    MemberFactory,
    MemberRoleFactory,
    RoleFactory,
)


def fields(embed):
    return {field.name: field.value for field in embed.fields}


def person(**told):
    usual = {
        "user_id": 4 * 10**17,
        "username": "ada.fern",
        "global_name": "Ada",
        "nickname": "the *quiet* one",
        "is_bot": False,
        "joined_at": timezone.now(),
        "left_at": None,
        "pending": False,
        "premium_since": None,
        "timed_out_until": None,
        "role_ids": [],
    }
    return Person(**usual | told)


def test_ping_shows_each_way_and_who_leads():
    times = Times(gateway=float("nan"), api=0.0421, database=0.003)
    facts = BotFacts(
        process="bot@attic:7",
        is_on_discord=True,
        words="on Discord",
        leads_since=timezone.now(),
        waiting=1,
    )

    told = fields(describe_state(times, facts))

    assert told["Hearing (gateway)"] == "not measured yet"
    assert told["Speaking (API)"] == "42 ms"
    assert told["Remembering (database)"] == "3 ms"
    assert told["Waiting for Discord"] == "1 order"
    assert told["Leads"].startswith("bot@attic:7, since <t:")


def test_help_lists_commands_by_app_within_discords_limits():
    @app_commands.command(name="long", description="x" * 100)
    async def long(_: discord.Interaction) -> None: ...

    pages = describe_commands([whois, ping, *[long] * 50])

    assert "`/ping` Show how quickly" in pages[0].description
    assert "**Community**\n" in pages[0].description
    assert len(pages) == 2
    assert all(len(page.description) <= 4096 for page in pages)


@pytest.mark.parametrize(
    ("permissions", "in_server", "allowed"),
    [
        (discord.Permissions(moderate_members=True), True, True),
        (discord.Permissions(administrator=True), True, True),
        (discord.Permissions(send_messages=True), True, False),
        (discord.Permissions(moderate_members=True), False, False),
    ],
)
def test_help_shows_only_what_somebody_may_use(permissions, in_server, allowed):
    assert is_allowed(whois, permissions, in_server=in_server) is allowed
    assert is_allowed(ping, permissions, in_server=in_server)


def test_a_card_names_somebody_in_every_way_without_markdown_of_theirs():
    told = fields(describe_person(person(role_ids=[5, 6], record=["2 warnings"])))

    assert told["Names"] == "the \\*quiet\\* one\nAda\n@ada.fern"
    assert told["Roles"] == "<@&5> <@&6>"
    assert told["Record"] == "2 warnings"


def test_a_card_stays_within_discords_limits():
    card = describe_person(person(role_ids=[10**19] * 250, record=["x" * 100] * 50))

    assert all(len(field.value) <= 1024 for field in card.fields)
    assert fields(card)["Roles"].endswith("and 220 more")


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({}, "In good standing"),
        ({"is_bot": True, "pending": True}, "A bot, has not accepted the rules yet"),
        ({"timed_out_until": timezone.now() - timedelta(1)}, "In good standing"),
        ({"timed_out_until": timezone.now() + timedelta(1)}, "Timed out until <t:"),
        ({"left_at": timezone.now(), "pending": True}, "Left <t:"),
    ],
)
def test_standing_is_said_in_words(told, words):
    assert describe_standing(person(**told)).startswith(words)


@pytest.mark.django_db
def test_a_portrait_has_the_roles_that_stand_and_the_records_of_other_apps(monkeypatch):
    member = MemberFactory(nickname="Ada")
    low, high = (RoleFactory(guild=member.guild, position=place) for place in (1, 2))
    for role in (low, high):
        MemberRoleFactory(guild=member.guild, member=member, role=role)
    ended = RoleFactory(guild=member.guild)
    before = timezone.now() - timedelta(days=1)
    span = {"assigned_at": before, "ended_at": timezone.now()}
    MemberRoleFactory(guild=member.guild, member=member, role=ended, **span)
    monkeypatch.setattr(portraits, "_records", [])
    portraits.tell_of_people(lambda guild_id, user_id: [f"{guild_id} knows {user_id}"])

    found = portray_person(guild_id=member.guild_id, user_id=member.user_id)

    assert (found.nickname, found.role_ids) == ("Ada", [high.pk, low.pk])
    assert found.record == [f"{member.guild_id} knows {member.user_id}"]


@pytest.mark.django_db
def test_a_stranger_is_no_member_of_another_server():
    member, elsewhere = MemberFactory(), GuildFactory()

    with pytest.raises(HouseError, match="never met"):
        portray_person(guild_id=elsewhere.pk, user_id=member.user_id)


@pytest.mark.django_db
def test_a_server_is_told_in_figures():
    guild = GuildFactory(name="The _Attic_", owner_id=7, member_count=1200)
    MemberFactory(guild=guild, user__is_bot=True)
    ChannelFactory(guild=guild, kind="text")
    ChannelFactory(guild=guild, kind="voice", deleted_at=timezone.now())
    InviteFactory(guild=guild, channel=None)

    card = describe_server(portray_server(guild_id=guild.pk))

    told = fields(card)
    assert card.title == "The \\_Attic\\_"
    assert told["Members"] == "1,200, 1 of them bots"
    assert (told["Channels"], told["Roles"], told["Invites"]) == ("1 text", "0", "1")
    assert told["Owner"] == "<@7>"
