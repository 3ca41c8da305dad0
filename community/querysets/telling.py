"""What Discord tells of a thousand people at once: one statement finds who differs, four write it.

So telling the same again is two reads, which lock nothing. Rows go in by key, so that two tellers
wait for each other in the same order. Who was erased has no name for us until they are back.
"""

import json
from datetime import datetime
from typing import Any

from django.db import connection

# Discord goes on telling of them; they are back when they came in after their erasure.
WHO_WAS_ERASED = """
SELECT person.id, %(back)s OR coalesce(told.joined_at > person.erased_at, false)
FROM jsonb_to_recordset(%(told)s::jsonb) AS told (user_id bigint, joined_at timestamptz)
JOIN community_user AS person ON person.id = told.user_id
WHERE person.erased_at IS NOT NULL
"""
NAMELESS = {"username": "", "global_name": "", "avatar": "", "nickname": ""}

# OFFSET 0 has each member's few roles looked up by key, even before the tables were ever analysed.
WHO_DIFFERS = """
SELECT told.user_id
FROM jsonb_to_recordset(%(told)s::jsonb) AS told (
    user_id bigint, username text, global_name text, avatar text, is_bot boolean, nickname text,
    joined_at timestamptz, pending boolean, premium_since timestamptz, timed_out_until timestamptz,
    role_ids bigint[])
LEFT JOIN community_user AS person ON person.id = told.user_id
LEFT JOIN community_member AS known
    ON known.guild_id = %(guild)s AND known.user_id = told.user_id
LEFT JOIN LATERAL (
    SELECT array_agg(role_id ORDER BY role_id) AS role_ids FROM community_memberrole AS held
    WHERE held.guild_id = %(guild)s AND held.member_id = known.id AND held.ended_at IS NULL
    OFFSET 0
) AS now ON true
WHERE known.id IS NULL OR known.left_at IS NOT NULL
    OR (person.username, person.global_name, person.avatar, person.is_bot)
    IS DISTINCT FROM (told.username, told.global_name, told.avatar, told.is_bot)
    OR (known.nickname, known.joined_at, known.pending, known.premium_since, known.timed_out_until)
    IS DISTINCT FROM (told.nickname, coalesce(told.joined_at, known.joined_at), told.pending,
        told.premium_since, told.timed_out_until)
    OR coalesce(now.role_ids, '{}') <> told.role_ids
"""

USERS = """
INSERT INTO community_user (id, username, global_name, avatar, is_bot, first_seen)
SELECT told.user_id, told.username, told.global_name, told.avatar, told.is_bot, %(at)s
FROM jsonb_to_recordset(%(told)s::jsonb)
    AS told (user_id bigint, username text, global_name text, avatar text, is_bot boolean)
LEFT JOIN community_user AS known ON known.id = told.user_id
WHERE known.id IS NULL OR (known.username, known.global_name, known.avatar, known.is_bot)
    IS DISTINCT FROM (told.username, told.global_name, told.avatar, told.is_bot)
ORDER BY told.user_id
ON CONFLICT (id) DO UPDATE SET
    username = EXCLUDED.username, global_name = EXCLUDED.global_name,
    avatar = EXCLUDED.avatar, is_bot = EXCLUDED.is_bot,
    erased_at = NULL
WHERE community_user.erased_at IS NULL OR community_user.id = ANY (%(back)s)
"""

# When Discord leaves out when somebody came, what we know stays.
MEMBERS = """
INSERT INTO community_member
    (guild_id, user_id, nickname, joined_at, pending, premium_since, timed_out_until, came_by)
SELECT %(guild)s, told.user_id, told.nickname, coalesce(told.joined_at, known.joined_at, %(at)s),
    told.pending, told.premium_since, told.timed_out_until, ''
FROM jsonb_to_recordset(%(told)s::jsonb) AS told (
    user_id bigint, nickname text, joined_at timestamptz, pending boolean,
    premium_since timestamptz, timed_out_until timestamptz)
LEFT JOIN community_member AS known
    ON known.guild_id = %(guild)s AND known.user_id = told.user_id
WHERE known.id IS NULL OR known.left_at IS NOT NULL OR (
    known.nickname, known.joined_at, known.pending, known.premium_since, known.timed_out_until
) IS DISTINCT FROM (
    told.nickname, coalesce(told.joined_at, known.joined_at), told.pending, told.premium_since,
    told.timed_out_until)
ORDER BY told.user_id
ON CONFLICT (guild_id, user_id) DO UPDATE SET
    nickname = EXCLUDED.nickname, joined_at = EXCLUDED.joined_at, pending = EXCLUDED.pending,
    premium_since = EXCLUDED.premium_since, timed_out_until = EXCLUDED.timed_out_until,
    left_at = NULL,
    came_by = CASE WHEN community_member.left_at IS NULL THEN community_member.came_by ELSE '' END
"""

ROLES_THAT_END = """
UPDATE community_memberrole AS held SET ended_at = greatest(held.assigned_at, %(at)s)
FROM jsonb_to_recordset(%(told)s::jsonb) AS told (user_id bigint, role_ids bigint[])
JOIN community_member AS member
    ON member.guild_id = %(guild)s AND member.user_id = told.user_id
CROSS JOIN LATERAL (
    SELECT over.id FROM community_memberrole AS over
    WHERE over.guild_id = %(guild)s AND over.member_id = member.id AND over.ended_at IS NULL
        AND over.role_id <> ALL (told.role_ids)
    OFFSET 0
) AS gone
WHERE held.guild_id = %(guild)s AND held.id = gone.id
"""

# News of a role may come after news of who holds it; the next telling has both.
ROLES_THAT_BEGIN = """
INSERT INTO community_memberrole (guild_id, member_id, role_id, assigned_at)
SELECT %(guild)s, member.id, role.id, %(at)s
FROM jsonb_to_recordset(%(told)s::jsonb) AS told (user_id bigint, role_ids bigint[])
JOIN community_member AS member
    ON member.guild_id = %(guild)s AND member.user_id = told.user_id
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(role_id), '{}') AS role_ids FROM community_memberrole AS held
    WHERE held.guild_id = %(guild)s AND held.member_id = member.id AND held.ended_at IS NULL
    OFFSET 0
) AS now
JOIN community_role AS role
    ON role.guild_id = %(guild)s AND role.id = ANY (told.role_ids) AND role.id <> ALL (now.role_ids)
ORDER BY member.id, role.id
ON CONFLICT (guild_id, member_id, role_id) WHERE ended_at IS NULL DO NOTHING
"""

TABLES = (USERS, MEMBERS, ROLES_THAT_END, ROLES_THAT_BEGIN)


def write_what_differs(
    *, guild_id: int, told: str, at: datetime, are_back: bool = False
) -> tuple[int, ...]:
    """Write what differs of users, members and the roles they hold; return how many rows of each.

    People are told of as JSON; `are_back` says that whoever of them was erased is met anew.
    Whoever calls holds the server's row, within its scope.
    """
    with connection.cursor() as cursor:
        cursor.execute(WHO_WAS_ERASED, {"told": told, "back": are_back})
        erased: dict[int, bool] = dict(cursor.fetchall())
        if erased:
            told = _without_names(told, {key for key, is_back in erased.items() if not is_back})
        cursor.execute(WHO_DIFFERS, {"guild": guild_id, "told": told})
        differ = {user_id for (user_id,) in cursor.fetchall()}
        if not differ:
            return ()
        news = json.dumps([each for each in json.loads(told) if each["user_id"] in differ])
        back = [key for key, is_back in erased.items() if is_back]
        given = {"guild": guild_id, "told": news, "at": at, "back": back}
        return tuple(_rows(cursor, statement, given) for statement in TABLES)


def _without_names(told: str, nameless: set[int]) -> str:
    people = json.loads(told)
    for each in people:
        each.update(NAMELESS if each["user_id"] in nameless else {})
    return json.dumps(people)


def _rows(cursor: Any, statement: str, given: dict[str, Any]) -> int:
    cursor.execute(statement, given)
    return int(cursor.rowcount)
