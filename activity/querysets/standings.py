"""What we can ask about everybody at once who has an activity role or has earned one."""

from datetime import date
from typing import Any

from django.db import connection

# Whoever has the role, holds it by merit or was long enough in voice, in each rule that is on.
# With "everything", all rules, whatever the hours: for one person that is a handful of rows.
FACTS = """
WITH rule AS (
    SELECT id, role_id, "window", min_hours * 3600000 AS needed_ms, exempt_role_ids
    FROM activity_activityrole WHERE guild_id = %(guild)s AND is_enabled
), people AS (
    SELECT member.id, member.user_id
    FROM community_member AS member JOIN community_user AS person ON person.id = member.user_id
    WHERE member.guild_id = %(guild)s AND member.left_at IS NULL AND {whom}
        AND NOT person.is_bot AND person.erased_at IS NULL
), lately AS (
    SELECT user_id, sum(voice_ms) AS month_ms,
        sum(voice_ms) FILTER (WHERE day >= %(week)s) AS week_ms
    FROM activity_memberday
    WHERE guild_id = %(guild)s AND day >= %(month)s AND voice_ms > 0 AND {whom_lately}
    GROUP BY user_id
)
SELECT rule.id, people.user_id, people.id, spent.ms, has.id IS NOT NULL,
    holding.given_at, holding.expires_at,
    EXISTS (
        SELECT 1 FROM community_memberrole AS other
        WHERE other.guild_id = %(guild)s AND other.member_id = people.id
            AND other.role_id = ANY (rule.exempt_role_ids) AND other.ended_at IS NULL
    )
FROM rule CROSS JOIN people
LEFT JOIN lately ON lately.user_id = people.user_id
LEFT JOIN activity_membertotals AS totals
    ON totals.guild_id = %(guild)s AND totals.user_id = people.user_id
CROSS JOIN LATERAL (
    SELECT coalesce(CASE rule."window" WHEN 'week' THEN lately.week_ms
        WHEN 'month' THEN lately.month_ms ELSE totals.voice_ms END, 0)::bigint AS ms
) AS spent
LEFT JOIN activity_activityroleholding AS holding
    ON holding.guild_id = %(guild)s AND holding.rule_id = rule.id
    AND holding.user_id = people.user_id AND holding.ended_at IS NULL
LEFT JOIN community_memberrole AS has
    ON has.guild_id = %(guild)s AND has.role_id = rule.role_id
    AND has.member_id = people.id AND has.ended_at IS NULL
WHERE {which}
"""
OF_ALL = FACTS.format(
    whom="TRUE",
    whom_lately="TRUE",
    which="has.id IS NOT NULL OR holding.id IS NOT NULL OR spent.ms >= rule.needed_ms",
)
OF_ONE = FACTS.format(
    whom="member.user_id = %(user)s", whom_lately="user_id = %(user)s", which="TRUE"
)


def facts_of_all(guild_id: int, week: date, month: date) -> list[tuple[Any, ...]]:
    """Return each rule with each person who has its role or has earned it."""
    return _rows(OF_ALL, {"guild": guild_id, "week": week, "month": month})


def facts_of_one(guild_id: int, user_id: int, week: date, month: date) -> list[tuple[Any, ...]]:
    """Return each rule with one person, whatever their hours."""
    given = {"guild": guild_id, "user": user_id, "week": week, "month": month}
    return _rows(OF_ONE, given)


def _rows(statement: str, given: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
