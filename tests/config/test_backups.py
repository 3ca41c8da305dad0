"""Backups: of one moment, private, proved by restoring them, kept by a rule, never believed."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from django.core.management import CommandError, call_command
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.test import override_settings

from community.errors import HouseError
from community.models import Backup, Job, User
from community.services.backups import look_at_shelf
from config.backups import making, programs, proving
from config.backups.counting import count_everything
from config.backups.files import alone_in, private_file
from config.backups.keeping import back_up, kept_of, know_all, let_go, prove_again
from config.backups.papers import Paper, dump_of, papers_in, write_paper
from config.schedules import wind_the_clock
from tests.factories import GuildFactory, MemberFactory, UserFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.engine]

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def house(tmp_path):
    MemberFactory.create_batch(3, guild=GuildFactory())
    return tmp_path / "backups"


def paper_of(at, *, proved=True):
    return Paper(
        name=f"guildhall-{at:%Y%m%dT%H%M%S}",
        made_at=at,
        took=1.0,
        version="0",
        server="15",
        database="house",
        migrations={},
        tables={},
        size=0,
        sha256="",
        verified_at=at if proved else None,
    )


def spoiled(content, at):
    return content[:at] + bytes([content[at] ^ 0x20]) + content[at + 1 :]


def troubles(folder):
    return [trouble for _, trouble in prove_again(folder)]


def test_a_backup_holds_every_row_and_is_proved_before_it_counts(house):
    before = os.umask(0)
    try:
        paper = back_up(house)
    finally:
        os.umask(before)

    row = Backup.objects.get()
    assert (row.name, row.row_count, row.trouble) == (paper.name, paper.row_count, "")
    assert row.verified_at == paper.verified_at
    assert paper.tables["community_member"][0] == 3
    assert house.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in house.iterdir()} == {0o600}
    assert len(list(house.iterdir())) == 2
    assert not look_at_shelf().is_old


def test_what_is_written_while_a_backup_is_made_is_not_in_it(house, monkeypatch):
    real = making.count_everything

    def count_while_others_write(ours):
        other = connections.create_connection(DEFAULT_DB_ALIAS)
        try:
            with other.cursor() as cursor:
                cursor.execute("UPDATE community_user SET username = 'somebody else'")
        finally:
            other.close()
        return real(ours)

    monkeypatch.setattr(making, "count_everything", count_while_others_write)
    paper = back_up(house)

    assert User.objects.filter(username="somebody else").count() == 3
    assert paper.verified_at
    assert paper.tables["community_user"] != count_everything(connection)["community_user"]


def test_thirty_damages_of_thirty_are_noticed(house):
    paper = back_up(house)
    dump, chance = dump_of(paper, house), Random(9)
    whole = dump.read_bytes()

    for number in range(30):
        cut = chance.randrange(len(whole))
        torn = whole[:cut] if number % 3 == 0 else spoiled(whole, cut)
        dump.write_bytes(torn)
        assert "is damaged" in troubles(house)[0], (number, cut)

    assert "is damaged" in Backup.objects.get().trouble
    assert look_at_shelf().is_old


def test_a_paper_that_was_changed_or_signed_by_others_is_refused(house):
    paper = back_up(house)
    path = house / f"{paper.name}.json"

    path.write_text(path.read_text().replace('"took"', '"took" '), encoding="utf-8")
    assert list(papers_in(house))  # a blank changes nothing that it says
    path.write_text(path.read_text().replace(paper.sha256, "0" * 64), encoding="utf-8")
    with pytest.raises(HouseError, match="not signed by this house"):
        list(papers_in(house))
    write_paper(paper, house)
    with override_settings(SECRET_KEY="of another house"):  # noqa: SIM117
        with pytest.raises(HouseError, match="not signed by this house"):
            list(papers_in(house))


def test_a_backup_that_restores_otherwise_than_it_says_is_refused(house):
    paper = back_up(house)
    rows, digest = paper.tables["community_user"]

    write_paper(replace(paper, tables={**paper.tables, "community_user": (rows, "1")}), house)
    assert "community_user has other rows" in troubles(house)[0]
    write_paper(replace(paper, tables={**paper.tables, "community_user": (9, digest)}), house)
    assert "community_user has 3 rows in the place of 9" in troubles(house)[0]


def test_without_the_right_to_make_databases_its_rows_are_counted(house, monkeypatch):
    paper = back_up(house)
    monkeypatch.setattr(proving, "may_make_databases", lambda: False)

    assert troubles(house) == [""]
    write_paper(replace(paper, tables={**paper.tables, "community_user": (9, "")}), house)
    assert "community_user has 3 rows in the place of 9" in troubles(house)[0]


def test_what_a_broken_off_backup_left_behind_goes_with_the_next(house):
    house.mkdir()
    (house / "guildhall-20200101T000000.dump").write_bytes(b"half")
    (house / "guildhall-20200101T000001.dump.draft").write_bytes(b"less")

    paper = back_up(house)

    assert {path.stem for path in house.iterdir()} == {paper.name}


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    with pytest.raises(TypeError), private_file(tmp_path / "paper") as file:
        os.write(file, "no bytes")

    assert not list(tmp_path.iterdir())


def test_two_backups_at_once_are_one_too_many(house):
    with alone_in(house), pytest.raises(HouseError, match="Another backup"):
        back_up(house)


def test_a_day_keeps_all_then_each_day_one_then_each_week_one():
    times = [NOON - timedelta(hours=6) * back for back in range(4 * 40)]

    kept = kept_of([paper_of(at) for at in times], now=NOON)

    days = sorted({name[10:18] for name in kept}, reverse=True)
    assert sum(name[10:18] >= "20261119" for name in kept) == 4
    assert days[:7] == [f"202611{day}" for day in (20, 19, 18, 17, 16, 15, 14)]
    assert days[7:] == ["20261108"]
    assert len(kept) == 4 + 5 + 1


def test_the_last_proved_one_is_never_let_go(house):
    house.mkdir()
    old = paper_of(NOON - timedelta(days=400))
    for paper in (old, *(paper_of(NOON - timedelta(days=d), proved=False) for d in (0, 2, 3))):
        write_paper(paper, house)
    know_all(house)

    gone = let_go(house, now=NOON)

    assert len(gone) == 2
    assert set(Backup.objects.values_list("name", flat=True)) == {
        old.name,
        f"guildhall-{NOON:%Y%m%dT%H%M%S}",
    }


def test_a_server_without_its_programs_is_told_which_to_install(monkeypatch):
    monkeypatch.setattr(programs, "server_major", lambda: "97")

    with pytest.raises(HouseError, match="postgresql-client-97"):
        programs.program("pg_dump")


def test_the_command_makes_lists_and_proves(house, capsys):
    call_command("backup", folder=house)
    call_command("backup", "list", folder=house)
    call_command("backup", "verify", folder=house)
    told = capsys.readouterr().out.splitlines()

    assert [line.partition(",")[0] for line in told] == [told[1].partition(",")[0]] * 3
    assert all(", proved" in line for line in told)
    dump = dump_of(next(papers_in(house)), house)
    dump.write_bytes(spoiled(dump.read_bytes(), 500))
    with pytest.raises(CommandError, match="1 of the backups"):
        call_command("backup", "verify", folder=house)
    with pytest.raises(CommandError, match="There is no backup nothing"):
        call_command("backup", "verify", "nothing", folder=house)


def test_the_clock_gives_it_the_time_it_needs():
    wind_the_clock()

    longest = dict(Job.objects.values_list("name", "longest"))
    assert longest["config.tasks.back_up"] == timedelta(hours=2)
    assert longest["community.tasks.clear_sessions"] == timedelta(minutes=1)


def test_nobody_is_counted_who_is_not_in_the_database():
    UserFactory()

    assert count_everything(connection)["community_user"][0] == 1
