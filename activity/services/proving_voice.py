"""Whether the counters of voice say what the stays do: held against these, and put right.

A stay knows how much of it counted, not when. So a day's time lies between the least and the most
that its stays allow; as a rule all of a stay counts, and both are the same.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from activity.models import ChannelDay, GuildHour, MemberDay
from activity.services.counters import Sums, add_up, correct
from community.fields import GuildTally

COLUMN = ["voice_ms"]
MS = "floor(extract(epoch FROM {}) * 1000)::bigint"
# Of a stay that crosses a border, each side gets its share; shares add up to the whole.
DIFFERENCE = """
WITH stays AS (
    SELECT {who} AS who, counted_ms, {began} AS began,
        greatest({ended}, {began} + counted_ms) AS ended
    FROM activity_voicesession
    WHERE guild_id = %(guild_id)s AND started_at < %(end)s AND counted_ms > 0 AND {of}
        AND (ended_at IS NULL OR ended_at > %(start)s)
), pieces AS (
    SELECT who, counted_ms, began, ended, edge AS unit,
        greatest(began, {edge}) AS first, least(ended, {next_edge}) AS last
    FROM stays CROSS JOIN LATERAL generate_series(
        date_trunc('{unit}', greatest(to_timestamp(began / 1000.0), %(start)s), 'UTC'),
        to_timestamp(ended / 1000.0), interval '1 {unit}') AS edge
    WHERE edge < %(end)s
), units AS (
    SELECT who, unit,
        sum(greatest(0, counted_ms - (ended - began) + (last - first))) AS least,
        sum(least(counted_ms, last - first)) AS most,
        sum(floor(counted_ms * (last - began)::numeric / (ended - began))
            - floor(counted_ms * (first - began)::numeric / (ended - began))) AS share
    FROM pieces GROUP BY who, unit
), wholes AS (
    SELECT who, sum(greatest(0, counted_ms - (ended - began) + (last - first))) AS least,
        sum(least(counted_ms, last - first)) AS most
    FROM stays CROSS JOIN LATERAL (
        SELECT greatest(began, {start}) AS first, least(ended, {until}) AS last
    ) AS within GROUP BY who
), told AS (
    SELECT {who} AS who, {told_unit} AS unit, voice_ms FROM {table}
    WHERE guild_id = %(guild_id)s AND {column} >= %(start)s AND {column} < %(end)s
), matched AS (
    SELECT who, unit, coalesce(least, 0) AS least, coalesce(most, 0) AS most,
        coalesce(share, 0) AS share, coalesce(voice_ms, 0) AS voice_ms
    FROM units FULL JOIN told USING (who, unit)
), wrong AS (
    SELECT matched.who FROM matched LEFT JOIN wholes ON wholes.who = matched.who
    GROUP BY matched.who, wholes.least, wholes.most
    HAVING bool_or(voice_ms < matched.least OR voice_ms > matched.most)
        OR sum(voice_ms) NOT BETWEEN coalesce(wholes.least, 0) AND coalesce(wholes.most, 0)
)
SELECT matched.who, matched.unit, matched.share - matched.voice_ms
FROM matched JOIN wrong ON wrong.who = matched.who WHERE matched.share <> matched.voice_ms
"""


@dataclass(frozen=True)
class VoiceProof:
    """A table that counts time in voice: whose it is, and by days or by hours."""

    model: type[GuildTally]
    who: str
    column: str = "day"
    of: str = "true"

    @property
    def statement(self) -> str:
        """The question by how much which counters are wrong."""
        is_day = self.column == "day"
        return DIFFERENCE.format(
            who=self.who,
            of=self.of,
            unit=self.column,
            column=self.column,
            table=self.model._meta.db_table,
            began=MS.format("started_at"),
            ended=MS.format("coalesce(ended_at, seen_at, started_at)"),
            edge=MS.format("edge"),
            next_edge=MS.format(f"edge + interval '1 {self.column}'"),
            start=MS.format("%(start)s::timestamptz"),
            until=MS.format("%(end)s::timestamptz"),
            told_unit="day::timestamp AT TIME ZONE 'UTC'" if is_day else "hour",
        )

    def key(self, guild_id: int, who: int, unit: datetime) -> tuple[Any, ...]:
        """Return the key of the row that counts this."""
        when = unit.date() if self.column == "day" else unit
        return (guild_id, when) if self.who == "guild_id" else (guild_id, who, when)


VOICE_PROOFS = (
    VoiceProof(MemberDay, "user_id", of="user_id <> 0"),  # not a stranger's
    VoiceProof(ChannelDay, "channel_id"),
    VoiceProof(GuildHour, "guild_id", "hour"),
)


def voice_differences(
    proof: VoiceProof, *, guild_id: int, span: tuple[datetime, datetime]
) -> dict[tuple[Any, ...], list[int]]:
    """Return by how much the counters of some days are too small, row by row."""
    about: dict[str, Any] = {"guild_id": guild_id, "start": span[0], "end": span[1]}
    with connection.cursor() as cursor:
        cursor.execute(proof.statement, about)
        return {proof.key(guild_id, *row[:2]): [int(row[2])] for row in cursor.fetchall()}


def put_voice_right(proof: VoiceProof, *, guild_id: int, span: tuple[datetime, datetime]) -> int:
    """Make counters say what the stays do; what passes meanwhile stays counted."""
    wrong = voice_differences(proof, guild_id=guild_id, span=span)
    add_up(Sums(proof.model, COLUMN, {key: [0] for key in wrong}))
    correct(Sums(proof.model, COLUMN, wrong), guild_id=guild_id)
    return len(wrong)
