"""What `up` prepares and says."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse

from community.models import Guild, Staff
from community.scope import cross_guild
from config import household
from config.household import Address, collect_static, household_at, settle_in, welcome
from config.pretend_discord import PretendDiscord
from config.processes import Child


def test_static_files_are_collected_again_only_when_one_has_changed(settings, tmp_path):
    settings.STATIC_ROOT = static_root = tmp_path / "static"
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "house.css").write_text("a {}")
    settings.STATICFILES_DIRS = [mine]
    collect_static()
    (static_root / "house.css").unlink()

    collect_static()
    assert not (static_root / "house.css").exists()
    (mine / "house.css").write_text("b {color: red}")
    collect_static()
    assert (static_root / "house.css").read_text() == "b {color: red}"


@pytest.fixture(autouse=True)
def _data_folder(settings, tmp_path):
    settings.GUILDHALL_DATA = tmp_path


@pytest.mark.django_db
def test_an_empty_house_gets_a_demo_and_a_keeper(client):
    password = settle_in(with_demo=True)

    assert client.login(username="keeper", password=password)
    with cross_guild("a test looks at all of it"):
        assert Guild.objects.count() == 3
    assert client.get(reverse("admin:index")).status_code == 200


@pytest.mark.django_db
def test_a_house_with_people_is_left_as_it_is():
    settle_in(with_demo=False)

    assert settle_in(with_demo=True) is None
    with cross_guild("a test looks at all of it"):
        assert not Guild.objects.exists()


@pytest.mark.django_db
def test_a_broken_off_demo_leaves_no_keeper_without_a_known_password(monkeypatch):
    def breaks(name, **_):
        if name == "demo":
            raise KeyboardInterrupt

    monkeypatch.setattr(household, "call_command", breaks)

    with pytest.raises(KeyboardInterrupt):
        settle_in(with_demo=True)

    assert not Staff.objects.exists()


def test_the_welcome_names_address_account_and_the_way_out():
    words = welcome(Address("127.0.0.1", 8000), "sesame")

    assert "http://localhost:8000" in words
    assert "keeper, password sesame" in words
    assert "Ctrl-C" in words


def test_the_welcome_says_which_discord_there_is(settings):
    address, pretended = Address("127.0.0.1", 8000), PretendDiscord(3500)

    assert "a pretend one, to try everything: http://127.0.0.1:3500/" in welcome(
        address, None, pretended
    )
    assert "none; set DISCORD_TOKEN" in welcome(address, None)
    settings.DISCORD_TOKEN = "a-token"
    assert "the bot of DISCORD_TOKEN" in welcome(address, None)


@pytest.mark.django_db
def test_who_has_a_token_gets_a_bot_and_pretends_nothing(settings):
    settings.DISCORD_TOKEN = "a-token"

    assert household.find_discord() is None
    house = household_at(Address("127.0.0.1", 8000))
    assert [child.name for child in house.children] == ["web", "clock", "bot"]


@pytest.mark.django_db
def test_who_has_none_gets_a_pretend_discord_and_a_bot_that_lives_in_it(settings):
    house = household_at(Address("127.0.0.1", 8000), found := household.find_discord())

    *_, sandbox, bot = house.children
    assert f"--port={found.port}" in sandbox.command
    assert bot.environment["DISCORD_API_BASE"] == f"http://127.0.0.1:{found.port}/api/v10"
    assert "DISCORD_TOKEN" not in sandbox.environment


def test_a_port_that_is_taken_gives_way_to_a_free_one(settings):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings.SANDBOX_PORT = taken.getsockname()[1]

        assert PretendDiscord.at_a_free_port().port != settings.SANDBOX_PORT


def test_another_port_is_part_of_the_address():
    assert Address("127.0.0.1", 8123).public == "http://localhost:8123"


def test_a_port_beyond_the_last_is_refused():
    with pytest.raises(CommandError, match=r"Port 65536 on 127\.0\.0\.1 cannot be used"):
        Address("127.0.0.1", 65536).refuse_if_taken()


@pytest.mark.parametrize("port", [0, -1])
def test_a_port_below_the_first_is_refused(port):
    with pytest.raises(CommandError, match=rf"^Port {port} is none"):
        Address("127.0.0.1", port).refuse_if_taken()


def test_a_host_that_is_not_this_machine_is_refused():
    with pytest.raises(CommandError, match=r"Port 8000 on 192\.0\.2\.1 cannot be used"):
        Address("192.0.2.1", 8000).refuse_if_taken()


def test_a_web_process_that_does_not_answer_is_not_well():
    silent = household._house_health(Address("127.0.0.1", 1))
    missing = household._child_health(Child("clock", ["true"]))

    assert [str(health) for health in (*silent, missing)] == [
        "web        FAILED  does not answer: [Errno 111] Connection refused",
        "clock      FAILED  does not run",
    ]


def test_where_two_speak_of_one_part_the_complaint_counts(monkeypatch):
    monkeypatch.setattr(
        household, "_database_health", lambda: household.Health("database", is_well=True)
    )
    complaint = household.Health("database", is_well=False, words="away")
    monkeypatch.setattr(household, "_house_health", lambda _: [complaint])

    assert household._ask_everybody(household.Household([]), Address("", 1)) == [complaint]


HOLDERS = (
    "SELECT state FROM pg_locks JOIN pg_stat_activity USING (pid) "
    "WHERE locktype = 'advisory' AND classid = 103 AND objid = 1969843300 AND granted"
)


def holders():
    with connection.cursor() as cursor:
        cursor.execute(HOLDERS)
        return [state for (state,) in cursor.fetchall()]


@pytest.mark.django_db(transaction=True)
def test_who_prepares_the_house_holds_one_transaction_all_the_while():
    with household.one_at_a_time():
        call_command("migrate", verbosity=0)
        connection.close()
        during = holders()

    assert during == ["idle in transaction"]
    assert holders() == []


@pytest.mark.django_db(transaction=True)
def test_of_two_who_prepare_at_once_one_waits():
    inside, most = [], []

    def enter(_):
        with household.one_at_a_time():
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.1)
            inside.pop()

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(enter, range(3)))

    assert most == [1, 1, 1]


@pytest.mark.django_db(transaction=True)
def test_a_preparation_that_breaks_lets_the_next_one_in():
    with pytest.raises(KeyboardInterrupt), household.one_at_a_time():
        raise KeyboardInterrupt

    with household.one_at_a_time():
        assert len(holders()) == 1
