"""History that cannot be rewritten: triggers that refuse, one door out, and proof that all stand.

Every model that is AppendOnly refuses UPDATE, DELETE and TRUNCATE. The one door out is the function
`guildhall_let_out`: it removes exactly the rows that a verified archive names. What may leave is
decided by rows, not by who asks: a DELETE passes only while such an archive is leaving in the same
transaction, and only for the rows it names; and an archive's own row, once written, stays.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from django.apps import apps
from django.core.checks import Warning  # noqa: A004 - Django's name for it
from django.db import connections

FUNCTIONS = Path(__file__).with_suffix(".sql")
ARCHIVE = "community_archive"


@dataclass(frozen=True, slots=True)
class Guard:
    """One trigger, as it must stand; `kind` is what PostgreSQL makes of `when` (tgtype)."""

    table: str
    name: str
    when: str
    function: str
    kind: int

    def sql(self) -> str:
        """Return the statements that put the trigger in its place, awake in every session."""
        return (
            f"CREATE OR REPLACE TRIGGER {self.name} {self.when.format(table=self.table)} "
            f"EXECUTE FUNCTION {self.function}();"
            f"ALTER TABLE {self.table} ENABLE ALWAYS TRIGGER {self.name};"
        )


class AppendOnly:
    """Marks a model whose rows are written once; the database refuses every change."""

    # What hangs on its rows and leaves with them, by the names of the relations.
    side_rows: ClassVar[tuple[str, ...]] = ()
    # Those of them that are written into the archive file, within the line of their row.
    written_beside: ClassVar[tuple[str, ...]] = ()


def append_only_models() -> Iterator[Any]:
    """Yield every model that is AppendOnly."""
    yield from (model for model in apps.get_models() if issubclass(model, AppendOnly))


def append_only_tables() -> Iterator[str]:
    """Name the table of every model that is AppendOnly."""
    yield from (model._meta.db_table for model in append_only_models())


def guards() -> Iterator[Guard]:
    """Return every trigger that must stand."""
    refuse = "BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} FOR EACH STATEMENT"
    only = "AFTER DELETE ON {table} REFERENCING OLD TABLE AS gone FOR EACH STATEMENT"
    for table in append_only_tables():
        yield Guard(table, "guildhall_append_only", refuse, "guildhall_refuse", 58)
        yield Guard(table, "guildhall_only_the_named", only, "guildhall_refuse_unnamed", 8)
    keep = "BEFORE INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW"
    stay = "BEFORE TRUNCATE ON {table} FOR EACH STATEMENT"
    yield Guard(ARCHIVE, "guildhall_paper", keep, "guildhall_keep_paper", 31)
    yield Guard(ARCHIVE, "guildhall_paper_stays", stay, "guildhall_refuse", 34)


def functions(schema: str) -> str:
    """Return the functions; they look at this schema's tables before any temporary one."""
    return FUNCTIONS.read_text(encoding="utf-8").replace("{schema}", schema)


def guard_history(*, using: str = "default", **_: object) -> None:
    """Put every function and trigger in its place; runs after each migrate."""
    connection = connections[using]
    with connection.cursor() as cursor:
        standing = {table.name for table in connection.introspection.get_table_list(cursor)}
        if ARCHIVE in standing:
            cursor.execute("SELECT quote_ident(current_schema())")
            cursor.execute(functions(cursor.fetchone()[0]))
            for guard in guards():
                if guard.table in standing:
                    cursor.execute(guard.sql())


def unguarded_tables(*, using: str = "default") -> list[str]:
    """Name the tables whose history could be rewritten: a trigger is missing, off, or another."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT relname, tgname, proname, tgtype, prosrc FROM pg_trigger "
            "JOIN pg_proc ON pg_proc.oid = tgfoid JOIN pg_class ON pg_class.oid = tgrelid "
            "WHERE tgname LIKE 'guildhall_%%' AND tgenabled = 'A' "
            "AND relnamespace = current_schema()::regnamespace",
            [],
        )
        rows = cursor.fetchall()
        standing = {table.name for table in connections[using].introspection.get_table_list(cursor)}
    text = FUNCTIONS.read_text(encoding="utf-8")
    awake = {row[:4] for row in rows if row[4] in text}
    missing = {g.table for g in guards() if (g.table, g.name, g.function, g.kind) not in awake}
    return sorted(missing & standing)


def check_history_is_guarded(*, databases: Sequence[str] | None, **_: Any) -> list[Warning]:
    """Say which histories could be rewritten; a warning, since `migrate` must run to mend it."""
    return [
        Warning(
            f"The history in {table} is not guarded: its trigger is missing or switched off.",
            hint="Run: python3 manage.py migrate",
            id="community.W001",
        )
        for using in databases or []
        for table in unguarded_tables(using=using)
    ]
