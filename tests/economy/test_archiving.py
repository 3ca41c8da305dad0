"""Old coin movements leave for a file, and every sum stays what it was."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction

from community.errors import HouseError
from community.models import Archive
from community.scope import cross_guild, guild_scope
from community.services.archives import check_archive, find_archive_damage, restore_archive
from community.services.retention import keep_retention
from economy.errors import AlreadyDone
from economy.models import EconomyDay, Posting, Transfer, TransferNote, Wallet
from economy.models.wallets import House
from economy.services import archiving
from economy.services.archiving import archive_old_coins, archive_page
from economy.services.days import count_economy_days
from economy.services.ledger import Movement, move_coins, undo_transfer
from economy.services.proof import find_breaches
from economy.services.showing import statement_of
from tests.economy.factories import ADA, BO, give
from tests.factories import GuildFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path):
    settings.GUILDHALL_DATA = tmp_path


@pytest.fixture
def guild():
    guild = GuildFactory()
    with guild_scope(guild.pk):
        yield guild
        assert list(find_breaches(guild_id=guild.pk)) == []


def pay(guild, time_machine, days_ago, **told):
    time_machine.move_to(NOW - timedelta(days=days_ago), tick=False)
    told = {"key": f"day{days_ago}", **told}
    wish = {"kind": "transfer", "source": ADA, "target": BO, "amount": 10, **told}
    return move_coins(movement=Movement(guild_id=guild.pk, **wish))


def past(guild, time_machine):
    """Let coins move on five days, of which three are long ago."""
    time_machine.move_to(NOW - timedelta(days=200), tick=False)
    give(guild, ADA, 1000)
    days = [pay(guild, time_machine, days, note="For the soup") for days in (120, 91, 89, 0)]
    time_machine.move_to(NOW, tick=False)
    return days


def archive(guild, before=NOW - timedelta(days=90)):
    return archive_page(guild_id=guild.pk, before=before)


def lines_of(table):
    paper = Archive.objects.get(table_name=table)
    return [
        json.loads(line) for line in gzip.decompress(Path(paper.path).read_bytes()).splitlines()
    ]


def test_old_transfers_leave_with_their_lines_and_no_sum_changes(guild, time_machine):
    past(guild, time_machine)
    before = statement_of(guild_id=guild.pk, user_id=ADA)

    assert archive(guild) == 9

    wallets = {each.owner_id: each for each in Wallet.objects.of(guild.pk)}
    assert {who: (wallet.balance, wallet.archived) for who, wallet in wallets.items()} == {
        House.ISSUANCE: (-1000, -1000), ADA: (960, 980), BO: (40, 20),
    }  # fmt: skip
    assert statement_of(guild_id=guild.pk, user_id=ADA) == before[:2]
    assert [(line.amount, line.after) for line in before[:2]] == [(-10, 960), (-10, 970)]
    assert [line["amount"] for line in lines_of("economy_transfer")] == [1000, 10, 10]
    assert sum(line["amount"] for line in lines_of("economy_posting")) == 0
    assert TransferNote.objects.of(guild.pk).count() == 2
    assert archive(guild) == 0


def test_when_every_line_has_left_the_next_one_goes_on_from_there(guild, time_machine):
    past(guild, time_machine)
    archive(guild, NOW + timedelta(days=1))

    assert not Posting.objects.of(guild.pk).exists()
    assert list(find_breaches(guild_id=guild.pk)) == []
    give(guild, ADA, 5)

    (line,) = statement_of(guild_id=guild.pk, user_id=ADA)
    assert (line.amount, line.after) == (5, 965)


def test_what_was_undone_may_leave_before_what_undid_it(guild, time_machine):
    old, *_ = past(guild, time_machine)
    by = Movement(guild_id=guild.pk, kind="reversal", source=1, target=2, amount=1, key="undo")
    undo_transfer(guild_id=guild.pk, transfer_id=old.transfer_id, by=by)

    archive(guild)

    assert Transfer.objects.of(guild.pk).get(key="undo").undoes_id == old.transfer_id
    with pytest.raises(AlreadyDone, match="left for the archive"):
        undo_transfer(guild_id=guild.pk, transfer_id=old.transfer_id, by=by)


def test_a_page_that_fails_halfway_leaves_everything_as_it_was(guild, time_machine, monkeypatch):
    past(guild, time_machine)
    let_out = archiving.let_out

    def fails_at_the_second(*, archive):
        if archive.table_name == "economy_transfer":
            raise ProgrammingError("the plug was pulled")
        return let_out(archive=archive)

    monkeypatch.setattr(archiving, "let_out", fails_at_the_second)
    with pytest.raises(ProgrammingError), transaction.atomic():
        archive(guild)
    monkeypatch.undo()

    assert Posting.objects.of(guild.pk).count() == 10
    assert not Archive.objects.exists()
    assert not Wallet.objects.of(guild.pk).exclude(archived=0).exists()


def test_the_clock_archives_whole_days_of_every_server_and_days_stay_counted(time_machine):
    servers = [GuildFactory(), GuildFactory()]
    for guild in servers:
        with guild_scope(guild.pk):
            past(guild, time_machine)
    count_economy_days(now=NOW, days=300)

    assert archive_old_coins(now=NOW) == 18
    assert archive_old_coins(now=NOW) == 0

    with cross_guild("the test looks everywhere"):
        assert EconomyDay.objects.filter(kind="transfer").count() == 8
        assert Transfer.objects.count() == 4
    for paper in Archive.objects.all():
        check_archive(archive=paper)


def test_a_day_that_was_half_counted_when_the_house_fell_asleep_is_counted_whole(
    guild, time_machine
):
    past(guild, time_machine)
    pay(guild, time_machine, 8)
    count_economy_days(now=NOW - timedelta(days=8))
    pay(guild, time_machine, 7.9, key="late")

    count_economy_days(now=NOW)

    days = EconomyDay.objects.of(guild.pk).filter(kind="transfer").values_list("day", "count")
    assert (NOW.date() - timedelta(days=8), 2) in days


def test_one_server_that_refuses_does_not_stop_the_others(time_machine, monkeypatch, caplog):
    servers = [GuildFactory(), GuildFactory()]
    for guild in servers:
        with guild_scope(guild.pk):
            past(guild, time_machine)
    page = archiving.archive_page

    def page_but_for_the_first(*, guild_id, **about):
        if guild_id == servers[0].pk:
            raise OSError("No space left on device")
        return page(guild_id=guild_id, **about)

    monkeypatch.setattr(archiving, "archive_page", page_but_for_the_first)

    assert archive_old_coins(now=NOW) == 9
    assert f"{servers[0].pk} could not leave" in caplog.text


def test_a_removed_servers_coins_are_archived_and_go_with_it(time_machine, monkeypatch):
    guild = GuildFactory()
    with guild_scope(guild.pk):
        past(guild, time_machine)
    servers = type(guild).objects.filter
    with cross_guild("the bot was removed"):
        servers(pk=guild.pk).update(left_at=NOW - timedelta(days=31))
    monkeypatch.setattr(archiving, "TRANSFERS_PER_PAGE", 1)

    with cross_guild("the test looks everywhere"):
        keep_retention()
        assert servers(pk=guild.pk).exists()
        keep_retention()
        assert not servers(pk=guild.pk).exists()
        assert not Transfer.objects.exists()
        assert not Wallet.objects.exists()
    assert Archive.objects.filter(table_name="economy_transfer").count() == 5


def test_a_file_that_is_gone_changed_or_of_other_sums_is_told_of(guild, time_machine):
    past(guild, time_machine)
    archive(guild)
    sound = StringIO()
    call_command("archive", "verify", stdout=sound)
    files = dict(Archive.objects.values_list("table_name", "path"))
    Path(files["economy_posting"]).unlink()
    Path(files["economy_transfer"]).write_bytes(b"")

    damaged = list(find_archive_damage())
    with pytest.raises(CommandError, match="3 things are wrong"):
        call_command("archive", "verify", stdout=StringIO())

    assert sound.getvalue() == "2 archive files are whole.\n"
    assert [told.split(".gz ")[1] for told in damaged[:2]] == [
        "cannot be read: No such file or directory.",
        "is damaged: its checksum does not match.",
    ]


def test_files_that_hold_other_sums_than_left_are_told_of(guild, time_machine):
    past(guild, time_machine)
    archive(guild)
    Wallet.objects.of(guild.pk).of_owner(ADA).update(archived=979)

    found = list(find_archive_damage())

    assert found == ["Coins (L2): of 1 wallets the archive files hold another sum than left them."]
    Wallet.objects.of(guild.pk).of_owner(ADA).update(archived=980)


def test_transfers_come_back_with_their_lines_latest_first_and_every_sum_holds(guild, time_machine):
    past(guild, time_machine)
    before = list(Posting.objects.of(guild.pk).order_by("pk").values())
    archive(guild, NOW - timedelta(days=100))
    archive(guild)
    *_, latest = Archive.objects.order_by("pk")
    with pytest.raises(HouseError, match="what they belong to is not"):
        restore_archive(archive=Archive.objects.filter(table_name="economy_posting").last())

    restore_archive(archive=latest)
    assert list(find_breaches(guild_id=guild.pk)) == []
    restore_archive(archive=Archive.objects.standing().get(table_name="economy_transfer"))

    assert list(Posting.objects.of(guild.pk).order_by("pk").values()) == before
    assert not Wallet.objects.of(guild.pk).exclude(archived=0).exists()
    assert not Archive.objects.standing().exists()
    assert archive_old_coins(now=NOW) == 0


def test_lines_that_left_without_a_paper_are_missed(guild, time_machine):
    past(guild, time_machine)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("economy_posting", "economy_transfer"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        carry = {"guild": guild.pk, "first": 0, "last": 10**15, "sign": 1}
        cursor.execute(archiving.CARRY_OVER, carry)
        TransferNote.objects.of(guild.pk).delete()
        cursor.execute("DELETE FROM economy_posting WHERE guild_id = %s", [guild.pk])
        cursor.execute("DELETE FROM economy_transfer WHERE guild_id = %s", [guild.pk])

    found = list(find_breaches(guild_id=guild.pk))

    assert len(found) == 1
    assert "(L5)" in found[0]
    Wallet.objects.of(guild.pk).delete()
