"""Tidying up after a test that really commits: Django's flush, but for what it would write anew.

A flush empties the tables that `migrate` fills, too, and has all of them filled again, which takes
longer than most tests. They stay as they are here, unless a test changed them.
"""

from django.core.management import call_command
from django.db import connection

from community.append_only import guard_history

FILLED = ("auth_permission", "community_job", "django_content_type", "django_q_schedule")
KEPT = {*FILLED, "django_migrations"}
ROWS = "SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {} t"
# Months may come and go in a test.
TABLES = "SELECT string_agg(relname, ' ' ORDER BY oid) FROM pg_class WHERE relkind IN ('r', 'p')"
BLANK = []


def remember_the_blank():
    """Note, before the first such test, how a database looks that nobody has used."""
    if not BLANK:
        BLANK.append(look())


def look():
    """Return what `migrate` has made, in short."""
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join([*map(ROWS.format, FILLED), TABLES]))
        return cursor.fetchall()


def tidy_up(_):
    """Empty every table but those; where they were changed, begin anew."""
    if look() == BLANK[0]:
        found = connection.introspection.django_table_names(only_existing=True, include_views=False)
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE " + ", ".join(set(found) - KEPT))
        guard_history()
    else:
        call_command("flush", verbosity=0, interactive=False, reset_sequences=False)
        BLANK[:] = [look()]
