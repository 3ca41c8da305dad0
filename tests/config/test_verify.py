"""Each thing that must hold is damaged once, and named with what mends it."""

import json
from datetime import UTC, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from community.models import Backup, CheckResult, Job
from community.scope import cross_guild, guild_scope
from community.services import own_checks, upkeep
from community.services.checks import (
    HouseCheck,
    checks_of_house,
    checks_of_servers,
    find_house_breaches,
    find_server_breaches,
)
from community.services.house_problems import problems_of_house
from community.services.results import (
    count_failing,
    look_at_house,
    standings_of_house,
    standings_of_servers,
)
from community.services.tables import Size
from config import tasks
from config.backups import heads
from config.management.commands import verify
from economy.services.ledger import Movement, move_coins
from tests.activity.factories import MemberDayFactory
from tests.community.factories import BackupFactory, TableSizeFactory
from tests.factories import (
    ArchiveFactory,
    ErrandFactory,
    GrantFactory,
    GuildFactory,
    JobFactory,
    JobRunFactory,
    StaffFactory,
    StandingOrderFactory,
    VerdictFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.engine]
HOUR = timedelta(hours=1)
ENDS_ON_TIME = "community_standingorder_ends_on_time"


@pytest.fixture
def house(settings, tmp_path):
    """A house in which everything holds."""
    settings.BACKUPS = tmp_path / "backups"
    Job.objects.all().delete()
    BackupFactory(made_at=timezone.now(), verified_at=timezone.now())
    return GuildFactory()


def run(sql):
    with cross_guild("a test damages rows"), connection.cursor() as cursor:
        cursor.execute(sql)


def of_house():
    return {b.check.name: b.words for c in checks_of_house() for b in find_house_breaches(c)}


def of_server(guild):
    checks = checks_of_servers(anchors=Path("nowhere"))
    return {
        b.check.name: b.words for c in checks for b in find_server_breaches(c, guild_id=guild.pk)
    }


def drop_guard(_):
    run("DROP TRIGGER guildhall_append_only ON moderation_caseevent")


def drop_rule(_):
    run("ALTER TABLE community_errand DROP CONSTRAINT community_errand_asked_once")


def forget_a_server(_):
    MemberDayFactory()
    run("UPDATE activity_memberday SET guild_id = 5")


def forget_a_job(_):
    job = JobFactory(name="a.job", period=HOUR)
    JobRunFactory(job=job, slot=timezone.now() - 5 * HOUR)


def begin_late(_):
    now = timezone.now()
    job = JobFactory(name="a.job", last_success_at=now)
    for slot in (9, 10, 11):
        JobRunFactory(job=job, slot=now - timedelta(minutes=slot), started_at=now)


def fill_the_disk(monkeypatch):
    monkeypatch.setattr(own_checks, "RESERVE", 1 << 60)


def lose_settings(_):
    run("ALTER TABLE community_errand RESET (autovacuum_vacuum_scale_factor)")


def fall_behind(monkeypatch):
    then = TableSizeFactory(table_name="community_errand", dead_rows=50_000)
    told = {"table_bytes": 0, "index_bytes": 0, "toast_bytes": 0, "analyzed_at": None}
    now = Size(table=then.table_name, rows=1, dead_rows=60_000, vacuumed_at=None, **told)
    monkeypatch.setattr(upkeep, "tables_now", lambda: [now])


def spoil_a_backup(_):
    BackupFactory(name="another", trouble="It is damaged.")


def lose_an_archive(_):
    run("DROP TRIGGER guildhall_paper ON community_archive")
    then = {"verified_at": timezone.now(), "let_out_at": timezone.now()}
    ArchiveFactory(path="/nowhere/it.jsonl.gz", **then)


def lose_a_month(_):
    now = timezone.now().astimezone(UTC)
    run(f"DROP TABLE activity_messageevent_{now.year}_{now.month:02}")


def unend(_):
    run("DROP TRIGGER moderation_punishment_stays_ended ON moderation_punishment")


def remember_more(monkeypatch):
    remembered = {"cases": {"7": {"events": 9, "case": 3, "head": ""}}, "coins": {}}
    monkeypatch.setattr(heads, "newest_heads", lambda *_, **__: remembered)


DAMAGES = {
    "community.guards": (drop_guard, "moderation_caseevent is not guarded"),
    "community.rules": (drop_rule, "no longer keeps the rule community_errand_asked_once"),
    "community.orphans": (forget_a_server, "has rows of 1 servers that are gone"),
    "community.jobs": (forget_a_job, "a.job has not worked for two of its periods"),
    "community.lateness": (begin_late, "a.job begins 600 s late"),
    "community.disk": (fill_the_disk, "are free in"),
    "community.upkeep": (lose_settings, "community_errand has lost its settings"),
    "community.vacuum": (fall_behind, "60,000 dead rows beside 1, and was not cleaned since"),
    "community.backups": (spoil_a_backup, "It is damaged"),
    "community.archives": (lose_an_archive, "cannot be read"),
    "activity.months": (lose_a_month, "of messages was not made"),
    "moderation.ends": (unend, "stays_ended"),
    "config.heads": (remember_more, "9 of its cases' events and 3 of its cases are not here"),
}


@pytest.mark.parametrize("check", DAMAGES)
def test_a_damage_to_the_house_is_named(house, check, monkeypatch):
    damage, words = DAMAGES[check]
    assert of_house() == {}

    damage(monkeypatch)

    assert words in of_house()[check]


def test_every_check_of_the_house_is_tried_here():
    # Which kinds of punishment are carried out is in the code alone.
    assert {check.name for check in checks_of_house()} == {*DAMAGES, "moderation.kinds"}


def test_orders_and_errands_gone_astray_are_named(house):
    now = timezone.now()
    assert of_server(house) == {}

    run(f"ALTER TABLE community_standingorder DROP CONSTRAINT {ENDS_ON_TIME}")
    settled = {"applied_rev": 1, "wanted_rev": 1, "next_check_at": now + HOUR}
    StandingOrderFactory(guild=house, kind="role", subject=3, until=now, **settled)
    ErrandFactory(guild=house, state="running", due_at=now - 2 * HOUR)

    found = of_server(house)
    assert "end before anybody looks" in found["community.orders"]
    assert "left lying for an hour" in found["community.errands"]


def test_coins_from_nowhere_are_named(house):
    told = {"kind": "daily", "source": 1, "target": 900, "amount": 5, "key": "a"}
    with guild_scope(house.pk):
        move_coins(movement=Movement(guild_id=house.pk, **told))
    assert of_server(house) == {}

    run("UPDATE economy_wallet SET balance = balance + 1 WHERE owner_id = 900")

    assert "do not sum to nothing" in of_server(house)["economy.coins"]


def test_a_check_that_breaks_off_stops_no_other_and_is_told():
    def break_off():
        raise OSError("no such folder")

    check = HouseCheck(name="x", holds="", fix="", look=break_off)

    (breach,) = find_house_breaches(check)
    assert breach.words == "It could not be looked at: no such folder"


def test_the_command_says_what_mends_it_and_looks_at_one_server(house, tmp_path):
    StandingOrderFactory(guild=house, kind="ban")
    quiet, loud = StringIO(), StringIO()

    call_command("verify", guild=[GuildFactory().pk], anchors=tmp_path, stdout=quiet)
    with pytest.raises(SystemExit):
        call_command("verify", "--json", anchors=tmp_path, stdout=loud)

    assert quiet.getvalue().startswith("Everything holds")
    (breach,) = json.loads(loud.getvalue())["breaches"]
    assert (breach["check"], breach["server"]) == ("moderation.orders", str(house.pk))
    assert breach["fix"] in verify.in_words(verify.look([house.pk], tmp_path), 0)


def test_the_clock_writes_down_what_it_finds_and_the_keepers_see_it(house, client, monkeypatch):
    monkeypatch.setattr(tasks, "ANCHORS", Path("nowhere"))
    spoil_a_backup(None)
    StandingOrderFactory(guild=house, kind="ban")

    assert tasks.verify_everything() == "Does not hold: 1 in the house, 1 in 1 servers looked at."

    assert count_failing() == (1, 1)
    assert [s.breaches for s in standings_of_house() if s.count] == [("It is damaged.",)]
    (there,) = [s for s in standings_of_servers() if s.count]
    assert (there.check.name, there.servers) == ("moderation.orders", 1)
    assert "It is damaged." in [each.title for each in problems_of_house()]
    client.force_login(StaffFactory(keeper=True))
    page = client.get("/house/checks/").content.decode()
    assert "It is damaged." in page
    assert str(house.pk) not in page
    assert [
        f.value for c, f in client.get("/").context["figures"] if c.title == "Does not hold"
    ] == [2]


def test_what_was_looked_at_lately_is_not_looked_at_again(house):
    now = timezone.now()
    look_at_house(now=now)
    spoil_a_backup(None)

    assert look_at_house(now=now + timedelta(minutes=5)) == 0
    assert look_at_house(now=now + HOUR) == 1
    assert CheckResult.objects.get(name="community.archives").looked_at == now


def test_what_did_not_hold_is_looked_at_again_at_once(house):
    now = timezone.now()
    spoil_a_backup(None)
    found = look_at_house(now=now)
    Backup.objects.filter(verified_at=None).delete()

    assert (found, look_at_house(now=now + timedelta(minutes=1))) == (1, 0)


def test_only_keepers_see_what_must_hold(client):
    client.force_login(GrantFactory(capabilities=["see", "configure"]).staff)

    assert client.get("/house/checks/").status_code == 403


def test_no_server_is_told_of_twice(house):
    VerdictFactory(guild=house, count=1, looked_at=timezone.now(), by_check={"economy.coins": 1})

    assert sum(each.servers for each in standings_of_servers()) == 1
