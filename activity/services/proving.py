"""Whether the counters say what was written: held against the rows they count, and put right."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from django.db import connection, transaction

from activity.models import ChannelDay, GuildHour, MemberDay, MemberTotals
from activity.services.counters import Sums, add_up, correct
from activity.services.proving_voice import VOICE_PROOFS, put_voice_right, voice_differences
from activity.snowflakes import first_id_at
from community.fields import GuildTally
from community.models import Guild
from community.scope import cross_guild, guild_scope

log = logging.getLogger(__name__)

# What comes late is told within days; what is older was proved often enough.
PROVED = timedelta(days=3)
TURNS = 24  # a day's servers are shared out among its hours
DAY = "date '2015-01-01' + ((id >> 22) / 86400000)::int"
HOUR = "timestamptz '2015-01-01 00:00:00+00' + (id >> 22) / 3600000 * interval '1 hour'"
# One statement sees rows and counters as they were at one moment, so nobody need stand still.
DIFFERENCE = """
WITH counted AS (
    SELECT {reckoned} FROM {source} WHERE guild_id = %(guild_id)s AND {of} GROUP BY {groups}
), told AS (
    SELECT {names} FROM {table} WHERE guild_id = %(guild_id)s AND {among}
)
SELECT {key}, {differences} FROM counted FULL JOIN told USING ({key})
WHERE ({counted}) <> ({told})
"""
# Who has days has totals; what these are too small by is found afterwards.
MISSING_TOTALS = """
INSERT INTO activity_membertotals (guild_id, user_id, messages, voice_ms, first_at, last_at)
SELECT guild_id, user_id, 0, 0, min(day), max(day) FROM activity_memberday
WHERE guild_id = %s GROUP BY guild_id, user_id ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True)
class Proof:
    """How the counters of a table follow from other rows, and which of them are looked at."""

    model: type[GuildTally]
    key: Mapping[str, str]
    columns: Mapping[str, str]
    among: str = "day >= %(start)s AND day < %(end)s"
    of: str = "id >= %(first)s AND id < %(last)s"
    source: str = "activity_messageevent"

    @cached_property
    def statement(self) -> str:
        """The question by how much which counters are wrong."""
        known = {side: [f"coalesce({side}.{name}, 0)" for name in self.columns] for side in SIDES}
        reckoned = [f"{each} AS {name}" for name, each in {**self.key, **self.columns}.items()]
        return DIFFERENCE.format(
            reckoned=", ".join(reckoned),
            names=", ".join([*self.key, *self.columns]),
            key=", ".join(self.key),
            groups=", ".join(str(place + 1) for place in range(len(self.key))),
            differences=", ".join(map("{} - {}".format, *known.values())),
            table=self.model._meta.db_table,
            source=self.source,
            of=self.of,
            among=self.among,
            **{side: ", ".join(each) for side, each in known.items()},
        )


SIDES = ("counted", "told")
CHANGES = {"edited": "count(edited_at)", "deleted": "count(deleted_at)"}
PROOFS = (
    Proof(
        MemberDay,
        {"user_id": "user_id", "day": DAY},
        {
            "messages": "count(*)",
            "characters": "sum(characters)",
            "words": "sum(words)",
            "attachments": "count(*) FILTER (WHERE has_attachment)",
            "blocks": "count(DISTINCT (id >> 22) / 600000)",
        },
        of="id >= %(first)s AND id < %(last)s AND user_id <> 0",  # not a stranger's
    ),
    Proof(
        ChannelDay,
        {"channel_id": "channel_id", "day": DAY},
        {"messages": "count(*)", "characters": "sum(characters)", **CHANGES},
    ),
    Proof(
        GuildHour,
        {"hour": HOUR},
        {"messages": "count(*)", **CHANGES},
        among="hour >= %(start)s AND hour < %(end)s",
    ),
    Proof(
        MemberTotals,
        {"user_id": "user_id"},
        {"messages": "sum(messages)", "voice_ms": "sum(voice_ms)"},
        among="user_id <> 0",
        of="user_id <> 0",
        source="activity_memberday",
    ),
)


def find_breaches(*, guild_id: int, now: datetime | None = None) -> Iterator[str]:
    """Yield what one server's counters say that its rows do not."""
    now = now or datetime.now(UTC)
    for proof in PROOFS:
        if wrong := differences(proof, guild_id=guild_id, now=now):
            what = proof.model._meta.verbose_name_plural
            yield f"{len(wrong)} {what} in server {guild_id} do not say what was written."
    for voice in VOICE_PROOFS:
        if found := voice_differences(voice, guild_id=guild_id, span=_proved(now)):
            what = voice.model._meta.verbose_name_plural
            yield f"{len(found)} {what} in server {guild_id} do not say who was in voice."


def differences(proof: Proof, *, guild_id: int, now: datetime) -> dict[tuple[Any, ...], list[int]]:
    """Return by how much the counters of the last days are too small, row by row."""
    start, end = _proved(now)
    about = {"guild_id": guild_id, "first": first_id_at(start), "last": first_id_at(end)}
    with connection.cursor() as cursor:
        cursor.execute(proof.statement, {"start": start, "end": end, **about})
        width = len(proof.key)
        return {
            (guild_id, *row[:width]): [int(each) for each in row[width:]]
            for row in cursor.fetchall()
        }


def _proved(now: datetime) -> tuple[datetime, datetime]:
    """Return the days that are proved, today included."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - PROVED, today + timedelta(days=1)


@transaction.atomic
def put_counters_right(*, guild_id: int, now: datetime) -> int:
    """Make one server's counters say what was written; return how many did not.

    What is missing is added, as any message is: what is written meanwhile stays counted.
    """
    count = sum(
        put_voice_right(proof, guild_id=guild_id, span=_proved(now)) for proof in VOICE_PROOFS
    )
    for proof in PROOFS:  # totals last: they are held against the days
        if wrong := differences(proof, guild_id=guild_id, now=now):
            _begin_missing(proof, guild_id, wrong)
            correct(Sums(proof.model, [*proof.columns], wrong), guild_id=guild_id)
            count += len(wrong)
    return count


def _begin_missing(proof: Proof, guild_id: int, wrong: Mapping[tuple[Any, ...], Any]) -> None:
    if proof.model is MemberTotals:
        with connection.cursor() as cursor:
            cursor.execute(MISSING_TOTALS, [guild_id])
    else:
        nothing = [0] * len(proof.columns)
        add_up(Sums(proof.model, [*proof.columns], dict.fromkeys(wrong, nothing)))


def prove_counters(*, now: datetime) -> str:
    """Put right the counters of the servers whose hour it is; each has one every day."""
    with cross_guild("the servers whose counters are proved this hour"):
        servers = Guild.objects.order_by("pk").values_list("pk", flat=True)
        turn = [key for key in servers if key % TURNS == now.hour % TURNS]
    wrong = 0
    for guild_id in turn:
        with guild_scope(guild_id):
            if found := put_counters_right(guild_id=guild_id, now=now):
                log.error("%s counters of server %s were wrong and are right now.", found, guild_id)
                wrong += found
    return f"{len(turn)} servers, {wrong} counters put right"
