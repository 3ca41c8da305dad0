"""What stands in a database: rows and a digest for each table, the same wherever it is restored."""

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from community.scope import cross_guild

# What lives for minutes, or would bring old sessions and old work back to life.
LEFT_EMPTY = frozenset({"django_session", "django_q_ormq", "django_q_task"})
# Whatever the server, the database or the account has set, a row is written in one way.
ONE_WAY = {
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "TimeZone": "UTC",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
}
OUR_TABLES = (
    "SELECT relname FROM pg_class WHERE relkind = 'r' "
    "AND relnamespace = current_schema()::regnamespace ORDER BY relname"
)
# No order is needed: a sum is the same in any, and no two rows of a table are alike.
DIGEST = (
    "SELECT count(*), coalesce(sum(('x' || left(md5(row_::text), 16))::bit(64)::bigint), 0)::text "
    "FROM {table} AS row_"
)

Tables = dict[str, tuple[int, str]]


def count_everything(connection: BaseDatabaseWrapper) -> Tables:
    """Return rows and digest of every table; within a transaction, all of one moment."""
    with cross_guild("every table is counted, whole"), connection.cursor() as cursor:
        write_in_one_way(cursor)
        cursor.execute(OUR_TABLES)
        names = [name for (name,) in cursor.fetchall() if name not in LEFT_EMPTY]
        return {name: _count(cursor, connection.ops.quote_name(name)) for name in names}


def write_in_one_way(cursor: CursorWrapper) -> None:
    """Let this transaction write rows as every other one does that counts them."""
    for setting, value in ONE_WAY.items():
        cursor.execute("SELECT set_config(%s, %s, true)", [setting, value])


def differences(expected: Tables, found: Tables) -> list[str]:
    """Say in which tables two countings differ, one line each."""
    told = []
    for name in sorted(expected.keys() | found.keys()):
        was, now = expected.get(name), found.get(name)
        if was is None or now is None:
            told.append(f"{name} is {'missing' if now is None else 'too much'}")
        elif was != now:
            rows = f"{now[0]} rows in the place of {was[0]}" if now[0] != was[0] else "other rows"
            told.append(f"{name} has {rows}")
    return told


def _count(cursor: CursorWrapper, table: str) -> tuple[int, str]:
    cursor.execute(DIGEST.format(table=table))
    rows, digest = cursor.fetchone()
    return int(rows), str(digest)
