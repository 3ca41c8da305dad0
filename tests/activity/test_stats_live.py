"""How a server does, as Discord shows it."""

import pytest
from django.utils import timezone

from community.models import Guild
from tests.activity.factories import GuildHourFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_server_is_shown_as_a_picture_in_the_days_that_are_asked_for(here):
    guild = Guild.objects.get(pk=here.guild_id)
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    GuildHourFactory(guild=guild, hour=hour, messages=412)

    seen = here.use("stats", over=7)
    nothing = here.use("stats", of="channels")

    assert seen["content"].startswith("**Messages, the last 7 days**")
    assert "These days 412" in seen["content"]
    assert seen["attachments"][0]["filename"] == "stats.png"
    assert nothing["content"].endswith("Nothing was counted yet.")
    assert not nothing["attachments"]
