"""What may be said, and what becomes of it."""

import pytest

from tests.sandbox.here import GUILD, MEMBER, NOW, OWNER, TEXT, TRUSTED, Here

ALL = f"/channels/{TEXT}/messages"
WIDE = {"title": "x" * 256, "description": "y" * 4096}


@pytest.fixture
def here():
    return Here()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"content": ""}, 50006),
        ({"content": "x" * 2001}, 50035),
        ({"content": "x", "nonce": "n" * 26}, 50035),
        ({"embeds": [{"title": "x" * 257}]}, 50035),
        ({"embeds": [{"description": "x" * 4097}]}, 50035),
        ({"embeds": [{"title": "x", "fields": [{"name": "", "value": "x"}]}]}, 50035),
        ({"embeds": [{"fields": [{"name": "x", "value": "x" * 1025}]}]}, 50035),
        ({"embeds": [WIDE, WIDE]}, 50035),
        ({"embeds": [{"title": "x"}] * 11}, 50035),
    ],
)
def test_what_is_empty_or_too_long_is_refused(here, body, code):
    assert here.code("POST", ALL, body) == (400, code)
    assert TEXT not in here.world.messages


def test_a_refusal_names_the_field(here):
    body = here.ask("POST", ALL, {"embeds": [{"title": "x" * 257}]}).body

    assert body["errors"]["embeds"]["0"]["title"]["_errors"][0]["code"] == "BASE_TYPE_MAX_LENGTH"


def test_the_same_nonce_is_the_same_message_for_a_few_minutes(here):
    told = {"content": "once", "nonce": "abc", "enforce_nonce": True}

    first, again = here.ask("POST", ALL, told).body, here.ask("POST", ALL, told).body
    here.clock.at += 301
    later = here.ask("POST", ALL, told).body

    assert first["id"] == again["id"] != later["id"]
    assert here.names.count("MESSAGE_CREATE") == 2


def test_only_what_is_allowed_rings(here):
    content = f"<@{MEMBER}> <@{OWNER}> <@&{TRUSTED}> @everyone"

    def rings(allowed):
        said = here.ask("POST", ALL, {"content": content, "allowed_mentions": allowed}).body
        users = [each["id"] for each in said["mentions"]]
        return users, said["mention_roles"], said["mention_everyone"]

    assert rings({"parse": []}) == ([], [], False)
    assert rings({"parse": ["roles"], "users": [MEMBER]}) == ([MEMBER], [TRUSTED], False)
    assert rings({"parse": ["users", "everyone"]}) == ([MEMBER, OWNER], [], True)


def test_only_ones_own_message_is_edited(here):
    theirs = here.people.say(MEMBER, TEXT, "mine")
    ours = here.ask("POST", ALL, {"content": "ours"}).body

    assert here.code("PATCH", f"{ALL}/{theirs['id']}", {"content": "x"}) == (403, 50005)
    assert here.ask("PATCH", f"{ALL}/{ours['id']}", {"content": "new"}).body["content"] == "new"
    assert here.world.messages[TEXT][ours["id"]]["content"] == "new"


def test_deleting_somebody_elses_message_is_written_down(here):
    theirs = here.people.say(MEMBER, TEXT, "mine")
    ours = here.ask("POST", ALL, {"content": "ours"}).body

    here.ask("DELETE", f"{ALL}/{ours['id']}")
    here.ask("DELETE", f"{ALL}/{theirs['id']}", reason="off topic")

    assert [(e["action_type"], e["target_id"], e["reason"]) for e in here.guild.audit] == [
        (72, MEMBER, "off topic")
    ]


def test_old_messages_are_not_deleted_in_bulk(here):
    ids = [here.people.say(MEMBER, TEXT, "x")["id"] for _ in range(2)]
    path = f"{ALL}/bulk-delete"

    one = here.code("POST", path, {"messages": ids[:1]})
    here.clock.at = NOW + 14 * 86_400 + 1
    old = here.code("POST", path, {"messages": ids})

    assert (one, old) == ((400, 50016), (400, 50034))


def test_history_is_read_in_pages(here):
    ids = [here.people.say(MEMBER, TEXT, str(n))["id"] for n in range(5)]

    def page(**query):
        return [each["id"] for each in here.ask("GET", ALL, query=query).body]

    assert page(limit="2") == [ids[4], ids[3]]
    assert page(limit="2", before=ids[3]) == [ids[2], ids[1]]
    assert page(limit="2", after=ids[1]) == [ids[3], ids[2]]


def test_a_member_update_tells_what_was_and_an_old_event_keeps_it(here):
    here.people.rename(GUILD, MEMBER, "first")
    here.people.rename(GUILD, MEMBER, "second")

    told = [each.data["nick"] for each in here.heard if each.name == "GUILD_MEMBER_UPDATE"]
    assert told == ["first", "second"]
