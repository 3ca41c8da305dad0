"""History cannot be rewritten, and leaves by one door only."""

import gzip
import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.db import IntegrityError, connection, transaction
from django.db.utils import ProgrammingError
from django.utils import timezone

from community.append_only import append_only_tables, guard_history, unguarded_tables
from community.errors import HouseError
from community.models import Archive, AuditEntry
from community.scope import cross_guild
from community.services.archives import archive_history, let_out, manifest_path, verify_archive
from tests.factories import ArchiveFactory, AuditEntryFactory, AuditTraceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.engine]


def run(sql, *params):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)


@pytest.fixture(autouse=True)
def _widest_scope():
    with cross_guild("history of every server"):
        yield


@pytest.fixture
def entry():
    entry = AuditEntryFactory()
    run("SET CONSTRAINTS ALL IMMEDIATE")  # TRUNCATE waits for no deferred check
    return entry


def change_by_save(entry):
    entry.actor = "nobody"
    entry.save()


@pytest.mark.parametrize(
    "deed",
    [
        change_by_save,
        lambda entry: entry.delete(),
        lambda entry: AuditEntry.objects.filter(pk=entry.pk).update(actor="nobody"),
        lambda entry: AuditEntry.objects.filter(pk=entry.pk).delete(),
        lambda _: run("UPDATE community_auditentry SET actor = 'nobody'"),
        lambda _: run("UPDATE community_auditentry SET actor = actor"),
        lambda _: run("UPDATE community_auditentry SET actor = 'x' WHERE false"),
        lambda _: run("DELETE FROM community_auditentry"),
        lambda _: run("TRUNCATE community_auditentry, community_audittrace"),
        lambda _: run("TRUNCATE community_auditentry CASCADE"),
        lambda _: run("TRUNCATE community_staff CASCADE"),
        lambda e: run(
            "INSERT INTO community_auditentry SELECT * FROM community_auditentry "
            "ON CONFLICT (id) DO UPDATE SET actor = 'nobody'"
        ),
        lambda e: run(
            "MERGE INTO community_auditentry a USING community_auditentry b ON a.id = b.id "
            "WHEN MATCHED THEN DELETE"
        ),
        lambda _: run(
            "WITH gone AS (DELETE FROM community_auditentry RETURNING 1) SELECT * FROM gone"
        ),
    ],
)
def test_no_statement_changes_history(entry, deed):
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        deed(entry)

    assert AuditEntry.objects.get().actor == "marin"


def test_replica_mode_does_not_switch_the_guard_off(entry):
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        run("SET LOCAL session_replication_role = replica; DELETE FROM community_auditentry")


def test_a_missing_or_sleeping_trigger_is_seen_and_put_back():
    run("DROP TRIGGER guildhall_append_only ON community_auditentry")
    missing = unguarded_tables()
    guard_history()
    run("ALTER TABLE community_auditentry DISABLE TRIGGER guildhall_append_only")
    asleep = unguarded_tables()
    errors = [error.id for error in run_checks(tags=["database"], databases=["default"])]
    guard_history()

    assert missing == asleep == ["community_auditentry"]
    assert "community.W001" in errors
    assert unguarded_tables() == []
    assert set(append_only_tables()) == {
        "community_auditentry",
        "economy_posting",
        "economy_purchase",
        "economy_purchasereturn",
        "economy_transfer",
        "moderation_caseevent",
    }


def test_old_history_leaves_with_a_file_that_was_read_back(tmp_path):
    old = timezone.now() - timedelta(days=400)
    guild = AuditEntryFactory(at=old).guild
    AuditEntryFactory.create_batch(2, at=old, guild=guild)
    young, foreign = AuditEntryFactory(guild=guild), AuditEntryFactory(at=old)

    paper = archive_history(
        model=AuditEntry, guild_id=guild.pk, before=young.at, folder=tmp_path / "archives"
    )

    assert set(AuditEntry.objects.all()) == {young, foreign}
    assert (paper.row_count, paper.let_out_at is not None, paper.leaving_in) == (3, True, None)
    lines = gzip.decompress(Path(paper.path).read_bytes()).splitlines()
    assert {json.loads(line)["guild_id"] for line in lines} == {guild.pk}
    assert Path(paper.path).stat().st_mode & 0o777 == 0o600
    manifest = json.loads(manifest_path(paper).read_bytes())
    assert (manifest["row_count"], manifest["sha256"]) == (3, paper.sha256)
    assert manifest["columns"]["before"] == "jsonb"


def paper_for(entry, *, verified=True, **changes):
    named = {"guild_id": entry.guild_id, "first_id": entry.pk, "last_id": entry.pk}
    paper = ArchiveFactory(**{**named, **changes})
    if verified:
        Archive.objects.filter(pk=paper.pk).update(verified_at=timezone.now())
    return paper


@pytest.mark.parametrize(
    "changes",
    [{"verified": False}, {"row_count": 2}, {"table_name": "community_guild"}, {"guild_id": 1}],
)
def test_the_door_stays_shut_without_the_right_paper(entry, changes):
    paper = paper_for(entry, **changes)

    with pytest.raises(ProgrammingError), transaction.atomic():
        let_out(archive=paper)

    assert AuditEntry.objects.count() == 1


def test_the_door_opens_once_and_shuts_behind_the_rows(entry):
    other = AuditEntryFactory(guild=entry.guild)
    paper = paper_for(entry)

    assert let_out(archive=paper) == 1
    with pytest.raises(ProgrammingError), transaction.atomic():
        let_out(archive=paper)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        other.delete()


NOW = "leaving_in = pg_current_xact_id()::text::bigint"


@pytest.mark.parametrize(
    "forgery",
    [
        "INSERT INTO community_archive (table_name, first_id, last_id, row_count, path, sha256,"
        " written_at, verified_at) SELECT table_name, first_id, last_id, row_count, path, sha256,"
        " written_at, now() FROM community_archive",
        "DELETE FROM community_archive",
        "TRUNCATE community_archive CASCADE",
        "UPDATE community_archive SET row_count = 5",
        "UPDATE community_archive SET first_id = 0",
        "UPDATE community_archive SET verified_at = now() + interval '1 day'",
        f"UPDATE community_archive SET {NOW}; DELETE FROM community_auditentry",
        "CREATE TEMP TABLE community_archive AS SELECT 'community_auditentry'::text table_name,"
        " pg_current_xact_id()::text::bigint leaving_in, now() verified_at;"
        " DELETE FROM community_auditentry",
    ],
)
def test_no_forged_paper_lets_other_rows_out_or_vanishes(entry, forgery):
    AuditEntryFactory()
    paper_for(entry)

    with pytest.raises(IntegrityError, match="append-only"):
        run(forgery)

    assert (AuditEntry.objects.count(), Archive.objects.count()) == (2, 1)


def test_a_paper_whose_rows_have_left_says_so_for_ever(entry):
    paper = paper_for(entry)
    let_out(archive=paper)

    with pytest.raises(IntegrityError, match="append-only"):
        run("UPDATE community_archive SET let_out_at = NULL")


def test_a_guard_that_was_hollowed_out_is_seen(entry):
    run("CREATE OR REPLACE FUNCTION guildhall_refuse() RETURNS trigger LANGUAGE plpgsql"
        " AS $$ BEGIN RETURN NULL; END $$")  # fmt: skip

    assert unguarded_tables() == ["community_archive", *sorted(append_only_tables())]
    guard_history()
    assert unguarded_tables() == []


def test_one_young_entry_among_the_old_ends_a_file_and_stops_nothing(tmp_path):
    old = timezone.now() - timedelta(days=400)
    guild = AuditEntryFactory(at=old).guild
    AuditEntryFactory(guild=guild)
    AuditEntryFactory(guild=guild, at=old)

    paper = archive_history(
        model=AuditEntry, guild_id=guild.pk, before=old + timedelta(days=1), folder=tmp_path
    )

    assert (paper.row_count, AuditEntry.objects.count()) == (1, 2)


def test_traces_leave_with_the_entries_they_belong_to(tmp_path):
    old = timezone.now() - timedelta(days=400)
    trace = AuditTraceFactory(entry__at=old)

    archive_history(
        model=AuditEntry, guild_id=trace.guild_id, before=timezone.now(), folder=tmp_path
    )

    assert not type(trace).objects.exists()


def test_a_damaged_file_lets_nothing_out(entry, tmp_path):
    file = tmp_path / "damaged.jsonl.gz"
    file.write_bytes(b"not what was written")
    paper = paper_for(entry, verified=False, path=str(file))

    with pytest.raises(HouseError, match="damaged"):
        verify_archive(archive=paper)

    assert Archive.objects.get().verified_at is None
