"""What a server wants counted: who may change it, what is refused, what history keeps."""

from datetime import timedelta

import pytest

from activity.models import ActivitySettings
from activity.services.settings import change_activity_settings, settings_of
from community.errors import HouseError, NotAllowed
from community.models import AuditEntry
from tests.factories import ChannelFactory, GrantFactory, StaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def by(guild):
    return GrantFactory(guild=guild, capabilities=["configure"]).staff


def test_a_server_that_never_said_so_is_counted_as_the_fields_begin(guild):
    assert settings_of(guild.pk).voice_counted
    assert not ActivitySettings.objects.exists()


def test_a_change_is_kept_with_before_and_after_and_the_same_again_is_none(guild, by):
    told = {"alone_counts": True, "ignored_channel_ids": [7], "xp_cooldown": timedelta(minutes=1)}

    for _ in range(2):
        change_activity_settings(guild_id=guild.pk, by=by, **told)

    entry = AuditEntry.objects.get()
    assert entry.before == {"alone_counts": False, "ignored_channel_ids": []}
    assert entry.after == {"alone_counts": True, "ignored_channel_ids": ["7"]}
    assert settings_of(guild.pk).alone_counts


def test_nonsense_foreign_channels_and_strangers_are_refused(guild, by):
    theirs = ChannelFactory()

    for told in ({"xp_max": 3}, {"rewards": "none"}, {"level_channel": theirs}):
        with pytest.raises(HouseError):
            change_activity_settings(guild_id=guild.pk, by=by, **told)
    with pytest.raises(NotAllowed):
        change_activity_settings(guild_id=guild.pk, by=StaffFactory(), voice_counted=False)

    assert not ActivitySettings.objects.exists()
