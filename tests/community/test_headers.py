"""Every answer says what a browser may do with it, and only our own proxies are believed."""

import runpy
from ipaddress import ip_network
from pathlib import Path

import environ
import pytest
from django.conf import settings as house
from django.core.exceptions import SuspiciousOperation
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import path

from community.desk.proxies import BehindProxies, client_address
from community.models import Staff
from tests.factories import StaffFactory

POLICY = (
    "default-src 'self'; img-src 'self' https://cdn.discordapp.com; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
PROXIES = [ip_network("10.0.0.0/24"), ip_network("fd00::/8")]


def break_down(request):
    raise ValueError("a fault of ours")


def be_suspicious(request):
    raise SuspiciousOperation("a fault of theirs")


def say_hello(request):
    return HttpResponse(request.build_absolute_uri("/"))


urlpatterns = [path("fault", break_down), path("odd", be_suspicious), path("hello", say_hello)]


@pytest.fixture
def https(settings, monkeypatch, tmp_path):
    """The settings of a house whose address is https."""
    surroundings = {"PUBLIC_URL": "https://guild.example", "GUILDHALL_DATA": str(tmp_path)}
    monkeypatch.setattr(environ.Env, "ENVIRON", surroundings)
    page = runpy.run_path(str(Path(house.BASE_DIR) / "config/settings.py"))
    for name in page:
        if name.startswith(("SESSION_", "CSRF_", "SECURE_", "TRUSTED_")):
            setattr(settings, name, page[name])
    settings.ALLOWED_HOSTS = [*page["ALLOWED_HOSTS"], "testserver"]


@pytest.fixture
def odd_pages(settings):
    settings.ROOT_URLCONF = __name__


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/healthz", 200),
        ("/static/admin/css/base.css", 200),
        ("/login/", 200),
        ("/nowhere", 302),
    ],
)
@pytest.mark.django_db
def test_every_answer_carries_the_policy(client, settings, address, status):
    settings.WHITENOISE_USE_FINDERS = True

    answer = client.get(address)
    answer.close()

    assert answer.status_code == status
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("address", "host", "status"),
    [
        ("/fault", "localhost", 500),
        ("/odd", "localhost", 400),
        ("/none", "localhost", 404),
        ("/hello", "evil.example", 400),
    ],
)
def test_faults_carry_the_policy_too(odd_pages, address, host, status):
    answer = Client(raise_request_exception=False).get(address, headers={"host": host})

    assert answer.status_code == status
    assert answer.headers["Content-Security-Policy"] == POLICY


@pytest.mark.django_db
def test_pages_are_never_framed_and_tell_other_sites_nothing(client):
    headers = client.get("/login/").headers

    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in headers


@pytest.mark.django_db
def test_the_desk_runs_no_script_that_stands_in_a_page(client):
    client.force_login(StaffFactory(keeper=True))

    for address in ("/", "/password_change/"):
        page = client.get(address).content.decode()
        assert page.count("<script") == page.count("<script src=")
        assert " onclick=" not in page


@pytest.mark.django_db
def test_under_https_cookies_belong_to_this_host_alone(https):
    Staff.objects.create_user("marin", "correct horse battery")
    client = Client(enforce_csrf_checks=True, headers={"host": "guild.example"})
    client.get("/login/", secure=True)
    token = client.cookies["__Host-guildhall-csrf"]

    client.post(
        "/login/",
        {
            "username": "marin",
            "password": "correct horse battery",
            "csrfmiddlewaretoken": token.value,
        },
        headers={"origin": "https://guild.example"},
        secure=True,
    )

    for cookie in (token, client.cookies["__Host-guildhall"]):
        assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")
        assert (cookie["path"], cookie["domain"] or "") == ("/", "")


@pytest.mark.django_db
def test_under_http_cookies_have_plain_names_and_no_secure_flag(client):
    client.get("/login/")

    assert set(client.cookies) == {"guildhall-csrf"}
    assert client.cookies["guildhall-csrf"]["secure"] == ""


def test_under_https_plain_requests_are_sent_there_but_for_questions_of_health(https, client):
    sent = client.get("/login/", headers={"host": "guild.example"})

    assert (sent.status_code, sent.headers["Location"]) == (301, "https://guild.example/login/")
    assert client.get("/healthz").status_code == 200


def test_under_https_browsers_remember_it_for_a_year(https, client):
    kept = client.get("/healthz", secure=True).headers["Strict-Transport-Security"]

    assert kept == "max-age=31536000"


@pytest.mark.parametrize(
    ("peer", "scheme", "status"),
    [("127.0.0.1", "https", 200), ("127.0.0.1", "http", 301), ("203.0.113.7", "https", 301)],
)
def test_only_a_trusted_proxy_can_say_that_it_was_https(https, odd_pages, peer, scheme, status):
    answer = Client().get("/hello", REMOTE_ADDR=peer, headers={"x-forwarded-proto": scheme})

    assert answer.status_code == status


@pytest.mark.parametrize(
    ("peer", "hops", "address"),
    [
        ("203.0.113.7", "", "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "192.0.2.9, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "192.0.2.9, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "10.0.0.3 ,10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "198.51.100.1, not-an-address", "10.0.0.1"),
        ("fd00::1", "2001:db8::1", "2001:db8::1"),
        ("", "198.51.100.1", ""),
    ],
)
def test_the_address_is_the_last_one_that_is_not_a_proxy_of_ours(peer, hops, address):
    assert client_address(peer, hops, PROXIES) == address


def test_nothing_behind_the_proxies_sees_what_anybody_forwarded(settings):
    settings.TRUSTED_PROXIES = PROXIES
    request = RequestFactory().get(
        "/",
        REMOTE_ADDR="203.0.113.7",
        headers={"x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "https"},
    )

    BehindProxies(lambda _: HttpResponse())(request)

    assert request.META["REMOTE_ADDR"] == "203.0.113.7"
    assert not [name for name in request.META if "FORWARDED" in name]
