"""A copy of everything, and being forgotten."""

import json

import pytest
from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone

from activity.services import privacy as activity
from community.errors import StillNeeded
from community.models import AuditEntry, Invite, Member, MemberRole, Overwrite, Preference, User
from community.scope import cross_guild
from community.services.conversations import conversation_with, remember_conversation
from community.services.privacy import PERSONAL, erase_person, export_person
from community.services.retention import declared
from economy.services import privacy as economy
from moderation.services import privacy as moderation
from tests.factories import (
    ChannelFactory,
    InviteFactory,
    LoginTryFactory,
    MemberFactory,
    MemberRoleFactory,
    OverwriteFactory,
    PreferenceFactory,
    StaffFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    """Somebody who left traces in two servers."""
    user = UserFactory(username="ada", global_name="Ada", avatar="0" * 32)
    PreferenceFactory(user=user, tz="Europe/London")
    for nickname in ("Countess", "Engineer"):
        member = MemberFactory(user=user, nickname=nickname, last_seen=timezone.now())
        MemberRoleFactory(guild=member.guild, member=member, assigned_by_id=user.pk)
        InviteFactory(guild=member.guild, inviter_id=user.pk)
        channel = ChannelFactory(guild=member.guild)
        OverwriteFactory(guild=member.guild, channel=channel, target="member", target_id=user.pk)
    return user


def everything_about(user):
    return json.dumps(export_person(user_id=user.pk), cls=DjangoJSONEncoder)


def test_a_copy_holds_everything_of_every_server(ada):
    MemberFactory(nickname="somebody else")

    tables = export_person(user_id=ada.pk)

    assert tables["community.User"][0]["username"] == "ada"
    assert {row["nickname"] for row in tables["community.Member"]} == {"Countess", "Engineer"}
    assert len(tables["community.MemberRole"]) == len(tables["community.Invite"]) == 2
    assert "somebody else" not in everything_about(ada)


def test_a_copy_never_holds_what_would_help_a_thief(ada):
    staff = StaffFactory(discord_id=ada.pk)
    staff.set_password("correct horse")
    staff.save()

    assert staff.password not in everything_about(ada)
    assert staff.username in everything_about(ada)


def test_an_erased_person_is_a_stranger_and_everybody_elses_rows_stay(ada, keeper):
    other = MemberFactory(nickname="somebody else")
    remember_conversation(user_id=ada.pk, channel_id=777)

    erase_person(user_id=ada.pk, by=keeper)

    assert not remember_conversation(user_id=ada.pk, channel_id=777)
    assert conversation_with(user_id=ada.pk) is None
    told = everything_about(ada)
    assert not [
        word
        for word in ("ada", "Ada", "Countess", "Engineer", "London", "000")
        if f'"{word}' in told
    ]
    with cross_guild("the test looks everywhere"):
        assert User.objects.get(pk=ada.pk).erased_at is not None
        assert Member.objects.get(pk=other.pk).nickname == "somebody else"
        assert MemberRole.objects.filter(assigned_by_id=None).count() == 2
        assert not Preference.objects.exists()
        assert not Overwrite.objects.exists()
        assert not Invite.objects.filter(inviter_id=ada.pk).exists()
        assert AuditEntry.objects.get().verb == "community.person.erased"


def test_somebody_who_works_here_is_not_forgotten_while_they_do(ada, keeper):
    staff = StaffFactory(discord_id=ada.pk, username="Ada")
    LoginTryFactory(username="ada")

    with pytest.raises(StillNeeded, match="works here"):
        erase_person(user_id=ada.pk, by=keeper)
    assert User.objects.get(pk=ada.pk).username == "ada"

    staff.is_active = False
    staff.save()
    erase_person(user_id=ada.pk, by=keeper)
    staff.refresh_from_db()
    assert staff.discord_id is None


NAMES_A_PERSON = {
    "user",
    "user_id",
    "inviter_id",
    "discord_id",
    "target_id",
    "assigned_by_id",
    "owner_id",
}
# Beside the column that names whose row it is, a row may name others; erasure empties those too.
ALSO_NAMED = {("MemberRole", "assigned_by_id"), ("Guild", "owner_id")}


def test_every_table_that_names_a_person_can_be_copied_and_forgotten():
    named = set()
    for model, _ in declared():
        for field in model._meta.local_fields:
            points_at_user = isinstance(field, models.ForeignKey) and field.related_model is User
            if points_at_user or field.name in NAMES_A_PERSON:
                named.add((model.__name__, field.name))

    personal = PERSONAL | activity.PERSONAL | economy.PERSONAL | moderation.PERSONAL
    covered = {(model.__name__, column.split("__")[-1]) for model, column in personal.items()}
    covered |= {(model, column.removesuffix("_id")) for model, column in covered}
    assert named - covered - ALSO_NAMED == set()


def test_every_app_that_knows_people_answers():
    from importlib import import_module

    for app in ("community", "activity", "economy", "moderation"):
        if list(apps.get_app_config(app).get_models()):
            services = import_module(f"{app}.services")
            assert callable(services.export_member)
            assert callable(services.forget_member)
