"""Each route answers as Discord describes it, as `openapi_watch` sees to."""

import pytest

from sandbox.routing import find, routes
from sandbox.wire import iso
from tests.sandbox.here import GUILD, MEMBER, NOW, STRANGER, TEXT, TRUSTED, VOICE, Here, ban_path
from tests.sandbox.openapi import Description, find_description, read_description

G, C, A = f"/guilds/{GUILD}", f"/channels/{TEXT}", "/applications/10"
THUMB = "%F0%9F%91%8D"
COMMAND = {"name": "ping", "description": "See whether it is there", "type": 1}
SAID = {"content": "hello", "embeds": [{"title": "A", "fields": [{"name": "b", "value": "c"}]}]}
ROLE = {"name": "new", "permissions": "1024", "color": 255}
TOUR = (
    ("GET", "/users/@me"),
    ("GET", f"/users/{MEMBER}"),
    ("GET", "/users/@me/guilds"),
    ("POST", "/users/@me/channels", {"recipient_id": MEMBER}),
    ("GET", "/gateway"),
    ("GET", "/gateway/bot"),
    ("GET", "/applications/@me"),
    ("GET", "/oauth2/applications/@me"),
    ("PUT", f"{A}/commands", [COMMAND]),
    ("POST", f"{A}/commands", {**COMMAND, "name": "pong"}),
    ("GET", f"{A}/commands"),
    ("PUT", f"{A}{G}/commands", [COMMAND]),
    ("POST", f"{A}{G}/commands", {**COMMAND, "name": "pong"}),
    ("GET", f"{A}{G}/commands"),
    ("GET", G, None, {"with_counts": "true"}),
    ("PATCH", G, {"name": "Home again"}),
    ("GET", f"{G}/preview"),
    ("PUT", f"{G}/incident-actions", {"invites_disabled_until": iso(NOW + 60)}),
    ("GET", f"{G}/channels"),
    ("PATCH", f"{G}/channels", [{"id": TEXT, "position": 3}]),
    ("GET", C),
    ("PATCH", C, {"topic": "whatever"}),
    ("PUT", f"{C}/permissions/{TRUSTED}", {"type": 0, "allow": "1024", "deny": "0"}),
    ("DELETE", f"{C}/permissions/{TRUSTED}"),
    ("POST", f"{C}/messages", SAID),
    ("GET", f"{C}/messages", None, {"limit": "5"}),
    ("POST", f"{C}/typing"),
    ("POST", f"{C}/invites", {"max_age": 60}),
    ("GET", f"{C}/invites"),
    ("GET", f"{G}/invites"),
    ("POST", f"{C}/threads", {"name": "aside", "type": 11}),
    ("GET", f"{G}/threads/active"),
    ("GET", f"{G}/roles"),
    ("PATCH", f"{G}/roles", [{"id": TRUSTED, "position": 1}]),
    ("GET", f"{G}/roles/{TRUSTED}"),
    ("GET", f"{G}/members", None, {"limit": "10"}),
    ("GET", f"{G}/members/search", None, {"query": "mem", "limit": "3"}),
    ("GET", f"{G}/members/{MEMBER}"),
    ("PATCH", f"{G}/members/{MEMBER}", {"nick": "Nick", "communication_disabled_until": None}),
    ("PATCH", f"{G}/members/@me", {"nick": "Robot"}),
    ("PUT", f"{G}/members/{MEMBER}/roles/{TRUSTED}"),
    ("DELETE", f"{G}/members/{MEMBER}/roles/{TRUSTED}"),
    ("GET", f"{G}/voice-states/{MEMBER}"),
    ("PUT", ban_path(STRANGER), {"delete_message_seconds": 0}),
    ("GET", ban_path(STRANGER)),
    ("GET", f"{G}/bans"),
    ("DELETE", ban_path(STRANGER)),
    ("POST", f"{G}/bulk-ban", {"user_ids": [STRANGER]}),
    ("GET", f"{G}/audit-logs", None, {"limit": "10", "action_type": "22"}),
    ("DELETE", f"{G}/members/{MEMBER}"),
    ("DELETE", f"/users/@me{G}"),
)


@pytest.fixture
def here():
    here = Here()
    here.people.move_voice(GUILD, MEMBER, VOICE)
    return here


@pytest.mark.parametrize("call", TOUR, ids=lambda call: " ".join(call[:2]))
def test_a_route_answers_as_described(here, call):
    method, path, body, query = (*call, None, {})[:4] if len(call) < 4 else call
    if path.startswith(f"{G}/bans") and method in ("GET", "DELETE"):
        here.people.ban(GUILD, STRANGER, reason="noise")
    here.people.say(MEMBER, TEXT, "before")

    reply = here.ask(method, path, body, query=query or {})

    assert reply.status in (200, 201, 204) or find(method, path)[0].method == "DELETE", reply.body


def test_what_was_made_is_changed_and_deleted_as_described(here):
    message = here.ask("POST", f"{C}/messages", SAID).body
    role = here.ask("POST", f"{G}/roles", ROLE).body
    channel = here.ask("POST", f"{G}/channels", {"name": "more", "type": 0}).body
    command = here.ask("PUT", f"{A}/commands", [COMMAND]).body[0]
    local = here.ask("PUT", f"{A}{G}/commands", [COMMAND]).body[0]
    invite = here.ask("POST", f"{C}/invites", {}).body
    other = here.people.say(MEMBER, TEXT, "one more")
    one, react = f"{C}/messages/{message['id']}", f"{C}/messages/{message['id']}/reactions/{THUMB}"
    thread = here.ask("POST", f"{one}/threads", {"name": "about that"}).body
    inside = f"/channels/{thread['id']}/thread-members"
    here.sandbox.limits.is_on = False

    answers = [
        here.code(*call)
        for call in (
            ("PATCH", one, {"content": "changed"}),
            ("PUT", f"{react}/@me"),
            ("GET", react),
            ("GET", one),
            ("DELETE", f"{react}/@me"),
            ("DELETE", f"{react}/{MEMBER}"),
            ("DELETE", react),
            ("DELETE", f"{one}/reactions"),
            ("PUT", f"{C}/messages/pins/{message['id']}"),
            ("GET", f"{C}/messages/pins"),
            ("GET", f"{C}/pins"),
            ("DELETE", f"{C}/messages/pins/{message['id']}"),
            ("PUT", f"{inside}/@me"),
            ("PUT", f"{inside}/{MEMBER}"),
            ("DELETE", f"{inside}/@me"),
            ("PATCH", f"/channels/{thread['id']}", {"archived": True}),
            ("PATCH", f"{G}/roles/{role['id']}", {"name": "newer"}),
            ("DELETE", f"{G}/roles/{role['id']}"),
            ("DELETE", f"/channels/{channel['id']}"),
            ("GET", f"{A}/commands/{command['id']}"),
            ("PATCH", f"{A}/commands/{command['id']}", {"description": "Other words"}),
            ("DELETE", f"{A}/commands/{command['id']}"),
            ("GET", f"{A}{G}/commands/{local['id']}"),
            ("PATCH", f"{A}{G}/commands/{local['id']}", {"description": "Other words"}),
            ("DELETE", f"{A}{G}/commands/{local['id']}"),
            ("GET", f"/invites/{invite['code']}"),
            ("DELETE", f"/invites/{invite['code']}"),
            ("POST", f"{C}/messages/bulk-delete", {"messages": [message["id"], other["id"]]}),
            ("POST", f"{C}/messages", SAID),
        )
    ]

    assert {status for status, _ in answers} <= {200, 204}
    assert here.code("DELETE", one) == (404, 10008)


def test_discord_knows_every_route_by_the_same_name():
    description = Description(read_description(find_description()))
    ours = {(each.method, each.template) for each in routes()}

    unknown = {each for each in ours if description.operation(*each) is None}

    assert unknown == set()
