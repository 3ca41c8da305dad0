"""What is read of the gateway's events of messages, and what is passed over."""

import asyncio
from datetime import UTC, datetime

import pytest

from activity.intake import Backlog, Intake
from activity.services.messages import Deletion, Edit, Message
from tests.activity.told import NOON

AUTHOR = {"id": "5"}
PLAIN = {"id": "9", "guild_id": "7", "channel_id": "8", "author": AUTHOR, "type": 0}


def heard(event, **facts):
    """What an intake takes of an event."""
    taken = []

    async def hearing():
        intake = Intake(backlog=Backlog(), now=lambda: NOON)
        intake.take = taken.append
        intake.hear(event, facts)

    asyncio.run(hearing())
    return taken


def test_a_message_of_a_person_is_read():
    rich = {"content": "two words", "attachments": [{}], "embeds": [{}], "type": 19}

    assert heard("MESSAGE_CREATE", **PLAIN) == [Message(7, 9, 8, 5)]
    assert heard("MESSAGE_CREATE", **PLAIN | rich) == [
        Message(7, 9, 8, 5, 9, 2, has_attachment=True, has_embed=True, is_reply=True)
    ]


@pytest.mark.parametrize(
    "facts",
    [
        {"author": {"id": "5", "bot": True}},
        {"webhook_id": "5"},
        {"type": 7},  # Discord says that somebody came
        {"type": 20},  # a bot's answer to a command
        {"guild_id": None},
    ],
)
def test_what_no_person_wrote_in_a_server_is_passed_over(facts):
    assert heard("MESSAGE_CREATE", **PLAIN | facts) == []


def test_changes_and_deletions_are_read():
    at = datetime(2026, 3, 1, 13, tzinfo=UTC)

    assert heard("MESSAGE_UPDATE", **PLAIN, edited_timestamp=at.isoformat()) == [Edit(7, 9, at)]
    assert heard("MESSAGE_UPDATE", **PLAIN, edited_timestamp=None) == []  # only a preview came
    assert heard("MESSAGE_DELETE", **PLAIN) == [Deletion(7, 9, NOON)]
    assert heard("MESSAGE_DELETE_BULK", ids=["9", "10"], guild_id="7") == [
        Deletion(7, 9, NOON),
        Deletion(7, 10, NOON),
    ]
