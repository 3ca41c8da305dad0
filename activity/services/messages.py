"""What Discord told of messages, written down: a batch in one transaction, each message once."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from struct import Struct
from typing import NamedTuple

from django.db import IntegrityError, connection, transaction

from activity.services.counting import Changed, Counts
from activity.services.known import ask_before, days_of_people
from activity.services.levels import earn, weigh
from activity.services.trips import array_of
from community.scope import cross_guild

MESSAGES = "activity_messageevent"


class Message(NamedTuple):
    """That a person wrote: all that is remembered of a message, in the order of its columns."""

    guild_id: int
    id: int
    channel_id: int
    user_id: int
    characters: int = 0
    words: int = 0
    has_attachment: bool = False
    has_embed: bool = False
    is_reply: bool = False


class Edit(NamedTuple):
    """That a message was changed."""

    guild_id: int
    id: int
    at: datetime


class Deletion(NamedTuple):
    """That a message was deleted."""

    guild_id: int
    id: int
    at: datetime


Told = Message | Edit | Deletion
# Stores messages by the end of the `with`, and says at its beginning which of them are new.
Store = Callable[[Sequence[Message]], AbstractContextManager[Sequence[Message]]]

# A row as COPY takes it: how many columns, and each with its length before it.
ROW = Struct("!h" + "iq" * 4 + "ih" * 2 + "i?" * 3)
HEAD, END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
COLUMNS = ", ".join(Message._fields)
TYPES = ("bigint",) * 4 + ("smallint",) * 2 + ("boolean",) * 3
ARRAYS = ", ".join(f"%s::{each}[]" for each in TYPES)
COPY = f"COPY {MESSAGES} ({COLUMNS}) FROM STDIN (FORMAT BINARY)"
# Of messages that are there already it returns nothing.
INSERT = (
    f"INSERT INTO {MESSAGES} ({COLUMNS}) SELECT * FROM unnest({ARRAYS}) "  # noqa: S608
    "ON CONFLICT DO NOTHING RETURNING guild_id, id"
)
# The message as it was is asked for as well: only its first change is counted.
CHANGE = """
UPDATE activity_messageevent AS message SET {column} = told.at
FROM (
    SELECT known.guild_id, known.id, known.{column} AS before, told.at
    FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[]) AS told (guild_id, id, at)
    JOIN activity_messageevent AS known USING (guild_id, id)
    WHERE known.id BETWEEN %s AND %s AND {is_news}
) AS told
WHERE message.guild_id = told.guild_id AND message.id = told.id AND message.id BETWEEN %s AND %s
RETURNING message.guild_id, message.id, message.channel_id, told.before IS NULL
"""
EDIT = CHANGE.format(column="edited_at", is_news="coalesce(known.edited_at < told.at, true)")
DELETE = CHANGE.format(column="deleted_at", is_news="known.deleted_at IS NULL")


def write_batch(*, told: Sequence[Told]) -> int:
    """Write down what was told of messages; return how many were new.

    The same told twice, or to two writers, changes nothing.
    """
    among = {each.guild_id for each in told}
    with cross_guild("what was told of messages is written down together", among=among):
        try:
            return _write(told, copy_messages)
        except IntegrityError:
            return _write(told, add_missing_messages)


@transaction.atomic
def _write(told: Sequence[Told], store: Store) -> int:
    messages = [each for each in told if type(each) is Message]
    days = days_of_people(messages)
    known = ask_before(days)
    with store(known.wanted(messages)) as stored:
        if len(stored) < len(messages):
            days = days_of_people(stored)
        earnings = weigh(days=days, known=known)
        counts = Counts(days=days, known=known.blocks, earned=earnings.days)
    counts.add_changes(
        edited=_change(EDIT, (each for each in told if type(each) is Edit)),
        deleted=_change(DELETE, (each for each in told if type(each) is Deletion)),
    )
    counts.write()
    earn(earnings=earnings)
    return len(stored)


@contextmanager
def copy_messages(messages: Sequence[Message]) -> Iterator[Sequence[Message]]:
    """Store messages the quick way; refuses them all when one of them is there already.

    The database is at work on them while what follows from them is computed.
    """
    if not messages:
        yield messages
        return
    names_errors = connection.wrap_database_errors
    with connection.cursor() as cursor, names_errors, cursor.copy(COPY) as copy:
        copy.write(as_copied(messages))
        yield messages


def as_copied(messages: Iterable[Message]) -> bytes:
    """Return messages as the bytes that the database copies rows from."""
    pack = ROW.pack
    rows = [
        pack(9, 8, guild, 8, key, 8, channel, 8, user, 2, long, 2, words, 1, file, 1, embed, 1, re)
        for guild, key, channel, user, long, words, file, embed, re in messages
    ]
    return b"".join([HEAD, *rows, END])


@contextmanager
def add_missing_messages(messages: Sequence[Message]) -> Iterator[Sequence[Message]]:
    """Store the messages that are not there already."""
    yield _missing(messages) if messages else messages


def _missing(messages: Sequence[Message]) -> Sequence[Message]:
    each_once = {(each.guild_id, each.id): each for each in messages}
    arrays = zip(*each_once.values(), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [*map(array_of, arrays)])
        return [each_once[row] for row in cursor.fetchall()]


def _change(statement: str, told: Iterable[Edit | Deletion]) -> list[Changed]:
    """Note on messages what became of them; return those of which it is told the first time."""
    last = {(each.guild_id, each.id): each for each in sorted(told, key=lambda each: each.at)}
    if not last:
        return []
    keys = [key for _, key in last]
    arrays = map(array_of, zip(*last.values(), strict=True))
    bounds = min(keys), max(keys)
    with connection.cursor() as cursor:
        cursor.execute(statement, [*arrays, *bounds, *bounds])
        return [Changed(*row[:3]) for row in cursor.fetchall() if row[3]]
