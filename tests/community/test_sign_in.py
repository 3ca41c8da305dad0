"""Staff sign in with name and password; who tries too often waits; what they have open ends."""

import threading
from datetime import datetime, timedelta
from ipaddress import ip_network

import pytest
import time_machine
from django.contrib import admin
from django.contrib.auth import authenticate, get_user_model
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.sessions.models import Session
from django.core.exceptions import FieldDoesNotExist
from django.db import connection
from django.test import Client
from django.urls import NoReverseMatch, reverse

from community.desk.backend import StaffBackend
from community.desk.site import Desk
from community.errors import TooManyTries
from community.models import LoginTry, Staff
from community.services.sign_in import client_network, forget_tries, note_try
from tests.factories import StaffFactory

PASSWORD = "correct horse battery"
START = datetime.fromisoformat("2026-11-21T10:00:00+00:00")

pytestmark = pytest.mark.django_db


@pytest.fixture
def marin():
    return Staff.objects.create_user("marin", PASSWORD)


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as clock:
        yield clock


def sign_in(client, username="marin", password=PASSWORD, **extra):
    return client.post("/login/", {"username": username, "password": password}, **extra)


def is_in(client):
    return client.get("/").status_code == 200


def try_often(times, *, username="marin", network="203.0.113.7"):
    for _ in range(times):
        note_try(username=username, network=network)


def test_a_name_in_any_case_and_its_password_open_the_desk(client, marin):
    assert sign_in(client, "MARIN").headers["Location"] == "/"
    assert is_in(client)


@pytest.mark.parametrize(
    ("username", "password"), [("marin", "wrong"), ("nobody", PASSWORD), ("gone", PASSWORD)]
)
def test_every_failure_reads_the_same(client, marin, username, password):
    Staff.objects.create_user("gone", PASSWORD, is_active=False)

    page = sign_in(client, username, password).content.decode()

    assert "This name and this password do not belong together." in page
    assert not is_in(client)


@pytest.mark.parametrize("username", ["marin", "nobody", "gone", "discord"])
def test_every_failure_takes_as_much_hashing(monkeypatch, settings, username):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    monkeypatch.setattr(PBKDF2PasswordHasher, "iterations", 10)
    Staff.objects.create_user("marin", PASSWORD)
    Staff.objects.create_user("gone", PASSWORD, is_active=False)
    Staff.objects.create_user("discord")
    hashed, encode = [], PBKDF2PasswordHasher.encode
    monkeypatch.setattr(
        PBKDF2PasswordHasher, "encode", lambda *args: hashed.append(1) or encode(*args)
    )

    assert authenticate(username=username, password="wrong") is None
    assert len(hashed) == 1


@pytest.mark.parametrize(
    ("alike", "tries", "minutes"),
    [
        ({"username": "marin", "network": "203.0.113.7"}, 5, 15),
        ({"network": "203.0.113.7"}, 25, 5),
        ({"username": "marin"}, 25, 60),
    ],
)
def test_at_the_limit_the_next_one_waits_until_there_is_room_again(clock, alike, tries, minutes):
    for number in range(tries):
        note_try(**{"username": f"name{number}", "network": f"network{number}"} | alike)
    another = {"username": "another", "network": "another"} | alike

    clock.shift(timedelta(minutes=minutes, seconds=-1))
    with pytest.raises(TooManyTries, match=r"Try again in a minute\.$"):
        note_try(**another)

    clock.shift(1)
    note_try(**another)


def test_what_was_turned_away_makes_the_wait_no_longer(clock):
    try_often(5)
    clock.shift(timedelta(minutes=14))
    for _ in range(10):
        with pytest.raises(
            TooManyTries, match=r"^Too many sign-ins have failed. .* in a minute\.$"
        ):
            try_often(1)

    clock.shift(timedelta(minutes=1))

    try_often(1)


def test_other_people_and_other_networks_do_not_wait():
    try_often(5)

    try_often(1, username="noor")
    try_often(1, network="198.51.100.9")


@pytest.mark.parametrize("spelling", ["MARIN", "mar\u0131n"])
def test_another_spelling_of_a_name_is_the_same_name(spelling):
    try_often(5)

    with pytest.raises(TooManyTries):
        try_often(1, username=spelling)


def test_a_success_forgets_the_tries_of_this_name_and_network_only():
    try_often(4)
    try_often(1, username="noor")
    try_often(1, network="198.51.100.9")

    forget_tries(username="Marin", network="203.0.113.7")

    assert set(LoginTry.objects.values_list("username", "network")) == {
        ("noor", "203.0.113.7"),
        ("marin", "198.51.100.9"),
    }


def test_the_form_says_how_long_to_wait_and_does_not_look_at_the_password(client, marin, clock):
    for _ in range(5):
        sign_in(client, password="wrong")

    page = sign_in(client).content.decode()

    assert "Too many sign-ins have failed. Try again in 15 minutes." in page
    assert not is_in(client)


def test_a_name_nobody_has_waits_just_as_long(client, clock):
    for _ in range(5):
        sign_in(client, "nobody")

    assert "Try again in 15 minutes." in sign_in(client, "nobody").content.decode()


def test_after_a_success_the_count_begins_again(client, marin):
    for _ in range(4):
        sign_in(client, password="wrong")
    sign_in(client)

    assert LoginTry.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_of_thirty_tries_at_once_no_more_than_five_reach_the_password():
    barrier, let_through = threading.Barrier(30), []

    def knock():
        barrier.wait()
        try:
            try_often(1)
        except TooManyTries:
            pass
        else:
            let_through.append(1)
        finally:
            connection.close()

    threads = [threading.Thread(target=knock) for _ in range(30)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    assert len(let_through) <= 5
    assert LoginTry.objects.count() == len(let_through)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
    ],
)
def test_a_network_is_what_one_customer_has(address, network):
    assert client_network(address) == network


@pytest.mark.parametrize(
    ("proxies", "addresses"),
    [(["10.0.0.1"], {"203.0.113.7", "203.0.113.8"}), ([], {"10.0.0.1"})],
)
def test_tries_are_counted_by_the_address_that_trusted_proxies_saw(settings, proxies, addresses):
    settings.TRUSTED_PROXIES = [ip_network(each) for each in proxies]

    for address in ("203.0.113.7", "203.0.113.8"):
        sign_in(Client(), REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=f"198.51.100.1, {address}")

    assert set(LoginTry.objects.values_list("network", flat=True)) == addresses


def test_signing_in_makes_a_new_session_with_nothing_of_the_old(client, marin):
    session = client.session
    session["planted"] = True
    session.save()

    sign_in(client)

    assert client.session.session_key != session.session_key
    assert "planted" not in client.session
    assert not Session.objects.filter(session_key=session.session_key).exists()


def test_a_session_that_is_used_lives_on_for_two_hours_from_then(client, marin, clock):
    sign_in(client)
    for _ in range(3):
        clock.shift(timedelta(minutes=119))
        assert is_in(client)

    clock.shift(timedelta(minutes=121))

    assert not is_in(client)


def test_no_session_lives_longer_than_twelve_hours(client, marin, clock):
    sign_in(client)
    for _ in range(11):
        clock.shift(timedelta(hours=1))
        assert is_in(client)

    clock.shift(timedelta(minutes=59))
    assert is_in(client)

    clock.shift(timedelta(minutes=2))
    assert not is_in(client)


def test_signing_in_again_begins_a_new_twelve_hours(client, marin, clock):
    sign_in(client)
    for _ in range(11):
        clock.shift(timedelta(hours=1))
        is_in(client)
    sign_in(client)

    clock.shift(timedelta(minutes=90))

    assert is_in(client)


def test_a_session_is_written_once_a_minute_at_most(client, marin, clock):
    sign_in(client)
    ends = []
    for _ in range(8):
        clock.shift(20)
        is_in(client)
        ends.append(Session.objects.get().expire_date)

    assert len(set(ends)) == 3


def test_a_new_password_ends_all_other_sessions(client, marin):
    elsewhere = Client()
    sign_in(client)
    sign_in(elsewhere)

    changed = client.post(
        "/password_change/",
        {
            "old_password": PASSWORD,
            "new_password1": "new" + PASSWORD,
            "new_password2": "new" + PASSWORD,
        },
    )

    assert changed.status_code == 302
    assert is_in(client)
    assert not is_in(elsewhere)


@pytest.mark.parametrize("change", [{"sessions_ended": 1}, {"is_active": False}])
def test_ending_sessions_or_the_account_takes_hold_with_the_next_request(client, marin, change):
    sign_in(client)

    Staff.objects.filter(pk=marin.pk).update(**change)

    assert not is_in(client)


def test_an_account_that_is_switched_off_is_nobody_to_the_backend(marin):
    Staff.objects.filter(pk=marin.pk).update(is_active=False)

    assert authenticate(username="marin", password=PASSWORD) is None
    assert StaffBackend().get_user(marin.pk) is None


@pytest.mark.parametrize("password", ["short-one", "password1234"])
def test_a_password_that_is_easy_to_guess_is_refused(client, marin, password):
    sign_in(client)

    client.post(
        "/password_change/",
        {"old_password": PASSWORD, "new_password1": password, "new_password2": password},
    )

    marin.refresh_from_db()
    assert marin.check_password(PASSWORD)


@pytest.mark.parametrize("field", ["groups", "user_permissions"])
def test_staff_have_nothing_through_which_they_could_become_more(field):
    with pytest.raises(FieldDoesNotExist):
        get_user_model()._meta.get_field(field)


def test_the_desk_shows_the_models_of_the_house_only(settings):
    apps = {model._meta.app_label for model in admin.site._registry}

    assert isinstance(admin.site, Desk)
    assert apps <= set(settings.HOUSE_APPS)


@pytest.mark.parametrize("path", ["/django_q/schedule/add/", "/auth/group/add/", "/r/1/1/"])
def test_pages_that_give_power_are_not_there_even_for_keepers(client, path):
    client.force_login(StaffFactory(keeper=True))

    assert client.get(path).status_code == 404


def test_no_page_tells_whether_a_row_of_any_table_is_there():
    with pytest.raises(NoReverseMatch):
        reverse("admin:view_on_site", args=[1, 1])


def test_tries_from_before_the_clock_was_set_back_make_nobody_wait(clock):
    clock.shift(timedelta(hours=1))
    try_often(5)

    clock.move_to(START)

    try_often(1)


def test_tries_that_are_a_moment_ahead_count(clock):
    clock.shift(timedelta(seconds=1))
    try_often(5)

    clock.move_to(START)

    with pytest.raises(TooManyTries):
        try_often(1)
