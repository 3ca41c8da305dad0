"""A history that left for archive files is proved there, goes on from there, and comes back."""

import gzip
import hashlib
import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from community.errors import HouseError
from community.models import Archive, Guild, StandingOrder
from community.scope import cross_guild
from community.services.archives import find_archive_damage, restore_archive
from community.services.privacy import erase_person, export_person
from community.services.retention import keep_retention, running
from moderation.models import Case, CaseEvent, CaseText, Docket, LadderFire
from moderation.services.anchors import anchor_histories, anchors_of
from moderation.services.docket import Decision, Deed
from moderation.services.verifying import breaches, breaches_in
from moderation.services.warnings import warn_member
from tests.factories import GuildFactory, GuildSettingsFactory, LadderStepFactory

pytestmark = pytest.mark.django_db
READER = 400


@pytest.fixture(autouse=True)
def _everywhere(settings, tmp_path):
    settings.GUILDHALL_DATA = tmp_path
    with cross_guild("the test looks everywhere"):
        yield


@pytest.fixture
def gone():
    """A server with four warnings, removed a month ago."""
    guild = GuildFactory(left_at=timezone.now() - timedelta(days=31))
    GuildSettingsFactory(guild=guild)
    for number in range(4):
        deed = Deed(kind="warn", user_id=READER + number % 2, reason=f"Spoilers {number}")
        warn_member(decision=Decision(guild_id=guild.pk, is_sure=True), deed=deed)
    return guild


def values():
    models = (Case, CaseEvent, CaseText)
    return {model: list(model.objects.order_by("pk").values()) for model in models}


def come_back(guild):
    """Let the bot return, and bring every file back."""
    Guild.objects.create(pk=guild.pk, name="Again")
    GuildSettingsFactory(guild_id=guild.pk, guild=Guild.objects.get(pk=guild.pk))
    for table in ("moderation_case", "moderation_caseevent"):
        for paper in Archive.objects.standing().filter(table_name=table):
            restore_archive(archive=paper)


def test_a_removed_servers_cases_leave_whole_and_come_back_as_they_were(gone):
    before = values()

    keep_retention()

    assert not Guild.objects.exists()
    assert not any(values().values())
    assert list(find_archive_damage()) == []
    come_back(gone)
    assert values() == before
    assert Docket.objects.get().last_case == 4
    assert breaches_in(gone.pk) == []


def test_a_ladder_that_fired_comes_back_with_its_cases_file_by_file(gone, monkeypatch):
    LadderStepFactory(guild=gone, points=5, kind="ban", duration=None)
    deed = Deed(kind="warn", user_id=READER, points=5)
    warn_member(decision=Decision(guild_id=gone.pk, is_sure=True), deed=deed)
    before, fires = values(), list(LadderFire.objects.values())
    monkeypatch.setattr(running, "AT_ONCE", 5)  # the ban leaves in a file of its own

    keep_retention()
    Guild.objects.create(pk=gone.pk, name="Again")
    GuildSettingsFactory(guild=Guild.objects.get(pk=gone.pk))
    first, last = standing().filter(table_name="moderation_case").order_by("first_id")
    with pytest.raises(HouseError, match=f"earliest first: restore archive {first.pk} before"):
        restore_archive(archive=last)
    for paper in (first, last, standing().get(table_name="moderation_caseevent")):
        restore_archive(archive=paper)

    assert values() == before
    assert list(LadderFire.objects.values()) == [{**fires[0], "step_id": None}]
    assert fires[0]["consequence_id"] is not None
    assert breaches_in(gone.pk) == []
    order = StandingOrder.objects.get()
    assert (order.kind, order.is_settled, order.observe) == ("ban", True, True)


def test_a_history_of_which_a_part_has_left_still_proves_true(gone, monkeypatch):
    monkeypatch.setattr(running, "FILES_PER_RUN", 1)
    monkeypatch.setattr("community.services.archives.leaving.ROWS_PER_FILE", 2)

    keep_retention()

    assert CaseEvent.objects.count() == 2
    assert breaches_in(gone.pk) == []
    Docket.objects.update(head="0" * 64)
    assert breaches_in(gone.pk) != []


def test_a_purged_server_that_comes_again_is_held_to_the_anchors_of_its_new_history(gone, tmp_path):
    anchored = {"folder": tmp_path / "anchors", "at": timezone.now()}
    anchor_histories(**anchored)
    keep_retention()
    Guild.objects.create(pk=gone.pk, name="Again")
    GuildSettingsFactory(guild=Guild.objects.get(pk=gone.pk))
    warn_member(
        decision=Decision(guild_id=gone.pk, is_sure=True), deed=Deed(kind="warn", user_id=READER)
    )

    assert anchor_histories(**anchored) == 1

    assert [line for line in breaches(folder=anchored["folder"]) if "vent" in line] == []
    (known,) = anchors_of(guild_id=gone.pk, folder=anchored["folder"])
    assert known.hash == Docket.objects.get().head


def test_a_line_that_was_changed_in_a_file_is_told_of(gone):
    keep_retention()
    paper = Archive.objects.standing().get(table_name="moderation_caseevent")
    lines = list(map(json.loads, gzip.decompress(Path(paper.path).read_bytes()).splitlines()))
    lines[1]["facts"]["person"] = "1"
    content = gzip.compress("\n".join(map(json.dumps, lines)).encode())
    _swap(paper, content)

    found = list(find_archive_damage())

    assert found == [f"Archived event 2 of server {gone.pk} is not as it was written."]


def _swap(paper, content):
    """Change a file and its paper, as only the owner of the tables can."""
    Path(paper.path).write_bytes(content)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE community_archive DISABLE TRIGGER guildhall_paper")
    Archive.objects.filter(pk=paper.pk).update(sha256=hashlib.sha256(content).hexdigest())


def test_who_is_erased_is_gone_from_the_files_and_the_history_holds(
    gone, django_capture_on_commit_callbacks
):
    keep_retention()
    mine = [row["reason"] for row in export_person(user_id=READER)["archived.moderation_case"]]
    before = {paper.path for paper in Archive.objects.standing()}

    with django_capture_on_commit_callbacks(execute=True):
        erase_person(user_id=READER, by=None)

    assert mine == ["Spoilers 0", "Spoilers 2"]
    texts = [gzip.decompress(Path(p.path).read_bytes()).decode() for p in standing()]
    assert not any("Spoilers 0" in text or "Spoilers 2" in text for text in texts)
    assert sum("Spoilers 1" in text for text in texts) == 2
    assert not any(Path(path).exists() for path in before)
    assert list(find_archive_damage()) == []
    assert Archive.objects.exclude(rewritten_as=None).count() == len(before)


def standing():
    return Archive.objects.standing()


def test_a_server_with_another_history_takes_none_of_the_old(gone):
    keep_retention()
    guild = Guild.objects.create(pk=gone.pk, name="Again")
    GuildSettingsFactory(guild=guild)
    deed = Deed(kind="warn", user_id=7, reason="New here")
    warn_member(decision=Decision(guild_id=guild.pk, is_sure=True), deed=deed)

    with pytest.raises(HouseError, match="here already"):
        restore_archive(archive=standing().get(table_name="moderation_case"))
    assert breaches_in(guild.pk) == []
    Guild.objects.update(left_at=timezone.now() - timedelta(days=31))
    keep_retention()
    assert list(find_archive_damage()) == []
