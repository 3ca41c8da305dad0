"""One file of settings, safe by default, strict under https, and each of them explained."""

import os
import re
import runpy
import subprocess
import sys
import tomllib
from ipaddress import ip_network
from pathlib import Path

import environ
import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(settings.BASE_DIR)


@pytest.fixture
def page(monkeypatch, tmp_path):
    """Read config/settings.py as it is in surroundings of the test's own."""

    def read(**values):
        surroundings = {"GUILDHALL_DATA": str(tmp_path), **values}
        monkeypatch.setattr(environ.Env, "ENVIRON", surroundings)
        monkeypatch.setattr("config.environment.Environment.read_file", lambda *_: None)
        return runpy.run_path(str(ROOT / "config/settings.py"))

    return read


def test_every_variable_is_in_the_example_and_in_the_handbook_and_the_other_way_round(page):
    read = set(page()["env"].names)

    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    handbook = (ROOT / "docs/operating.md").read_text(encoding="utf-8")

    assert set(re.findall(r"^#([A-Z_]+)=", example, re.MULTILINE)) == read
    assert set(re.findall(r"^\| `([A-Z_]+)`", handbook, re.MULTILINE)) == read


def test_without_any_variable_the_house_is_safe_and_at_home(page, tmp_path):
    found = page()

    assert found["DEBUG"] is False
    assert found["SECRET_KEY"] == (tmp_path / "secret_key").read_text()
    assert found["DATABASES"]["default"]["ENGINE"] == "config.postgres"
    assert found["ALLOWED_HOSTS"] == ["localhost", "localhost", "127.0.0.1", "[::1]"]


def test_a_secret_key_of_ones_own_is_kept_nowhere(page, tmp_path):
    assert page(SECRET_KEY="mine")["SECRET_KEY"] == "mine"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "prefix", "strict"),
    [("https://guild.example", "__Host-", True), ("http://guild.example", "", False)],
)
def test_cookies_are_strict_exactly_when_the_address_is_https(page, url, prefix, strict):
    found = page(PUBLIC_URL=url)

    assert found["SESSION_COOKIE_NAME"] == f"{prefix}guildhall"
    assert found["CSRF_COOKIE_NAME"] == f"{prefix}guildhall-csrf"
    assert found["SESSION_COOKIE_SECURE"] is found["CSRF_COOKIE_SECURE"] is strict
    assert found["SECURE_SSL_REDIRECT"] is strict
    assert found["CSRF_TRUSTED_ORIGINS"] == [url]
    assert found["ALLOWED_HOSTS"][0] == "guild.example"


@pytest.mark.parametrize(
    ("values", "trusted"),
    [
        ({}, []),
        ({"PUBLIC_URL": "https://guild.example"}, ["127.0.0.1", "::1"]),
        ({"TRUSTED_PROXIES": "10.0.0.0/8"}, ["10.0.0.0/8"]),
    ],
)
def test_only_named_proxies_may_say_that_it_was_https(page, values, trusted):
    found = page(**values)

    assert found["TRUSTED_PROXIES"] == [ip_network(each) for each in trusted]
    assert ("SECURE_PROXY_SSL_HEADER" in found) is bool(trusted)


def test_a_variable_that_makes_no_sense_is_one_line(page):
    with pytest.raises(ImproperlyConfigured, match=r"^WEB_THREADS must be a whole number, 1 or mo"):
        page(WEB_THREADS="0")


def test_django_has_nothing_to_say_against_production(tmp_path):
    checked = subprocess.run(
        [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "WARNING"],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "GUILDHALL_DATA": str(tmp_path),
            "PUBLIC_URL": "https://guild.example",
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert (checked.returncode, checked.stderr) == (0, "")


def test_the_version_is_the_one_of_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert project["version"] == settings.GUILDHALL_VERSION
