"""What happens to servers and their settings."""

from datetime import timedelta

import pytest
from django.utils import timezone

from community.errors import HouseError, NotAllowed
from community.models import AuditEntry, AuditTrace, Channel, Guild, GuildSettings, MemberRole, Role
from community.scope import guild_scope
from community.services.audit import coming_from
from community.services.guilds import (
    GuildFacts,
    change_settings,
    leave_guild,
    lose_channel,
    lose_role,
    meet_channel,
    meet_guild,
    meet_role,
    note_outage,
)
from tests.factories import ChannelFactory, GrantFactory, MemberRoleFactory, RoleFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def configurer(guild):
    return GrantFactory(guild=guild, capabilities=["configure"]).staff


def test_a_server_is_met_with_its_settings():
    with guild_scope(42):
        meet_guild(guild_id=42, facts=GuildFacts(name="Kiln & Clay", member_count=7))

        assert Guild.objects.get().name == "Kiln & Clay"
        assert GuildSettings.objects.get().prefix == "!"


def test_meeting_again_renames_and_keeps_the_settings(guild):
    GuildSettings.objects.update(prefix="?")

    meet_guild(guild_id=guild.pk, facts=GuildFacts(name="New name"))

    assert Guild.objects.get().name == "New name"
    assert GuildSettings.objects.get().prefix == "?"


def test_an_outage_touches_nothing_and_is_noticed_once(guild):
    assert [note_outage(guild_id=guild.pk), note_outage(guild_id=guild.pk)] == [True, False]

    guild.refresh_from_db()
    assert (guild.available, guild.left_at) == (False, None)


def test_a_server_that_returns_within_thirty_days_is_whole_again(guild):
    role = RoleFactory(guild=guild)
    assert [leave_guild(guild_id=guild.pk), leave_guild(guild_id=guild.pk)] == [True, False]
    assert list(Guild.objects.present()) == []

    meet_guild(guild_id=guild.pk, facts=GuildFacts(name=guild.name))

    assert list(Guild.objects.present()) == [guild]
    assert list(Role.objects.all()) == [role]
    told = AuditEntry.objects.order_by("pk").values_list("verb", flat=True)
    assert list(told) == ["community.guild.left", "community.guild.returned"]


def test_a_lost_channel_stays_known_and_may_come_back(guild):
    channel = ChannelFactory(guild=guild)

    lost = [lose_channel(guild_id=guild.pk, channel_id=channel.pk) for _ in range(2)]
    meet_channel(guild_id=guild.pk, channel_id=channel.pk, name="prose", kind="text")

    assert lost == [True, False]
    assert Channel.objects.standing().get().name == "prose"


def test_losing_a_role_ends_its_assignments(guild):
    held = MemberRoleFactory(guild=guild)

    lost = [lose_role(guild_id=guild.pk, role_id=held.role_id) for _ in range(2)]

    assert lost == [True, False]
    assert MemberRole.objects.get().ended_at is not None


def test_a_role_that_was_lost_may_come_back(guild):
    role = RoleFactory(guild=guild, deleted_at=timezone.now())

    meet_role(guild_id=guild.pk, role_id=role.pk, name="Writer")

    assert Role.objects.standing().get().name == "Writer"


def test_changed_settings_stand_in_the_audit_log_with_before_and_after(guild, configurer):
    channel = ChannelFactory(guild=guild)

    with coming_from(address="203.0.113.7", agent="A browser"):
        change_settings(
            guild_id=guild.pk, by=configurer, prefix="?", moderation_log=channel, xp_enabled=True
        )

    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.actor) == ("community.settings.changed", configurer.username)
    assert entry.before == {"prefix": "!", "moderation_log": None}
    assert entry.after == {"prefix": "?", "moderation_log": str(channel.pk)}
    assert AuditTrace.objects.get().address == "203.0.113.7"


def test_settings_that_stay_as_they_are_are_not_news(guild, configurer):
    change_settings(guild_id=guild.pk, by=configurer, prefix="!")

    assert not AuditEntry.objects.exists()


def test_settings_are_changed_by_those_who_may_configure(guild):
    moderator = GrantFactory(guild=guild, capabilities=["moderate"]).staff

    with pytest.raises(NotAllowed, match="configure"):
        change_settings(guild_id=guild.pk, by=moderator, prefix="?")


@pytest.mark.parametrize(
    "nonsense", [{"prefix": ""}, {"prefix": "toolong"}, {"warning_lifetime": timedelta(0)}]
)
def test_settings_that_make_no_sense_are_refused_and_nothing_is_lost(guild, configurer, nonsense):
    with pytest.raises(HouseError):
        change_settings(guild_id=guild.pk, by=configurer, **nonsense)

    settings = GuildSettings.objects.get()
    assert (settings.prefix, settings.warning_lifetime) == ("!", timedelta(days=90))
    assert not AuditEntry.objects.exists()


def test_a_channel_of_another_server_cannot_become_a_log(guild, configurer):
    said = []
    for channel_id in (ChannelFactory().pk, 424242):
        with pytest.raises(HouseError) as refusal:
            change_settings(guild_id=guild.pk, by=configurer, moderation_log_id=channel_id)
        said.append(str(refusal.value))

    assert said == ["There is no such channel or role in this server."] * 2
