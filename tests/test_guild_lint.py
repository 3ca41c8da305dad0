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
    'UPDATE "community_role" SET "name" = %s WHERE "community_role"."guild_id" = %s',
    'DELETE FROM "community_role" WHERE "community_role"."guild_id" = %s',
    'INSERT INTO "community_role" ("id", "guild_id") VALUES (%s, %s)',
    'SELECT 1 FROM "community_role" WHERE "community_role"."guild_id" = %s AND EXISTS('
    'SELECT 1 FROM "community_memberrole" U0 WHERE U0."guild_id" = ("community_role"."guild_id"))',
    'SELECT COUNT(*) FROM (SELECT 1 FROM "community_role" r WHERE r."guild_id" = %s) q',
    'SELECT 1 FROM "django_session"',
]
ASTRAY = [
    'SELECT 1 FROM "community_role"',
    'SELECT 1 FROM "community_role" WHERE "community_role"."name" = %s',
    'SELECT 1 FROM "community_role" WHERE "community_role"."guild_id" IN (%s, %s)',
    'SELECT 1 FROM "community_role" WHERE "community_role"."guild_id" = %s OR 1 = 1',
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
