"""What people call themselves and write as a reason has no power in any line or message."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from community.models import Channel
from moderation.cog import describing
from moderation.models import Case, CaseEvent, Punishment
from moderation.services.ladder import Standing
from moderation.services.lookups import Brief, Story
from moderation.services.records import Record
from moderation.words import log_message, marked_reason, message_to_person, say_done, say_rung

NOW = datetime(2031, 3, 3, 12, tzinfo=UTC)
DAY = timedelta(days=1)
POISONS = [
    "@everyone",
    "@here look",
    "<@400>",
    "<@!400>",
    "<@&401>",
    "<#402>",
    "</ban:403>",
    "<:smile:404>",
    "<a:smile:404>",
    "<t:1:R>",
    "<id:customize>",
    ":smile:",
    "**bold**",
    "__under__",
    "_slanted_",
    "~~gone~~",
    "`code`",
    "```py\ncode\n```",
    "||hidden||",
    "> quoted",
    ">>> all quoted",
    "# Heading",
    "-# small",
    "[Click](http://evil.example)",
    "[Click](<http://evil.example>)",
    "http://evil.example",
    "https://discord.gg/evil",
    "one\nReason: another",
    "one\r\n**Moderator:** <@1>",
    "one\u2028two\u2029three",
    "\u202eturned\u202c",
    "\u2066held\u2069",
    "\u200bnothing\ufeff",
    "\x00\x07\x1b[31m",
    "ends with a backslash\\",
    "\\",
    "\\*not escaped\\*",
    "[#1 - 7] a mark of ours",
    "<script>alert(1)</script>",
    "*" * 512,
    "a" * 299 + "*" * 212,
    "@" * 512,
    "😀" * 512,
]
ACTIVE = "\\*_~`|>[]()<#@:\n"


def case_saying(words, kind="ban", **more):
    told = {"number": 5, "user_id": 400, "moderator_id": 7, "created_at": NOW, **more}
    return Case(pk=1, guild_id=1, kind=kind, reason=words[:512], comment=words[:512], **told)


def described(words):
    """Return what commands show of a person and a case."""
    case = case_saying(words, kind="mute")
    undone = case_saying(words, kind="mute", overruled_at=NOW)
    for each in (case, undone):
        each._prefetched_objects_cache = {"warnings": []}
    record = Record(Counter({"mute": 1}), 0, (), (case, undone))
    brief = Brief(400, words[:100], record, Standing(0, None))
    event = CaseEvent(pk=1, verb="noted", actor_id=7, at=NOW)
    story = Story(case, (event,), {1: words[:512]}, None)
    yield describing.describe_brief(brief).to_dict()
    yield describing.describe_history(brief, [case, undone]).to_dict()
    yield describing.describe_case(story).to_dict()


def messages(words):
    """Return every message of moderation that holds what people wrote."""
    case, punishment = case_saying(words), Punishment(kind="ban", starts_at=NOW, ends_at=NOW + DAY)
    unlocked = case_saying(words, kind="unlock", channel=Channel(id=9, name=words[:100]))
    end = punishment.ends_at
    yield message_to_person(case, server=words[:100], until=end)
    yield log_message(case, until=end, state="")
    yield log_message(unlocked, until=None, state="")
    yield say_done(case, until=end, is_kept=True, rung=say_rung(3, None, words))
    yield say_done(unlocked, until=None, is_kept=False, rung="")
    yield from described(words)


def texts(message):
    if isinstance(message, str):
        yield message
    elif isinstance(message, dict | list):
        for each in message.values() if isinstance(message, dict) else message:
            yield from texts(each)


def powers(message):
    """Count what Discord would take for more than words, and all that turns them around."""
    counted = Counter()
    for text in texts(message):
        left = re.sub(r"\\[^a-zA-Z0-9\s]", "", text)
        counted += Counter(each for each in left if each in ACTIVE)
        counted += Counter(c for c in left if not c.isprintable() and c not in "\n\u200b")
    return counted


@pytest.mark.parametrize("poison", POISONS)
def test_words_add_nothing_but_words(poison):
    harmless = [powers(each) for each in messages("harmless")]

    assert [powers(each) for each in messages(poison)] == harmless


@pytest.mark.parametrize("poison", [each for each in POISONS if "@" in each])
def test_nobody_is_called(poison):
    said = [text for each in messages(poison) for text in texts(each)]

    assert not any(re.search(r"@(everyone|here)|<@&", text) for text in said)


@pytest.mark.parametrize("letter", ["*", "@", "a", "😀"])
def test_however_long_the_words_discord_takes_them(letter):
    for message in messages(letter * 512):
        if isinstance(message, str):
            continue  # an answer, which is cut where it is given
        assert len(message.get("content", "")) <= 2000
        for embed in [message, *message.get("embeds", [])]:
            assert len(embed.get("title", "")) <= 256
            assert len(embed.get("description", "")) <= 4096
            assert all(len(each["value"]) <= 1024 for each in embed.get("fields", []))


def test_a_mark_in_somebodys_words_is_not_taken_for_ours():
    assert marked_reason(case_saying("[#9 - 8] Spam"), None).startswith("[#5 - 7] [#9")
