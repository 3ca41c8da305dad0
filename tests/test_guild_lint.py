"""The lint that every statement of the suite runs through."""

import pytest
from django.db import connection

from community.models import Member, Role
from community.scope import cross_guild, guild_scope
from tests import guild_lint
from tests.guild_lint import CrossesGuilds, strays

NAMED = [
    'SELECT 1 FROM "community_role" WHERE "community_role"."guild_id" = %s',
    'SELECT 1 FROM "community_role" WHERE "community_role"."guild_id" IN (%s)',
    'SELECT 1 FROM "community_guild" WHERE "community_guild"."id" = %s',
    'SELECT 1 FROM "community_role" r, "community_member" m'
    ' WHERE r."guild_id" = m."guild_id" AND m."guild_id" = %s',
    'SELECT 1 FROM "community_memberrole" INNER JOIN "community_member" ON ('
    '"community_memberrole"."member_id" = "community_member"."id" AND'
    ' "community_member"."guild_id" = ("community_memberrole"."guild_id"))'
    ' WHERE "community_memberrole"."guild_id" = %s',
    'SELECT 1 FROM "community_role" WHERE "community_role"."id" IN (%s, %s)',
    'SELECT 1 FROM "community_memberrole" WHERE "community_memberrole"."member_id" IN (%s, %s)',
    'DELETE FROM "community_memberrole" WHERE ("community_memberrole"."member_id" IN (%s, %s)'
    ' OR "community_memberrole"."role_id" IN (%s))',
    'UPDATE "community_role" SET "name" = %s WHERE "community_role"."guild_id" = %s',
    'DELETE FROM "community_role" WHERE "community_role"."guild_id" = %s',
    'INSERT INTO "community_role" ("id", "guild_id") VALUES (%s, %s)',
    'SELECT 1 FROM "community_role" WHERE "community_role"."guild_id" = %s AND EXISTS('
    'SELECT 1 FROM "community_memberrole" U0 WHERE U0."guild_id" = ("community_role"."guild_id"))',
    'SELECT COUNT(*) FROM (SELECT 1 FROM "community_role" r WHERE r."guild_id" = %s) q',
    'SELECT 1 FROM "django_session"',
    'SELECT 1 FROM "community_role" r LEFT JOIN "community_member" m ON'
    ' m."guild_id" = r."guild_id" WHERE r."guild_id" = %s',
    "SELECT 1 FROM Community_Role WHERE Guild_Id = %s",
    "SELECT 1 FROM community_role WHERE id = ANY(%s)",
    "EXPLAIN (ANALYZE) SELECT 1 FROM community_role WHERE guild_id = %s",
    "COPY (SELECT 1 FROM community_role WHERE guild_id = 1) TO STDOUT",
    "COPY community_role FROM STDIN",
    "MERGE INTO community_role r USING fresh f ON r.id = f.id AND r.guild_id = %s"
    " WHEN MATCHED THEN UPDATE SET name = f.name",
    "INSERT INTO community_role (id, guild_id) VALUES (%s, %s) ON CONFLICT DO NOTHING",
    "INSERT INTO community_role (id, guild_id) VALUES (%s, %s)"
    " ON CONFLICT (guild_id, name) DO UPDATE SET name = %s",
]
ASTRAY = [
    'SELECT 1 FROM "community_role"',
    'SELECT 1 FROM "community_role" WHERE "community_role"."name" = %s',
    'SELECT 1 FROM "community_role" WHERE "community_role"."guild_id" IN (%s, %s)',
    'SELECT 1 FROM "community_role" WHERE "community_role"."guild_id" = %s OR 1 = 1',
    'SELECT 1 FROM "community_role" WHERE "guild_id" = %s OR "guild_id" = %s',
    'SELECT 1 FROM "community_memberrole" WHERE "member_id" IN (%s) OR "ended_at" = %s',
    'SELECT 1 FROM "community_role" WHERE NOT ("community_role"."guild_id" = %s)',
    'SELECT 1 FROM "community_role" WHERE "community_role"."guild_id" > %s',
    'SELECT 1 FROM "community_role" r, "community_member" m WHERE r."guild_id" = %s',
    'SELECT 1 FROM "community_memberrole" INNER JOIN "community_member" ON ('
    '"community_memberrole"."member_id" = "community_member"."id")'
    ' WHERE "community_memberrole"."guild_id" = %s',
    'SELECT 1 FROM "community_role" WHERE "community_role"."guild_id" IN'
    ' (SELECT U0."guild_id" FROM "community_member" U0 WHERE U0."user_id" = %s)',
    'SELECT 1 FROM "django_session" WHERE EXISTS(SELECT 1 FROM "community_role" U0)',
    'UPDATE "community_role" SET "name" = %s',
    'DELETE FROM "community_role" WHERE "community_role"."name" = %s',
    'INSERT INTO "archive" SELECT * FROM "community_role"',
    'WITH r AS (SELECT * FROM "community_role") SELECT 1 FROM r',
    'SELECT 1 FROM "community_guild" WHERE "community_guild"."owner_id" = %s',
    "SELECT 1 FROM community_role r WHERE r.guild_id = %s UNION SELECT 1 FROM community_role r",
    "SELECT (SELECT COUNT(*) FROM community_role r) FROM community_role r WHERE r.guild_id = %s",
    "SELECT 1 FROM community_role r LEFT JOIN community_member m"
    " ON r.guild_id = %s AND m.guild_id = r.guild_id",
    "SELECT 1 FROM community_role r LEFT JOIN community_member m"
    " ON m.guild_id = %s AND m.guild_id = r.guild_id",
    "SELECT 1 FROM community_role r RIGHT JOIN community_member m"
    " ON m.guild_id = %s AND m.guild_id = r.guild_id",
    "SELECT 1 FROM community_role r FULL JOIN community_member m"
    " ON m.guild_id = r.guild_id AND r.guild_id = %s",
    "SELECT 1 FROM community_role WHERE guild_id = ANY(%s)",
    "SELECT 1 FROM community_role WHERE guild_id IN (ANY(ARRAY[%s, %s]))",
    "SELECT 1 FROM community_guild WHERE id = ANY(ARRAY[%s, %s])",
    "SELECT 1 FROM Community_Role",
    "EXPLAIN ANALYZE SELECT 1 FROM community_role",
    "EXPLAIN (ANALYZE, BUFFERS) SELECT 1 FROM community_role",
    "COPY (SELECT 1 FROM community_role) TO STDOUT",
    "COPY community_role TO STDOUT",
    "CREATE TABLE mine AS SELECT * FROM community_role",
    "MERGE INTO community_role r USING fresh f ON r.name = f.name"
    " WHEN MATCHED THEN UPDATE SET name = f.name",
    "MERGE INTO mine USING community_role r ON mine.id = r.id AND r.guild_id = %s"
    " WHEN NOT MATCHED THEN INSERT (id) VALUES (r.id)",
    "INSERT INTO community_role (id, guild_id) VALUES (%s, %s)"
    " ON CONFLICT (name) DO UPDATE SET name = %s",
]


@pytest.mark.parametrize("sql", NAMED)
def test_a_statement_that_names_its_server_passes(sql):
    assert strays(sql) == ()


@pytest.mark.parametrize("sql", ASTRAY)
def test_a_statement_that_does_not_is_found(sql):
    assert strays(sql)


@pytest.mark.django_db
def test_a_stray_statement_fails_its_test_even_when_the_code_swallows_it():
    with guild_scope(1), connection.cursor() as cursor, pytest.raises(CrossesGuilds):
        cursor.execute("SELECT 1 FROM community_role")

    astray, guild_lint.LEDGER.astray = guild_lint.LEDGER.astray, []
    assert len(astray) == 1


@pytest.mark.django_db
def test_crossing_with_a_reason_is_counted_by_its_reason():
    with cross_guild("to see the lint count"):
        assert not Role.objects.exists()
        assert not Member.objects.exists()

    assert guild_lint.LEDGER.crossing["to see the lint count"] == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 FROM community_role WHERE '%%s' <> name AND id > %s AND guild_id = %s",
        "SELECT (SELECT 1 FROM community_role WHERE id = %s AND guild_id = %s LIMIT 1)",
        "SELECT 1 FROM community_role r, community_member m"
        " WHERE r.guild_id = %s AND m.guild_id = %s",
    ],
)
def test_a_server_outside_the_scope_in_force_is_found(sql):
    with guild_scope(1), connection.cursor() as cursor:
        cursor.execute(sql, [1, 1])
        with pytest.raises(CrossesGuilds, match=r"^\[2\] out of scope"):
            cursor.execute(sql, [1, 2])

    astray, guild_lint.LEDGER.astray = guild_lint.LEDGER.astray, []
    assert len(astray) == 1
