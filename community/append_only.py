"""History that cannot be rewritten: triggers that refuse, one door out, and proof that both stand.

Every model that is AppendOnly gets one statement trigger on UPDATE, DELETE and TRUNCATE. The one
door out is the function `guildhall_let_out`: it removes exactly the rows that a verified archive
names, and the trigger lets a DELETE through only while such an archive is leaving in this very
transaction. There is no setting, role or session flag that anybody could turn instead.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import apps
from django.core.checks import Warning  # noqa: A004 - Django's name for it
from django.db import connections

FUNCTIONS = """
CREATE OR REPLACE FUNCTION guildhall_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT FROM community_archive
        WHERE table_name = TG_TABLE_NAME AND leaving_in = pg_current_xact_id()::text::bigint
    ) THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE FUNCTION guildhall_let_out(archive bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    paper community_archive%ROWTYPE;
    gone bigint;
BEGIN
    SELECT * INTO paper FROM community_archive
        WHERE id = archive AND verified_at IS NOT NULL AND let_out_at IS NULL FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'archive % is not verified, or its rows have left', archive;
    END IF;
    IF NOT EXISTS (
        SELECT FROM pg_trigger
        WHERE tgrelid = to_regclass(quote_ident(paper.table_name))
            AND tgname = 'guildhall_append_only'
    ) THEN
        RAISE EXCEPTION '% is not an append-only table', paper.table_name;
    END IF;
    UPDATE community_archive SET leaving_in = pg_current_xact_id()::text::bigint WHERE id = archive;
    EXECUTE format(
        'DELETE FROM %I WHERE guild_id IS NOT DISTINCT FROM $1 AND id BETWEEN $2 AND $3',
        paper.table_name
    ) USING paper.guild_id, paper.first_id, paper.last_id;
    GET DIAGNOSTICS gone = ROW_COUNT;
    IF gone <> paper.row_count THEN
        RAISE EXCEPTION 'archive % holds % rows, % would leave', archive, paper.row_count, gone;
    END IF;
    UPDATE community_archive SET leaving_in = NULL, let_out_at = now() WHERE id = archive;
    RETURN gone;
END $$;
"""

TRIGGER = """
CREATE OR REPLACE TRIGGER guildhall_append_only
BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION guildhall_refuse();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER guildhall_append_only;
"""


class AppendOnly:
    """Marks a model whose rows are written once; the database refuses every change."""


def append_only_tables() -> Iterator[str]:
    """Name the table of every model that is AppendOnly."""
    for model in apps.get_models():
        if issubclass(model, AppendOnly):
            yield model._meta.db_table


def guard_history(*, using: str = "default", **_: object) -> None:
    """Put every trigger in its place; runs after each migrate, and changes nothing twice."""
    connection = connections[using]
    standing = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        if "community_archive" in standing:
            cursor.execute(FUNCTIONS)
        for table in append_only_tables():
            if table in standing:
                cursor.execute(TRIGGER.format(table=connection.ops.quote_name(table)))


def unguarded_tables(*, using: str = "default") -> list[str]:
    """Name the append-only tables whose trigger is missing, off, or calls something else."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid "
            "WHERE tgname = 'guildhall_append_only' AND tgenabled = 'A' "
            "AND proname = 'guildhall_refuse'"
        )
        guarded = {name for (name,) in cursor.fetchall()}
        standing = {table.name for table in connections[using].introspection.get_table_list(cursor)}
    return [table for table in append_only_tables() if table in standing - guarded]


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
