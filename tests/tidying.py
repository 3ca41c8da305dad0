"""Tidying up after a test that really commits: what it wrote goes, and nothing else is touched.

Django's flush truncates every table, which makes hundreds of files, and has those filled again that
`migrate` fills; both take longer than most tests. It is left for tests that changed more than rows.
"""

from functools import cache

from django.core.management import call_command
from django.db import connection

from community.append_only import guard_history, guards

FILLED = ("auth_permission", "community_job", "django_content_type", "django_q_schedule")
KEPT = {*FILLED, "django_migrations"}
ROWS = "SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {} t"
# Months may come and go in a test.
TABLES = "SELECT string_agg(relname, ' ' ORDER BY oid) FROM pg_class WHERE relkind IN ('r', 'p')"
GUARDS = (
    "SELECT md5(string_agg(concat_ws(' ', tgrelid, tgname, tgenabled, tgtype, prosrc), '|'"
    " ORDER BY tgrelid, tgname)) FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid"
    " WHERE tgname LIKE 'guildhall_%'"
)
COUNT = "SELECT '{0}', count(*) FROM (SELECT FROM {0} LIMIT {1}) t HAVING count(*) > 0"
# So many rows take longer to delete than all tables take to be emptied.
MANY = 2000
BLANK = []


def remember_the_blank():
    """Note, before the first such test, how a database looks that nobody has used."""
    if not BLANK:
        BLANK.append(look())


def look():
    """Return what `migrate` has made, in short."""
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join([*map(ROWS.format, FILLED), TABLES, GUARDS]))
        return cursor.fetchall()


def tidy_up(_):
    """Empty the tables that were written; where more was changed, begin anew."""
    if look() == BLANK[0]:
        empty_tables()
    else:
        let_go(tables())
        call_command("flush", verbosity=0, interactive=False, reset_sequences=False)
        BLANK[:] = [look()]


@cache
def tables():
    """Name the tables that are empty before each test."""
    found = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return sorted(set(found) - KEPT)


def empty_tables():
    """Delete all rows in one statement, so that no order of the tables matters."""
    connection.ensure_connection()
    # All servers' rows go: no lint is to ask whose they are.
    plain = connection.connection
    counted = " UNION ALL ".join(COUNT.format(table, MANY) for table in tables())
    written = dict(plain.execute(counted).fetchall())
    if MANY in written.values():
        written = dict.fromkeys(tables())
        sql = f"TRUNCATE {', '.join(written)}"
    else:
        parts = [f"t{number} AS (DELETE FROM {name})" for number, name in enumerate(written)]
        sql = f"WITH {', '.join(parts)} SELECT" if parts else "SELECT"
    is_history = let_go(written)
    plain.execute(sql)
    if is_history:
        guard_history()


def let_go(written):
    """Take the guards of tables away, as only their owner can; tell whether there were any."""
    written = set(written)
    found = [guard for guard in guards() if guard.table in written]
    with connection.cursor() as cursor:
        for guard in found:
            cursor.execute(f"DROP TRIGGER IF EXISTS {guard.name} ON {guard.table}")
    return bool(found)
