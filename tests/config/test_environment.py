"""Settings come from the environment as they were meant."""

import os
import threading
from ipaddress import ip_network
from pathlib import Path

import environ
import pytest
from django.core.exceptions import ImproperlyConfigured

from config.environment import Environment, kept_secret

DATABASE = "postgresql://ann:secret@db.example:5433/guild"


@pytest.fixture
def surroundings(monkeypatch):
    """An environment with nothing in it; what is put in, the next Environment reads."""
    values = {}
    monkeypatch.setattr(environ.Env, "ENVIRON", values)
    return values


def database(surroundings, url):
    surroundings["DATABASE_URL"] = url
    return Environment().database("DATABASE_URL", folder=Path(), conn_max_age=60)


def test_a_value_that_begins_with_a_dollar_means_itself(surroundings):
    surroundings.update(NAME="$HOME", HOME="elsewhere")

    assert Environment().text("NAME") == "$HOME"


def test_blank_space_around_a_value_is_not_part_of_it(surroundings):
    surroundings["DISCORD_TOKEN"] = " token \r\n"

    assert Environment().text("DISCORD_TOKEN") == "token"


@pytest.mark.parametrize("nothing", ["", "  "])
def test_an_empty_variable_means_its_default(surroundings, nothing):
    surroundings.update(dict.fromkeys(["A", "B", "C", "D", "E", "F"], nothing))
    env = Environment()

    assert env.whole_number("A", default=5) == 5
    assert env.yes_or_no("B", default=True) is True
    assert env.networks("C", default=["::1"]) == [ip_network("::1")]
    assert env.one_of("D", ["x", "y"], default="y") == "y"
    assert env.text("E", default="z") == "z"
    assert env.database("F", folder=Path(), conn_max_age=60)["ENGINE"] == "config.postgres"


def test_a_variable_read_twice_is_a_mistake_of_the_house(surroundings):
    env = Environment()
    env.text("NAME")

    with pytest.raises(ImproperlyConfigured, match=r"^NAME is read twice"):
        env.one_of("NAME", ["x"], default="x")


@pytest.mark.parametrize(
    ("written", "meant"), [("", "/house/.data"), ("data", "/house/data"), ("~/a", "/usr/a")]
)
def test_a_folder_is_found_from_everywhere(surroundings, monkeypatch, written, meant):
    monkeypatch.setenv("HOME", "/usr")
    surroundings["GUILDHALL_DATA"] = written

    found = Environment().folder("GUILDHALL_DATA", default=Path("/house/.data"))

    assert found == Path(meant)


@pytest.mark.parametrize(("text", "truth"), [("TRUE", True), ("1", True), ("No", False)])
def test_a_switch_is_read_as_people_write_it(surroundings, text, truth):
    surroundings["DEBUG"] = text

    assert Environment().yes_or_no("DEBUG", default=not truth) is truth


def test_a_word_among_several_is_found_in_any_case(surroundings):
    surroundings["LOG_LEVEL"] = "debug"

    assert Environment().one_of("LOG_LEVEL", ["DEBUG", "INFO"], default="INFO") == "DEBUG"


def test_words_between_commas_are_a_set_of_known_ones(surroundings):
    surroundings["INTENTS"] = "Guilds, members,"

    assert Environment().words("INTENTS", ["guilds", "members"], default=[]) == {
        "guilds",
        "members",
    }


@pytest.mark.parametrize(
    ("text", "shards"), [("", None), ("0-3/16", (0, 3, 16)), ("2/3", (2, 2, 3))]
)
def test_shards_are_a_range_of_how_many(surroundings, text, shards):
    surroundings["SHARDS"] = text

    assert Environment().shards("SHARDS") == shards


def test_networks_stand_between_commas(surroundings):
    surroundings["TRUSTED_PROXIES"] = "127.0.0.1, 10.1.2.3/8 ,,"

    found = Environment().networks("TRUSTED_PROXIES")

    assert found == [ip_network("127.0.0.1"), ip_network("10.0.0.0/8")]


@pytest.mark.parametrize(
    ("read", "text", "words"),
    [
        (lambda env: env.whole_number("X", default=5), "many", "a whole number, 1 or more"),
        (lambda env: env.whole_number("X", default=5), "0", "a whole number, 1 or more"),
        (lambda env: env.yes_or_no("X", default=True), "ture", "true or false"),
        (lambda env: env.one_of("X", ["text", "json"], default="text"), "xml", "one of text, json"),
        (lambda env: env.networks("X"), "127.0.0.1, proxy", "addresses or networks"),
        (lambda env: env.words("X", ["a", "b"], default=[]), "a,c", "some of these, .*: a, b"),
        (lambda env: env.shards("X"), "4", "shards like"),
        (lambda env: env.shards("X"), "3-9/8", "shards like"),
        (lambda env: env.address("X", default="http://a"), "a.example", "an address like"),
        (lambda env: env.address("X", default="http://a"), "https://a/b", "without a path"),
        (lambda env: env.address("X", default="http://a"), "https://a:b", "an address like"),
    ],
)
def test_what_cannot_be_understood_is_refused_by_name(surroundings, read, text, words):
    surroundings["X"] = text

    with pytest.raises(ImproperlyConfigured, match=f"^X must be .*{words}.*; it is '{text}'.$"):
        read(Environment())


@pytest.mark.parametrize(
    "text",
    [
        "http://*",
        "http://a b",
        "http://*.example",
        "http://user@a",
        "http://user:word@a",
        "http://@a",
        "http://a:0",
        "http://-a",
        "http://a,b",
        "http://[",
    ],
)
def test_what_is_no_host_and_port_is_no_address(surroundings, text):
    surroundings["PUBLIC_URL"] = text

    with pytest.raises(ImproperlyConfigured, match=r"^PUBLIC_URL must be an address like"):
        Environment().address("PUBLIC_URL", default="http://a")


@pytest.mark.parametrize("kind", ["device", "pipe", "folder"])
def test_a_value_stands_in_a_plain_file_only(surroundings, tmp_path, kind):
    os.mkfifo(pipe := tmp_path / "pipe")
    surroundings["TOKEN_FILE"] = {"device": "/dev/zero", "pipe": f"{pipe}", "folder": "/"}[kind]

    with pytest.raises(ImproperlyConfigured, match=r"^TOKEN_FILE=/.* is not a plain file\.$"):
        Environment().text("TOKEN")


@pytest.mark.parametrize("written", ["~nobody-here/x", "~/x"])
def test_a_home_that_is_not_there_is_refused_by_name(surroundings, monkeypatch, written):
    monkeypatch.setenv("HOME", "/there/is/none")
    surroundings["GUILDHALL_DATA"] = written

    with pytest.raises(ImproperlyConfigured, match=rf"^GUILDHALL_DATA={written}: there is no "):
        Environment().folder("GUILDHALL_DATA", default=Path("/house/.data"))


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("HTTPS://Guild.Example/", "https://guild.example"),
        ("https://guild.example:443", "https://guild.example"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("http://my_host.lan.:8000", "http://my_host.lan.:8000"),
        ("http://192.168.1.2", "http://192.168.1.2"),
        ("http://gäste.example", "http://gäste.example"),
    ],
)
def test_an_address_is_written_as_browsers_write_it(surroundings, text, origin):
    surroundings["PUBLIC_URL"] = text

    assert Environment().address("PUBLIC_URL", default="http://a").geturl() == origin


def test_a_secret_may_stand_in_a_file_whose_last_newline_is_not_part_of_it(surroundings, tmp_path):
    (tmp_path / "token").write_text("$tok en\n")
    surroundings["DISCORD_TOKEN_FILE"] = str(tmp_path / "token")

    assert Environment().text("DISCORD_TOKEN") == "$tok en"


def test_a_value_and_a_file_for_it_are_one_too_many(surroundings, tmp_path):
    surroundings.update(DISCORD_TOKEN="a", DISCORD_TOKEN_FILE=str(tmp_path / "token"))

    with pytest.raises(
        ImproperlyConfigured, match=r"^DISCORD_TOKEN and DISCORD_TOKEN_FILE are both"
    ):
        Environment().text("DISCORD_TOKEN")


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "cannot be read: No such file"), (b"\n", "is empty"), (b"\xff", "not text in UTF-8")],
)
def test_a_file_that_holds_no_value_is_refused_by_name(surroundings, tmp_path, content, words):
    if content:
        (tmp_path / "token").write_bytes(content)
    surroundings["DISCORD_TOKEN_FILE"] = str(tmp_path / "token")

    with pytest.raises(ImproperlyConfigured, match=f"^DISCORD_TOKEN_FILE=.*{words}"):
        Environment().text("DISCORD_TOKEN")


def test_the_real_environment_comes_before_dot_env(surroundings, tmp_path):
    (tmp_path / ".env").write_text("NAME=file\nOTHER=file\n")
    surroundings["NAME"] = "real"

    Environment().read_file(tmp_path / ".env")

    assert surroundings == {"NAME": "real", "OTHER": "file"}


def test_dot_env_is_read_with_quotes_dollars_comments_and_the_marks_of_other_systems(
    surroundings, tmp_path
):
    text = '\ufeffA=\'$x #1\'\r\n# words\r\n\r\nB="y\\"z"\r\nexport C=$x=1\r\n'
    (tmp_path / ".env").write_text(text, newline="")

    Environment().read_file(tmp_path / ".env")

    assert surroundings == {"A": "$x #1", "B": 'y"z', "C": "$x=1"}


def test_a_line_of_dot_env_that_says_nothing_is_refused_without_showing_it(surroundings, tmp_path):
    (tmp_path / ".env").write_text("A=1\nDISCORD_TOKEN = hush\n")

    with pytest.raises(ImproperlyConfigured, match=r"^Line 2 of .*\.env is not NAME=value\.$"):
        Environment().read_file(tmp_path / ".env")


def test_dot_env_may_be_missing_but_not_unreadable(surroundings, tmp_path):
    Environment().read_file(tmp_path / ".env")

    (tmp_path / ".env").mkdir()

    with pytest.raises(ImproperlyConfigured, match=r"\.env cannot be read: Is a directory"):
        Environment().read_file(tmp_path / ".env")


def test_a_database_is_understood_in_all_its_parts(surroundings):
    found = database(surroundings, DATABASE)

    assert found == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "guild",
        "USER": "ann",
        "PASSWORD": "secret",
        "HOST": "db.example",
        "PORT": 5433,
        "CONN_HEALTH_CHECKS": True,
        "CONN_MAX_AGE": 60,
        "OPTIONS": {"connect_timeout": 5},
    }


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("a+b", "a+b"),
        ("a%2Fb", "a/b"),
        ("a@b", "a@b"),
        ("$a#b", "$a#b"),
        ("%252F", "%2F"),
        ("true", "true"),
    ],
)
def test_a_password_survives_the_address_it_stands_in(surroundings, written, meant):
    assert database(surroundings, f"postgres://ann:{written}@db/guild")["PASSWORD"] == meant


@pytest.mark.parametrize(
    "url", ["postgresql://%2Frun%2Fpostgresql/guild", "postgresql:///guild?host=/run/postgresql"]
)
def test_a_socket_may_stand_in_place_of_the_host(surroundings, url):
    found = database(surroundings, url)

    assert (found["HOST"] or found["OPTIONS"]["host"], found["NAME"]) == (
        "/run/postgresql",
        "guild",
    )


def test_options_of_the_database_have_the_right_type(surroundings):
    found = database(
        surroundings,
        f"{DATABASE}?sslmode=require&connect_timeout=5&server_side_binding=true"
        "&conn_max_age=7&conn_health_checks=false",
    )

    assert found["OPTIONS"] == {
        "sslmode": "require",
        "connect_timeout": 5,
        "server_side_binding": True,
    }
    assert (found["CONN_MAX_AGE"], found["CONN_HEALTH_CHECKS"]) == (7, False)


def test_a_pool_that_is_not_wanted_is_none(surroundings):
    assert database(surroundings, f"{DATABASE}?pool=false")["OPTIONS"]["pool"] is False


def test_a_pool_without_its_package_is_one_line(surroundings):
    with pytest.raises(ImproperlyConfigured, match=r"^DATABASE_URL asks for a pool, which needs"):
        database(surroundings, f"{DATABASE}?pool=true")


@pytest.mark.parametrize(
    ("written", "meant"), [("true", True), ("%7B%22max_size%22%3A%204%7D", {"max_size": 4})]
)
def test_a_pool_with_its_package_ends_connections_that_live_on(
    surroundings, monkeypatch, tmp_path, written, meant
):
    (tmp_path / "psycopg_pool.py").touch()
    monkeypatch.syspath_prepend(tmp_path)

    found = database(surroundings, f"{DATABASE}?pool={written}&conn_max_age=60")

    assert found["OPTIONS"]["pool"] == meant
    assert found["CONN_MAX_AGE"] == 0


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///hush",
        "mysql://ann:hush@db/guild",
        "hush",
        "postgresql://ann:hush@db",
        "postgresql://ann:hu/sh@db/guild",
        "postgresql://ann:hush@db:port/guild",
        "postgresql://ann:hush@db/guild?pool={hush",
    ],
)
def test_an_address_of_no_postgresql_is_refused_without_showing_it(surroundings, url):
    with pytest.raises(ImproperlyConfigured, match=r"^DATABASE_URL must name a Postgre") as refusal:
        database(surroundings, url)

    assert "hush" not in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_kept_secret_is_made_once_for_its_owner_only(tmp_path):
    path = tmp_path / "data" / "secret_key"

    assert len(kept_secret(path)) > 50
    assert kept_secret(path) == kept_secret(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_two_starts_at_once_keep_one_secret(tmp_path):
    barrier, found = threading.Barrier(8), set()

    def start():
        barrier.wait()
        found.add(kept_secret(tmp_path / "secret_key"))

    threads = [threading.Thread(target=start) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    assert len(found) == 1
    assert list(tmp_path.iterdir()) == [tmp_path / "secret_key"]


def test_a_data_folder_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(
        ImproperlyConfigured, match=r"^.*secret_key cannot be kept there: "
    ) as refusal:
        kept_secret(tmp_path / "file" / "data" / "secret_key")

    assert "\n" not in str(refusal.value)
