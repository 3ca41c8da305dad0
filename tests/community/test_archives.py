"""What left for an archive file is listed, read, brought back, and emptied of who was erased."""

import json
import os
import time
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from community.errors import HouseError, NotAllowed
from community.models import Archive, AuditEntry
from community.scope import cross_guild
from community.services.archives import archive_history, manifest_path, restore_archive
from community.services.retention import keep_retention
from tests.factories import AuditEntryFactory, GrantFactory, StaffFactory

pytestmark = pytest.mark.django_db
OLD = timezone.now() - timedelta(days=400)


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path):
    settings.GUILDHALL_DATA = tmp_path
    with cross_guild("the test looks everywhere"):
        yield


def left(count=3, **about):
    """Let some entries of one server leave; return their values, and the paper."""
    about = {"guild": GrantFactory().guild, **about}
    entries = AuditEntryFactory.create_batch(count, at=OLD, **about)
    mine = AuditEntry.objects.filter(pk__in=[each.pk for each in entries])
    rows = list(mine.order_by("pk").values())
    guild_id = entries[0].guild_id
    folder = settings.GUILDHALL_DATA / "archives"
    past = {"model": AuditEntry, "guild_id": guild_id, "before": timezone.now()}
    return rows, archive_history(**past, folder=folder)


def told(*arguments):
    out = StringIO()
    call_command("archive", *arguments, stdout=out)
    return out.getvalue()


def of_history():
    return AuditEntry.objects.exclude(verb__startswith="community.archive")


def test_rows_come_back_to_the_microsecond_and_stay_to_be_read(django_capture_on_commit_callbacks):
    rows, paper = left(guild=GrantFactory().guild)

    with django_capture_on_commit_callbacks(execute=True):
        said = told("restore", str(paper.pk))

    paper.refresh_from_db()
    assert said == f"Archive {paper.pk}: 3 rows are back.\n"
    assert list(of_history().order_by("pk").values()) == rows
    assert not Path(paper.path).exists()
    assert not manifest_path(paper).exists()
    assert keep_retention() == 0
    assert not Archive.objects.standing().exists()


def test_what_is_over_leaves_again_a_month_later(time_machine):
    _, paper = left(guild=GrantFactory().guild)
    restore_archive(archive=paper)

    time_machine.move_to(timezone.now() + timedelta(days=31))

    assert keep_retention() >= 3
    assert not of_history().exists()


def test_history_comes_back_latest_first_and_once(keeper):
    guild = GrantFactory().guild
    (_, first), (_, second) = left(guild=guild), left(guild=guild)

    with pytest.raises(HouseError, match=f"restore archive {second.pk} before"):
        restore_archive(archive=first, by=keeper)
    restore_archive(archive=second, by=keeper)
    with pytest.raises(HouseError, match="came back already"):
        restore_archive(archive=second, by=keeper)

    assert restore_archive(archive=first, by=keeper).rows == 3
    assert AuditEntry.objects.filter(verb="community.archive.restored").count() == 2


def test_only_keepers_bring_rows_back_and_only_into_a_server_that_is_known():
    _, paper = left()

    with pytest.raises(NotAllowed):
        restore_archive(archive=paper, by=StaffFactory())
    Archive.objects.create(**{**_named(paper), "guild_id": 404})
    _let_out(404)
    with pytest.raises(HouseError, match="not known here"):
        restore_archive(archive=Archive.objects.get(guild_id=404))


def _named(paper):
    names = ("table_name", "first_id", "last_id", "row_count", "path", "sha256")
    return {name: getattr(paper, name) for name in names}


def _let_out(guild_id):
    now = timezone.now()
    Archive.objects.filter(guild_id=guild_id).update(verified_at=now, let_out_at=now)


def test_a_file_that_nothing_names_goes_a_month_later():
    _, paper = left()
    stray = Path(paper.path).with_name("community_case-1-1-2-abc.jsonl.gz")
    for path in (stray, Path(paper.path)):
        path.write_bytes(Path(paper.path).read_bytes())
        os.utime(path, (time.time() - 32 * 86400,) * 2)
    young = stray.with_name("community_case-1-3-4-abc.jsonl.gz")
    young.touch()

    assert keep_retention() == 1

    assert (stray.exists(), young.exists(), Path(paper.path).exists()) == (False, True, True)


def test_files_are_listed_and_read_line_by_line():
    rows, paper = left()

    assert told("list").startswith(f"{paper.pk}: 3 rows of community_auditentry, server ")
    lines = [json.loads(line) for line in told("read", str(paper.pk)).splitlines()]
    assert [line["id"] for line in lines] == [row["id"] for row in rows]
    with pytest.raises(CommandError, match="There is no archive 7777"):
        told("read", "7777")


@pytest.mark.parametrize(
    "forgery",
    [
        "restored_at = NULL",
        "rewritten_as_id = id, restored_at = NULL",
        "dropped_at = now(), path = 'elsewhere'",
        "rewritten_as_id = (SELECT max(id) FROM community_archive)",
    ],
)
def test_a_paper_ends_once_and_in_favour_of_none_that_names_other_rows(forgery):
    _, paper = left()
    left()
    if "restored_at = NULL" in forgery:
        Archive.objects.filter(pk=paper.pk).update(restored_at=timezone.now())

    sql = f"UPDATE community_archive SET {forgery} WHERE id = %s"
    refused = pytest.raises(IntegrityError, match="append-only")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, [paper.pk])


def test_the_keepers_see_bring_back_and_download_files_and_nobody_else_does(client, keeper):
    rows, paper = left(guild=GrantFactory(staff=keeper).guild)
    client.force_login(keeper)

    page = client.get("/community/archive/").content.decode()
    file = client.get(f"/archives/{paper.pk}/")
    client.post(f"/community/archive/{paper.pk}/verify/")
    client.post(f"/community/archive/{paper.pk}/restore/")

    assert "In its file" in page
    assert b"".join(file.streaming_content)[:2] == b"\x1f\x8b"
    assert list(of_history().order_by("pk").values()) == rows
    assert client.get(f"/archives/{paper.pk}/").status_code == 404
    client.force_login(GrantFactory(capabilities=["see", "configure", "staff"]).staff)
    for address in ("/community/archive/", f"/archives/{paper.pk}/"):
        assert client.get(address).status_code == 403
