"""What was written lately is remembered, so that a log can tell what became of it."""

import asyncio
from datetime import UTC, datetime

import pytest

from activity import texts
from activity.texts import Texts

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
KILN, ANNA, MESSAGE = 7, 41, 900


@pytest.fixture(autouse=True)
def _hurried(monkeypatch):
    monkeypatch.setattr(texts, "GATHER", 0.0)


def told(*events, watched=(KILN,)):
    """Let some events be heard; return what is to be told of them."""
    notes = []

    async def tell(guild_id, of_it):
        assert guild_id == KILN
        notes.extend(of_it)

    async def live():
        kept = Texts(now=lambda: NOON, tell=tell)
        kept.watch(watched)
        for event, data in events:
            kept.hear(event, {"guild_id": str(KILN), "channel_id": "7", **data})
        await kept.close()

    asyncio.run(live())
    return [{key: note.get(key) for key in ("what", "user", "before", "after")} for note in notes]


def wrote(text, key=MESSAGE, **author):
    person = {"id": str(ANNA), **author}
    return "MESSAGE_CREATE", {"id": str(key), "author": person, "content": text}


def changed(text, when="1", key=MESSAGE, **author):
    _, data = wrote(text, key, **author)
    return "MESSAGE_UPDATE", {**data, "edited_timestamp": when}


def deleted(key=MESSAGE):
    return "MESSAGE_DELETE", {"id": str(key)}


def note(what, user=str(ANNA), before=None, after=None):
    return {"what": what, "user": user, "before": before, "after": after}


def test_a_change_is_told_with_the_text_before():
    notes = told(wrote("one"), changed("two", "1"), changed("three", "2"), deleted())

    assert notes == [
        note("edit", before="one", after="two"),
        note("edit", before="two", after="three"),
        note("delete", before="three"),
    ]


def test_what_is_delivered_twice_is_told_once():
    events = wrote("one"), changed("two"), deleted(), deleted(901)

    notes = told(*(each for event in events for each in (event, event)))

    assert [each["what"] for each in notes] == ["edit", "delete", "delete"]


def test_what_was_written_before_us_was_not_kept():
    notes = told(changed("two"), deleted(901))

    assert notes == [note("edit", after="two"), note("delete", user=None)]


def test_a_preview_is_no_change_and_bots_are_not_logged():
    bot = {"bot": True}
    events = (
        wrote("one"),
        changed("one", None),
        wrote("beep", 901, **bot),
        changed("boop", "1", 901, **bot),
        deleted(901),
    )

    assert told(*events) == []


def test_many_at_once_are_one_line():
    both = "MESSAGE_DELETE_BULK", {"ids": [str(MESSAGE), "901"]}

    assert told(wrote("one"), both, both) == [note("purge", user=None)]


def test_a_server_without_a_log_is_not_listened_to():
    assert told(wrote("one"), deleted(), watched=()) == []


def test_only_the_latest_are_remembered(monkeypatch):
    monkeypatch.setattr(texts, "MOST_OF_SERVER", 2)

    written = [wrote("text", key) for key in (1, 2, 3)]
    notes = told(*written, deleted(1), deleted(3))

    assert notes == [note("delete", user=None), note("delete", before="text")]
