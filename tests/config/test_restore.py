"""Putting a backup back: beside what is there, proved, in one step, and never by mistake."""

from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.utils import timezone

from community.errors import HouseError
from community.models import Backup, Guild, Member, Restoration, StandingOrder, User
from community.scope import cross_guild, guild_scope
from config.backups import restoring
from config.backups.keeping import back_up
from config.backups.papers import dump_of, write_paper
from config.backups.proving import drop_database, other_database
from config.backups.restoring import refuse_unfit, restore
from moderation.models import CaseEvent, Docket
from moderation.models.cases import NO_HASH
from moderation.services.anchors import anchor_histories, tell_restores
from moderation.services.docket import Decision, Deed, hash_of
from moderation.services.verifying import breaches
from moderation.services.warnings import warn_member
from tests.conftest import drop_guard
from tests.factories import (
    DocketFactory,
    GuildFactory,
    GuildSettingsFactory,
    HeartbeatFactory,
    MemberFactory,
    StandingOrderFactory,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.engine]


@pytest.fixture
def house(tmp_path, settings):
    settings.GUILDHALL_DATA = tmp_path
    guild = GuildFactory()
    MemberFactory.create_batch(3, guild=guild)
    StandingOrderFactory(guild=guild, kind="ban")
    return tmp_path / "backups"


def test_a_backup_takes_the_place_of_everything_and_what_was_there_stays(house):
    paper = back_up(house)
    key = DocketFactory(last_event=2, last_case=1).guild_id
    later = back_up(house)
    User.objects.update(username="written since")

    found, before = restore(house, paper.name)

    try:
        with cross_guild("a test looks everywhere"):
            assert Member.objects.count() == 3
            assert not User.objects.filter(username="written since").exists()
            assert StandingOrder.objects.get().hold == "restored"
        lacks = f"Server {key}: 2 of its cases' events and 1 of its cases are not here."
        assert Restoration.objects.filter(sha256=found.sha256).get().missing == [lacks]
        assert set(Backup.objects.values_list("name", flat=True)) == {paper.name, later.name}
        with other_database(before) as other, other.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM community_user WHERE username = 'written since'")
            assert cursor.fetchone() == (3,)
    finally:
        drop_database(before)


def test_a_backup_that_is_put_back_again_lacks_what_it_lacked_before(house):
    with cross_guild("a test looks everywhere"):
        here = Guild.objects.get()
    paper = back_up(house)
    key = DocketFactory(guild=here, last_event=2, last_case=1).guild_id

    replaced = [restore(house, paper.name)[1] for _ in range(2)]

    try:
        lacks = f"Server {key}: 2 of its cases' events and 1 of its cases are not here."
        assert Restoration.objects.get().missing == [lacks]
        with guild_scope(key):  # and its number is given to no other case
            assert Docket.objects.get().last_case == 1
    finally:
        for before in replaced:
            drop_database(before)


def test_after_a_restore_anchors_of_the_lost_history_are_told_and_those_before_still_hold(house):
    folder, here = house.parent / "anchors", GuildSettingsFactory().guild_id
    warn_and_anchor(here, 400, folder)
    back_up(house)
    warn_and_anchor(here, 401, folder)
    _, before = restore(house, "")

    try:
        assert moderated(folder) == []
        warn_and_anchor(here, 402, folder)
        assert moderated(folder) == []
        (told,) = tell_restores(guild_ids=[here], folder=folder)
        assert f"Server {here}: restored on " in told
        assert "; 1 anchors between are of the history that was lost." in told
        rewrite_all(here)
        assert any("is not the one that was anchored" in line for line in moderated(folder))
    finally:
        drop_database(before)


def warn_and_anchor(guild_id, user_id, folder):
    with guild_scope(guild_id):
        deed = Deed(kind="warn", user_id=user_id)
        warn_member(decision=Decision(guild_id=guild_id, is_sure=True), deed=deed)
    anchor_histories(folder=folder, at=timezone.now())


def moderated(folder):
    return [words for words in breaches(folder=folder) if "vent" in words or "nchor" in words]


def rewrite_all(guild_id):
    """Change what the first event says, and every hash after it, as the owner of the table can."""
    with guild_scope(guild_id):
        drop_guard()
        previous = NO_HASH
        for event in CaseEvent.objects.of(guild_id).select_related("case").in_order():
            event.actor_id, event.previous = 8, previous
            previous = event.hash = hash_of(event, number=event.case.number)
            told = {"actor_id": 8, "previous": event.previous, "hash": event.hash}
            CaseEvent.objects.of(guild_id).filter(pk=event.pk).update(**told)
        Docket.objects.of(guild_id).update(head=previous)


def test_an_open_house_is_not_replaced(house):
    back_up(house)
    HeartbeatFactory(process="bot@here:1", seen_at=timezone.now())

    with pytest.raises(CommandError, match="The house is open"):
        call_command("restore", folder=house)


def test_while_somebody_is_in_the_database_nothing_changes(house, monkeypatch):
    back_up(house)
    real = restoring._swap

    def swap_while_somebody_looks(here, fresh):
        with other_database(here) as other:
            other.ensure_connection()
            return real(here, fresh)

    monkeypatch.setattr(restoring, "_swap", swap_while_somebody_looks)

    with pytest.raises(HouseError, match="Somebody is still in the database"):
        restore(house, "")
    assert not Restoration.objects.exists()
    with connection.cursor() as cursor:
        fresh = f"{connection.settings_dict['NAME']}_restored"
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname = %s", [fresh])
        assert cursor.fetchone() == (0,)


def test_what_this_house_cannot_read_is_refused(house):
    paper = back_up(house)

    with pytest.raises(HouseError, match="is of PostgreSQL 99"):
        refuse_unfit(replace(paper, server="99"), house)
    later = {**paper.migrations, "community": "9999_what_is_to_come"}
    with pytest.raises(HouseError, match="does not know community's 9999_what_is_to_come"):
        refuse_unfit(replace(paper, migrations=later), house)
    dump_of(paper, house).write_bytes(b"")
    with pytest.raises(HouseError, match="is damaged"):
        refuse_unfit(paper, house)


def test_without_a_proved_backup_there_is_nothing_to_restore(house):
    with pytest.raises(CommandError, match="There is no proved backup"):
        call_command("restore", folder=house)
    paper = back_up(house)
    write_paper(replace(paper, verified_at=None), house)
    with pytest.raises(CommandError, match="There is no proved backup"):
        call_command("restore", folder=house)
    connections.close_all()
