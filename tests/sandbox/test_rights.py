"""Who may do what at the pretend Discord: permissions, ranks, overwrites, silence."""

import pytest

from sandbox import permissions
from sandbox.refusals import Refusal
from sandbox.wire import iso
from tests.sandbox.here import (
    BOT,
    GUILD,
    HIGH,
    MEMBER,
    MODERATOR_ID,
    NOW,
    OWNER,
    STRANGER,
    TEXT,
    TRUSTED,
    Here,
    ban_path,
    member_path,
)


@pytest.fixture
def here():
    return Here()


@pytest.mark.parametrize(
    ("call", "permission"),
    [
        (("PUT", ban_path()), permissions.BAN_MEMBERS),
        (("DELETE", member_path()), permissions.KICK_MEMBERS),
        (("PATCH", member_path(), {"nick": "x"}), permissions.MANAGE_NICKNAMES),
        (
            ("PATCH", member_path(), {"communication_disabled_until": iso(NOW + 60)}),
            permissions.MODERATE_MEMBERS,
        ),
        (("PUT", f"{member_path()}/roles/{TRUSTED}"), permissions.MANAGE_ROLES),
        (("GET", f"/guilds/{GUILD}/audit-logs"), permissions.VIEW_AUDIT_LOG),
        (("POST", f"/guilds/{GUILD}/channels", {"name": "x"}), permissions.MANAGE_CHANNELS),
        (("POST", f"/channels/{TEXT}/messages", {"content": "x"}), permissions.SEND_MESSAGES),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, tuple) else None,
)
def test_a_deed_needs_its_permission(here, call, permission):
    here.people.take_permissions(GUILD, permission)
    refused = here.code(*call)
    here.people.give_permissions(GUILD, permission)

    assert refused == (403, 50013)
    assert here.ask(*call).status in (200, 201, 204)


def test_nobody_acts_upon_the_owner_nor_upon_a_higher_role(here):
    here.people.give_role(GUILD, MEMBER, HIGH)

    assert here.code("PUT", ban_path(OWNER)) == (403, 50013)
    assert here.code("DELETE", member_path(MEMBER)) == (403, 50013)
    assert here.code("PUT", ban_path(MODERATOR_ID)) == (204, 0)


def test_a_role_above_the_bots_own_is_out_of_reach(here):
    assert here.code("PUT", f"{member_path()}/roles/{HIGH}") == (403, 50013)
    assert here.code("DELETE", f"/guilds/{GUILD}/roles/{HIGH}") == (403, 50013)
    assert here.code("PUT", f"{member_path()}/roles/{TRUSTED}") == (204, 0)


def test_no_timeout_reaches_an_administrator(here):
    admin = str(permissions.ADMINISTRATOR)
    here.guild.roles[TRUSTED] = {**here.guild.roles[TRUSTED], "permissions": admin}
    silence = {"communication_disabled_until": iso(NOW + 60)}

    assert here.code("PATCH", member_path(MODERATOR_ID), silence) == (403, 50013)


def test_an_overwrite_hides_a_channel_from_the_bot(here):
    denied = {"id": BOT, "type": 1, "allow": "0", "deny": str(permissions.VIEW_CHANNEL)}
    channel = here.guild.channels[TEXT]
    here.guild.channels[TEXT] = {**channel, "permission_overwrites": [denied]}

    assert here.code("GET", f"/channels/{TEXT}") == (403, 50001)
    assert here.code("POST", f"/channels/{TEXT}/messages", {"content": "x"}) == (403, 50001)


def test_a_server_without_the_bot_is_closed_to_it(here):
    here.people.remove_bot(GUILD)
    here.people.join(GUILD, STRANGER)

    assert here.code("GET", member_path()) == (403, 50001)
    assert here.code("GET", "/guilds/999") == (404, 10004)
    assert here.names[-1] == "GUILD_DELETE"


def test_a_timeout_silences_until_its_end_and_leaves_a_past_date(here):
    until = iso(NOW + 60)
    here.ask("PATCH", member_path(), {"communication_disabled_until": until})

    with pytest.raises(Refusal, match="50013"):
        here.people.say(MEMBER, TEXT, "let me out")
    with pytest.raises(Refusal, match="50013"):
        here.people.react(MEMBER, TEXT, "1", "x")
    here.clock.at += 61

    assert here.people.say(MEMBER, TEXT, "free")["content"] == "free"
    assert here.guild.members[MEMBER]["communication_disabled_until"] == until


def test_leaving_ends_no_timeout(here):
    here.people.timeout(GUILD, MEMBER, NOW + 600)
    here.people.leave(GUILD, MEMBER)

    back = here.people.join(GUILD, MEMBER)

    assert back["communication_disabled_until"] == iso(NOW + 600)


def test_a_timeout_ends_within_28_days(here):
    def ask(days):
        until = iso(NOW + days * 86_400)
        return here.code("PATCH", member_path(), {"communication_disabled_until": until})

    assert ask(28.01) == (400, 50035)
    assert ask(28) == (200, 0)
    assert here.code("PATCH", member_path(), {"communication_disabled_until": "soon"})[1] == 50035


@pytest.mark.parametrize("place", ["body", "query"])
def test_a_ban_puts_out_and_keeps_out(here, place):
    here.people.say(MEMBER, TEXT, "rude")
    purge = {"delete_message_seconds": 60}

    if place == "body":
        here.ask("PUT", ban_path(), purge, reason="rude [#1]")
    else:
        here.ask("PUT", ban_path(), query=purge, reason="rude [#1]")

    assert MEMBER not in here.guild.members
    assert not here.world.messages[TEXT]
    with pytest.raises(Refusal, match="40007"):
        here.people.join(GUILD, MEMBER)
    assert here.ask("GET", ban_path()).body["reason"] == "rude [#1]"
    assert here.code("DELETE", ban_path()) == (204, 0)
    assert here.code("DELETE", ban_path()) == (404, 10026)
    assert here.people.join(GUILD, MEMBER)


@pytest.mark.parametrize(("replaces", "reason", "entries"), [(False, "first", 1), (True, "two", 2)])
def test_a_second_ban_means_what_the_switch_says(here, replaces, reason, entries):
    here.sandbox.put_replaces_ban = replaces
    here.people.ban(GUILD, MEMBER, reason="first")

    here.ask("PUT", ban_path(), reason="two")

    assert here.guild.bans[MEMBER] == reason
    assert sum(each["action_type"] == 22 for each in here.guild.audit) == entries


def test_a_few_strangers_may_be_banned_and_then_no_more(here):
    here.guild.stranger_bans = [NOW] * 2000

    assert here.code("PUT", ban_path(STRANGER))[1] == 30035
    assert here.code("PUT", ban_path(MEMBER)) == (204, 0)
    here.clock.at += 86_401
    assert here.code("PUT", ban_path(STRANGER)) == (204, 0)


def test_many_are_banned_at_once_and_who_was_banned_has_failed(here):
    here.people.ban(GUILD, STRANGER)
    path = f"/guilds/{GUILD}/bulk-ban"

    some = here.ask("POST", path, {"user_ids": [STRANGER, MEMBER, OWNER]}).body

    assert some == {"banned_users": [MEMBER], "failed_users": [STRANGER, OWNER]}
    assert here.code("POST", path, {"user_ids": [STRANGER]}) == (400, 500000)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/channels/999", 10003),
        (member_path(STRANGER), 10007),
        (member_path("999"), 10013),
        (f"/channels/{TEXT}/messages/999", 10008),
        (f"/guilds/{GUILD}/roles/999", 10011),
        ("/users/999", 10013),
        (ban_path(), 10026),
        ("/invites/nothing", 10006),
    ],
)
def test_what_is_not_there_is_unknown(here, path, code):
    assert here.code("GET", path) == (404, code)


def test_direct_messages_end_where_they_are_not_wanted(here):
    dm = here.ask("POST", "/users/@me/channels", {"recipient_id": MEMBER}).body["id"]
    path = f"/channels/{dm}/messages"

    open_one = here.code("POST", path, {"content": "x"})
    here.people.close_dms(MEMBER)
    closed = here.code("POST", path, {"content": "x"})
    here.people.close_dms(MEMBER, is_closed=False)
    here.people.leave(GUILD, MEMBER)
    apart = here.code("POST", path, {"content": "x"})

    assert (open_one, closed, apart) == ((200, 0), (403, 50007), (403, 50278))


def test_a_token_is_asked_for(here):
    assert here.code("GET", "/users/@me", token="other") == (401, 0)
    assert here.code("GET", "/no/such/thing") == (404, 0)
