"""The watch over the pretend Discord would see what differs from the real one."""

import pytest

from sandbox import Call, Reply
from tests.sandbox import openapi, openapi_watch
from tests.sandbox.here import GUILD, MEMBER, TEXT

MEMBERS, SAYING = "/guilds/{guild_id}/members/{user_id}", "/channels/{channel_id}/messages"


@pytest.fixture(scope="module")
def description():
    return openapi.Description(openapi.read_description(openapi.find_description()))


@pytest.mark.parametrize(
    ("method", "template", "body", "difference"),
    [
        ("POST", SAYING, {"contents": "x"}, "unknown field: contents"),
        ("POST", SAYING, {"embeds": [{"titel": "x"}]}, "unknown field: embeds.titel"),
        ("POST", SAYING, {"tts": "yes"}, "tts: 'yes' is not of type 'boolean', 'null'"),
        (
            "PATCH",
            MEMBERS,
            {"communication_disabled_until": "soon"},
            "communication_disabled_until: 'soon' is not a 'date-time'",
        ),
        ("POST", "/guilds/{guild_id}/bulk-ban", None, "a body is required"),
        ("PUT", "/guilds/{guild_id}", {}, "no such operation"),
    ],
)
def test_a_wrong_request_is_seen(description, method, template, body, difference):
    found = description.request_differences(method, template, Call(method, "", body=body))

    assert difference in list(found)


def test_an_unknown_parameter_is_seen(description):
    call = Call("GET", "", query={"limit": "many", "offset": "1"})

    found = description.request_differences("GET", "/guilds/{guild_id}/bans", call)

    assert list(found) == [
        "parameter limit is no whole number: many",
        "unknown parameter: offset",
    ]


@pytest.mark.parametrize(
    ("reply", "difference"),
    [
        (Reply(200, {"user": {}}), "is a required property"),
        (Reply(201, {}), "status 201 is not described"),
        (Reply(404, {"message": "Unknown Member"}), "'code' is a required property"),
    ],
)
def test_a_wrong_reply_is_seen(description, reply, difference):
    found = list(description.reply_differences("GET", MEMBERS, reply))

    assert len(found) == 1
    assert difference in found[0]


def test_ids_in_requests_may_be_numbers_and_in_replies_may_not(description):
    body = {"recipient_id": int(MEMBER)}
    ban = {"banned_users": [1], "failed_users": []}

    asked = description.request_differences(
        "POST", "/users/@me/channels", Call("POST", "", body=body)
    )
    given = description.reply_differences("POST", "/guilds/{guild_id}/bulk-ban", Reply(200, ban))

    assert list(asked) == []
    assert list(given) == ["banned_users/N: 1 is not of type 'string'"]


def test_the_watch_writes_down_what_it_sees(description):
    ledger = openapi_watch.Ledger(description=description)
    call = Call("POST", f"/channels/{TEXT}/messages", body={"contents": "x"}, token="sandbox")

    for _ in range(2):
        ledger.look(call, Reply(403, {"message": "Missing Access", "code": 50001}))
    ledger.look(Call("PUT", f"/guilds/{GUILD}/bans/{MEMBER}"), Reply(204))

    assert (ledger.requests, ledger.replies) == (3, 3)
    assert list(ledger.differences.values()) == [2]
    assert list(ledger.alarms.values()) == [1]


def test_our_own_copy_is_the_last_resort(monkeypatch, tmp_path):
    monkeypatch.delenv("DISCORD_OPENAPI", raising=False)
    monkeypatch.setattr(openapi, "BESIDE", tmp_path / "missing.json")

    assert openapi.find_description() == openapi.OWN_COPY
    assert openapi.read_description(openapi.OWN_COPY)["info"]["license"]["name"] == "MIT"


@pytest.mark.parametrize(("ci", "refuses"), [("true", True), ("", False)])
def test_a_missing_description_is_refused_by_the_machine_that_releases(
    monkeypatch, tmp_path, ci, refuses
):
    monkeypatch.setenv("CI", ci)
    monkeypatch.delenv("DISCORD_OPENAPI", raising=False)
    for name in ("BESIDE", "OWN_COPY"):
        monkeypatch.setattr(openapi, name, tmp_path / "missing.json")

    if refuses:
        with pytest.raises(pytest.UsageError, match="no description"):
            openapi_watch.pytest_configure(None)
    else:
        openapi_watch.pytest_configure(None)
