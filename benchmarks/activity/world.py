"""Fifty servers of a year: messages in bursts, sent as COPY; voice; the counters made from them."""

from __future__ import annotations

import math
import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from django.db import connection
from django.utils import timezone

from activity.partitions import make_month, months_from
from activity.snowflakes import EPOCH

FIRST = 10**17
CHANNEL, ROLE = 2 * FIRST, 3 * FIRST
GUILDS, CHANNELS, PEOPLE, YEAR = 50, 30, 80_000, 365
BURST = 8  # messages of one person in a row, on average
CHUNK = 20_000
MESSAGES_PER_STAY = 10
TABLE = "activity_messageevent"
COLUMNS = (
    "id, channel_id, user_id, guild_id, characters, words, has_attachment, has_embed, is_reply"
)
ROW = struct.Struct("!h" + "iq" * 4 + "ih" * 2 + "i?" * 3)
HEAD, END = b"PGCOPY\n\xff\r\n\0" + bytes(8), struct.pack("!h", -1)

SERVERS = """
INSERT INTO community_guild
    (id, name, icon, member_count, locale, tz, features, joined_at, available)
SELECT {first} + g, 'Server ' || g, '', 1000, 'en-US', 'UTC', '{{}}', now(), true
FROM generate_series(1, {guilds}) g;
"""
PEOPLE_OF = """
INSERT INTO community_user (id, username, global_name, avatar, is_bot, first_seen)
SELECT n, 'reader' || n, 'Reader ' || n, '', false, now() FROM generate_series(1, {people}) n;
INSERT INTO community_channel
    (id, guild_id, kind, name, topic, position, nsfw, slowmode)
SELECT {channel} + g * 100 + c, {first} + g, 'text', 'channel-' || c, '', c, false, 0
FROM generate_series(1, {guilds}) g, generate_series(0, {channels} - 1) c;
INSERT INTO community_role (id, guild_id, name, colour, hoist, position, permissions, managed)
SELECT {role} + g * 100 + r, {first} + g, 'Role ' || r, 0, false, r, 0, false
FROM generate_series(1, {guilds}) g, generate_series(1, 2) r;
"""
MEMBERS = """
INSERT INTO community_member (guild_id, user_id, nickname, joined_at, pending, came_by)
SELECT %(guild)s, n, 'nick' || n, now() - n %% 700 * interval '1 day', false, ''
FROM generate_series(%(low)s, %(high)s) n;
INSERT INTO activity_memberevent (guild_id, user_id, kind, at, invite)
SELECT %(guild)s, n, kind, now() - n %% 700 * interval '1 day' + later, ''
FROM generate_series(%(low)s, %(high)s) n,
    (VALUES ('join', interval '0'), ('leave', interval '5 days')) AS told (kind, later)
WHERE kind = 'join' OR n %% 5 = 0;
"""
ROLES = """
INSERT INTO community_memberrole (guild_id, member_id, role_id, assigned_at)
SELECT member.guild_id, member.id, {role} + (member.guild_id - {first}) * 100 + 1, now()
FROM community_member AS member;
INSERT INTO activity_activityrole (guild_id, role_id, min_hours, "window", priority, "group",
    exempt_role_ids, is_enabled, agreed_permissions)
SELECT guild_id, id, CASE id % 100 WHEN 1 THEN 2 ELSE 10 END, 'month', id % 100, '', '{{}}', true, 0
FROM community_role;
"""
VOICE = """
INSERT INTO activity_voicesession (guild_id, user_id, channel_id, started_at, ended_at, ending,
    counted_ms, muted, deafened)
SELECT guild_id, user_id, channel_id, at, at + length, 'left',
    extract(epoch FROM length) * 1000, false, false
FROM (
    SELECT guild_id, user_id, channel_id - channel_id % 100 + channel_id % 5 AS channel_id,
        to_timestamp(((id >> 22) + 1420070400000) / 1000.0) AS at,
        (120 + abs(hashint8(id)) % 7200) * interval '1 second' AS length
    FROM activity_messageevent WHERE abs(hashint8(id)) % {every} = 0
) AS stay;
INSERT INTO activity_voiceevent
    (guild_id, user_id, kind, session_id, channel_id, at, muted, deafened)
SELECT guild_id, user_id, kind, id, channel_id,
    CASE kind WHEN 'join' THEN started_at ELSE ended_at END, false, false
FROM activity_voicesession, (VALUES ('join'), ('leave')) AS told (kind);
"""
# Written day after day, as the bot does.
COUNTERS = """
INSERT INTO activity_memberday (guild_id, user_id, day, messages, characters, words, attachments,
    blocks, voice_ms)
SELECT guild_id, user_id, day, sum(m), sum(c), sum(w), sum(a), sum(b), least(sum(v), 86400000)
FROM (
    SELECT guild_id, user_id, {day} AS day, count(*) AS m, sum(characters) AS c, sum(words) AS w,
        count(*) FILTER (WHERE has_attachment) AS a,
        count(DISTINCT (id >> 22) / 600000) AS b, 0 AS v
    FROM activity_messageevent GROUP BY 1, 2, 3
    UNION ALL
    SELECT guild_id, user_id, (ended_at AT TIME ZONE 'UTC')::date, 0, 0, 0, 0, 0, sum(counted_ms)
    FROM activity_voicesession GROUP BY 1, 2, 3
) AS told GROUP BY 1, 2, 3 ORDER BY day;
INSERT INTO activity_channelday (guild_id, channel_id, day, messages, characters, edited, deleted,
    voice_ms)
SELECT guild_id, channel_id, {day}, count(*), sum(characters), 0, 0, 0
FROM activity_messageevent GROUP BY 1, 2, 3 ORDER BY 3;
INSERT INTO activity_guildhour (guild_id, hour, messages, edited, deleted, joins, leaves, voice_ms)
SELECT guild_id, date_trunc('hour', {at}), count(*), 0, 0, 1, 0, 60000
FROM activity_messageevent GROUP BY 1, 2 ORDER BY 2;
INSERT INTO activity_membertotals (guild_id, user_id, messages, voice_ms, first_at, last_at)
SELECT guild_id, user_id, sum(messages), sum(voice_ms), min(day), max(day) + interval '1 day'
FROM activity_memberday GROUP BY 1, 2;
"""
AT = "to_timestamp(((id >> 22) + 1420070400000) / 1000)"
DAY = f"({AT} AT TIME ZONE 'UTC')::date"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much there is of everything."""

    messages: int
    guilds: int = GUILDS
    people: int = PEOPLE

    @property
    def ends(self) -> list[int]:
        """Up to which number people belong to each server; those of the first are the most."""
        weights = [1 / place for place in range(1, self.guilds + 1)]
        return [int(self.people * part / sum(weights)) for part in accumulate(weights)]


def move_in(sizes: Sizes) -> None:
    """Make servers, people, channels and roles."""
    told = {"first": FIRST, "channel": CHANNEL, "role": ROLE, "channels": CHANNELS}
    with connection.cursor() as cursor:
        cursor.execute(SERVERS.format(guilds=sizes.guilds, **told))
        cursor.execute(PEOPLE_OF.format(guilds=sizes.guilds, people=sizes.people, **told))
        for guild, (low, high) in enumerate(_people(sizes), 1):
            cursor.execute(MEMBERS, {"guild": FIRST + guild, "low": low, "high": high})
        cursor.execute(ROLES.format(**told))
    for month in months_from(_begin(), YEAR // 30 + 3):
        make_month(TABLE, month)


def write_messages(many: int, sizes: Sizes) -> None:
    """Send messages as COPY, in the order of their time."""
    with connection.cursor() as cursor, cursor.copy(_copy()) as copy:
        copy.write(HEAD)
        for chunk in _chunks(many, sizes):
            copy.write(chunk)
        copy.write(END)


def count_up() -> None:
    """Make voice beside the messages, and the counters of both."""
    with connection.cursor() as cursor:
        cursor.execute(VOICE.format(every=MESSAGES_PER_STAY))
        cursor.execute(COUNTERS.format(day=DAY, at=AT))
        cursor.execute("VACUUM ANALYZE")


def biggest() -> int:
    """Return the server with most of everything."""
    return FIRST + 1


def _copy() -> str:
    return f"COPY {TABLE} ({COLUMNS}) FROM STDIN (FORMAT BINARY)"


def _begin() -> datetime:
    return timezone.now().astimezone(UTC) - timedelta(days=YEAR)


def _people(sizes: Sizes) -> list[tuple[int, int]]:
    lows = [1, *(end + 1 for end in sizes.ends[:-1])]
    return list(zip(lows, sizes.ends, strict=True))


def _chunks(many: int, sizes: Sizes) -> Iterator[bytes]:
    chance, people = random.Random(many), _people(sizes)
    weights = list(accumulate(1 / place for place in range(1, sizes.guilds + 1)))
    bursts = many // BURST
    begin = (_begin() - EPOCH) // timedelta(milliseconds=1)
    step = YEAR * 86_400_000 / bursts
    rows: list[bytes] = []
    for number in range(bursts):
        guild = _place(weights, chance.random())
        rows += _burst(guild, people[guild], int(begin + number * step), number, chance)
        if len(rows) >= CHUNK:
            yield b"".join(rows)
            rows.clear()
    yield b"".join(rows)


def _place(weights: list[float], share: float) -> int:
    """Return which server's turn it is, the weightiest the most often."""
    wanted = share * weights[-1]
    low, high = 0, len(weights) - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if weights[middle] < wanted else (low, middle)
    return low


def _burst(
    guild: int, people: tuple[int, int], at: int, number: int, chance: random.Random
) -> list[bytes]:
    """Return what one person writes in a row: of everybody, few write most."""
    low, high = people
    user = low + int((high - low) * chance.random() ** 3)
    channel = CHANNEL + (guild + 1) * 100 + int(CHANNELS * chance.random() ** 2)
    length = min(60, 1 + int(-math.log(1 - chance.random()) * (BURST - 0.5)))
    pack, told = ROW.pack, (8, channel, 8, user, 8, FIRST + guild + 1, 2)
    last = number % 4096
    return [
        pack(
            9, 8, ((at + 7_000 * turn) << 22) + last, *told,
            40 + (turn * 37 + last) % 160, 2, 8 + turn, 1, turn == 2, 1, turn > BURST,
            1, turn == 1,
        )
        for turn in range(length)
    ]  # fmt: skip
