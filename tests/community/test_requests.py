"""A copy of everything, and being forgotten: asked for by anybody, answered by the clock."""

import json
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from unittest.mock import Mock
from zipfile import ZipFile

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from community import tasks
from community.errors import HouseError, NotAllowed
from community.models import AuditEntry, Errand, PrivacyRequest
from community.scope import cross_guild, guild_scope
from community.services import requests
from community.services.errands import give_up_errand
from community.services.keeping import what_is_kept
from community.services.requests import (
    answer_requests,
    ask_for_copy,
    ask_to_be_erased,
    copy_to_send,
    hand_out_copy,
    note_copy_sent,
)
from moderation.services.verifying import breaches
from tests.activity.factories import MemberDayFactory, MemberTotalsFactory, MessageEventFactory
from tests.community.test_privacy import ALSO_NAMED
from tests.economy.factories import give
from tests.factories import (
    ErrandFactory,
    GrantFactory,
    GuildFactory,
    MemberFactory,
    StaffFactory,
    StandingOrderFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
NOW = timezone.now()
APPS = ("community", "activity", "economy", "moderation")
# Ids stay in these, without a word beside them: history points at them.
TOMBSTONES = {"community_user", "community_member", "community_auditentry", "django_q_ormq"}


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.GUILDHALL_DATA = tmp_path
    return tmp_path / "copies"


@pytest.fixture
def ada():
    """Somebody of whom every app keeps something, under an id like no other number."""
    user = UserFactory(id=7_777_777_777_777_777_777, username="ada-lovelace", global_name="Ada")
    member = MemberFactory(user=user, nickname="Countess")
    MessageEventFactory(guild=member.guild, user_id=user.pk)
    MemberDayFactory(guild=member.guild, user_id=user.pk)
    MemberTotalsFactory(guild=member.guild, user_id=user.pk)
    give(member.guild, user.pk, 70, key="once")
    return member


def errand_of(member):
    with guild_scope(member.guild_id):
        return Errand.objects.get()


def traces(*texts):
    """Look through every row of every table, as somebody would who stole them."""
    found = set()
    with cross_guild("a test looks everywhere"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition "
            "AND relnamespace = current_schema()::regnamespace"
        )
        for (table,) in cursor.fetchall():
            for text in texts:
                cursor.execute(
                    f'SELECT count(*) FROM "{table}" AS t WHERE t::text ILIKE %s', [f"%{text}%"]
                )
                found |= {table} if cursor.fetchone()[0] else set()
    return found


def test_a_keepers_copy_is_a_zip_with_every_table_and_is_fetched_once_noted(ada, keeper, folder):
    ask_for_copy(user_id=ada.user_id, by=keeper)

    assert (
        tasks.answer_requests()
        == "Copy of everything done: It waits at the desk to be fetched, for a week."
    )

    wish = PrivacyRequest.objects.get()
    path = hand_out_copy(request=wish, by=keeper)
    assert path.stat().st_mode & 0o777 == 0o600
    with ZipFile(path) as copy:
        manifest = json.loads(copy.read("manifest.json"))
        assert manifest["person"] == str(ada.user_id)
        assert manifest["tables"]["activity.MessageEvent"]["rows"] == 1
        assert json.loads(copy.read("community.User.json"))[0]["username"] == "ada-lovelace"
        assert b"Countess" in copy.read("community.Member.csv")
    with cross_guild("a test looks"):
        verbs = set(AuditEntry.objects.values_list("verb", flat=True))
    assert {"community.copy.asked", "community.copy.handed_out"} <= verbs


def test_who_asks_on_discord_is_sent_the_file_which_is_gone_afterwards(
    ada, folder, django_capture_on_commit_callbacks
):
    ask_for_copy(user_id=ada.user_id, guild_id=ada.guild_id)
    with pytest.raises(HouseError, match="within the last day"):
        ask_for_copy(user_id=ada.user_id, guild_id=ada.guild_id)
    answer_requests(now=NOW)

    errand = errand_of(ada)
    path = copy_to_send(request_id=errand.payload["request"])
    assert (errand.kind, errand.user_id, path.exists()) == ("copy", ada.user_id, True)
    with django_capture_on_commit_callbacks(execute=True):
        note_copy_sent(request_id=errand.payload["request"])
    assert not path.exists()


def test_what_is_too_large_waits_at_the_desk_and_is_let_go_after_a_week(
    ada, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr("community.services.requests.FITS", 10)
    ask_for_copy(user_id=ada.user_id, guild_id=ada.guild_id)
    answer_requests(now=NOW)
    path = Path(PrivacyRequest.objects.get().path)

    assert errand_of(ada).kind == "direct_message"
    with django_capture_on_commit_callbacks(execute=True):
        assert answer_requests(now=NOW + timedelta(days=8)) == "Nobody waits. 1 old copies removed."
    assert not path.exists()


def test_after_an_erasure_nothing_but_tombstones_is_left_and_everything_holds(
    ada, django_capture_on_commit_callbacks
):
    ask_for_copy(user_id=ada.user_id)
    answer_requests(now=NOW)
    path = Path(PrivacyRequest.objects.get().path)
    ask_to_be_erased(user_id=ada.user_id)

    with django_capture_on_commit_callbacks(execute=True):
        assert answer_requests(now=NOW).startswith("Erasure done: ")

    assert traces("ada-lovelace", "Countess") == set()
    assert traces(str(ada.user_id)) <= TOMBSTONES
    assert not path.exists()
    # Days were made without their messages; coins and histories must hold all the same.
    assert [words for words in breaches() if "what was written" not in words] == []


def test_what_still_waits_to_be_done_is_done_and_then_forgotten_too(ada, keeper):
    GrantFactory(staff=keeper, guild=ada.guild, capabilities=["see", "moderate"])
    told = {"guild": ada.guild, "kind": "direct_message", "user_id": ada.user_id}
    errand = ErrandFactory(**told, payload={"message": {"content": "Dear Countess"}})
    ask_to_be_erased(user_id=ada.user_id)
    answer_requests(now=NOW)
    before = traces("Countess")

    with guild_scope(ada.guild_id):
        give_up_errand(errand=errand, by=keeper)

    assert (before, traces("Countess")) == ({"community_errand"}, set())


def test_an_erasure_that_cannot_be_is_refused_in_words_and_changes_nothing(ada):
    StandingOrderFactory(guild=ada.guild, user_id=ada.user_id)
    ask_to_be_erased(user_id=ada.user_id, guild_id=ada.guild_id)

    answer_requests(now=NOW)

    wish = PrivacyRequest.objects.get()
    assert (wish.state, wish.user_id) == ("refused", ada.user_id)
    assert "lift it first" in wish.words
    told = errand_of(ada).payload["message"]["content"]
    assert told.startswith("I cannot forget you yet.")
    assert "community_member" in traces("Countess")


def test_only_keepers_ask_for_others_and_see_who_asked(ada, client, keeper):
    with pytest.raises(NotAllowed):
        ask_for_copy(user_id=ada.user_id, by=StaffFactory())
    unknown = ask_for_copy(user_id=5, by=keeper)
    answer_requests(now=NOW)
    unknown.refresh_from_db()
    assert (unknown.state, unknown.words) == ("refused", "Nobody with this id was ever seen here.")
    client.force_login(GrantFactory(capabilities=["see", "configure"]).staff)
    assert client.get("/community/privacyrequest/").status_code == 403

    client.force_login(keeper)
    asked = {"user_id": ada.user_id, "sure": "on"}
    client.post("/community/privacyrequest/erase/", asked)
    client.post("/community/privacyrequest/copy/", asked)
    answer_requests(now=NOW)
    answer_requests(now=NOW)

    assert b"Erased" in client.get("/community/privacyrequest/").content


def test_a_copy_is_fetched_at_the_desk(ada, client, keeper):
    wish = ask_for_copy(user_id=ada.user_id, by=keeper)
    answer_requests(now=NOW)
    client.force_login(keeper)

    answer = client.post(f"/community/privacyrequest/{wish.pk}/fetch/")

    assert answer["Content-Type"] == "application/zip"
    assert b"".join(answer.streaming_content)[:2] == b"PK"


def test_who_is_stopped_while_a_copy_is_made_leaves_the_wish_and_no_file_behind(
    ada, folder, keeper, monkeypatch
):
    wish = ask_for_copy(user_id=ada.user_id, by=keeper)
    monkeypatch.setattr(requests, "_end", Mock(side_effect=KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        answer_requests(now=NOW)
    monkeypatch.undo()
    (stray,) = folder.iterdir()

    answer_requests(now=NOW)
    remained = stray.exists()
    answer_requests(now=NOW + timedelta(hours=3))

    wish.refresh_from_db()
    assert (remained, wish.state) == (True, "done")
    assert [*folder.iterdir()] == [Path(wish.path)]


def test_everything_that_is_kept_is_told_with_how_long():
    told = {each.what: each.how_long for each in what_is_kept()}

    assert told["messages"] == "for 365 days"
    rooms = [import_module(f"{app}.services.privacy") for app in APPS]
    assert len(what_is_kept()) == sum(len(room.PERSONAL) for room in rooms)


# Large numbers that are no person's.
NO_PERSON = {
    "guild_id", "channel_id", "message_id", "entry_id", "role_id", "first_id", "last_id",
    "application_id", "posted_in_id", "afk_channel_id", "undoes_id", "gives_role_id",
    "direct_channel_id",
}  # fmt: skip
# Who decided something stays who decided it, as a bare number: history would lie without them.
WHO_DECIDED = {"actor_id", "given_by_id", "moderator_id", "on_behalf_of_id", "ended_by_id"}
# The number of a role or of a channel.
NOT_HERE = {("XpRule", "subject_id")}


def test_no_table_can_hold_somebodys_id_unseen():
    """Every large number of ours is known to be a person's, or known to be none."""
    rooms = [import_module(f"{app}.services.privacy") for app in APPS]
    personal = [each for room in rooms for each in room.PERSONAL.items()]
    known = {(model.__name__, column.split("__")[-1]) for model, column in personal}
    large = {
        (model.__name__, field.attname)
        for app in APPS
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.local_fields
        if field.get_internal_type() == "BigIntegerField" and field.attname.endswith("_id")
    }

    unknown = large - known - ALSO_NAMED - NOT_HERE

    assert {each for each in unknown if each[1] not in NO_PERSON | WHO_DECIDED} == set()


def test_a_wish_of_somebody_in_two_servers_is_one(ada):
    MemberFactory(user=ada.user, guild=GuildFactory())

    assert ask_to_be_erased(user_id=ada.user_id) == ask_to_be_erased(user_id=ada.user_id)
