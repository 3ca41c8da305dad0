"""What people of the pretended servers did before anybody looked."""

import pytest
from django.utils import timezone

from activity.models import MemberEvent, MemberTotals, MessageEvent, Progress, VoiceSession
from activity.snowflakes import moment_of
from community.errors import HouseError
from community.models import CommandUse, CustomCommand, Guild
from community.scope import cross_guild
from config.demo import give_a_past, move_in
from config.past import tell_past
from config.pretend_discord import TOKEN
from economy.models import Posting, Purchase
from moderation.models import Case
from moderation.services.verifying import breaches
from tests.factories import GuildFactory

pytestmark = pytest.mark.django_db
KINDS_OF_ROWS = (MessageEvent, VoiceSession, MemberEvent, Posting, Purchase, Case, CommandUse)


@pytest.fixture(autouse=True)
def _pretending(settings, tmp_path):
    settings.GUILDHALL_DATA = tmp_path
    settings.DISCORD_TOKEN = TOKEN
    with cross_guild("the test looks"):
        yield


@pytest.fixture
def smallest():
    move_in()
    return Guild.objects.order_by("member_count").first()


def rows():
    return {model.__name__: model.objects.count() for model in KINDS_OF_ROWS}


def test_a_past_is_told_once_whole_and_as_if_it_had_happened(smallest):
    tell_past(guild_ids=[smallest.pk])
    told = rows()
    with pytest.raises(HouseError, match="a past already"):
        tell_past(guild_ids=[smallest.pk])

    assert told["MessageEvent"] > 1_000
    assert all(count > 5 for count in told.values())
    assert rows() == told
    assert Progress.objects.filter(level__gte=5).exists()
    assert MemberTotals.objects.filter(hours__gt=10).exists()
    assert not VoiceSession.objects.open().exists()
    assert sum(CustomCommand.objects.values_list("uses", flat=True)) > 5
    assert moment_of(MessageEvent.objects.latest_first().first().pk) < timezone.now()
    assert list(breaches()) == []


def test_the_servers_of_the_pretend_discord_are_given_a_past_and_real_ones_are_not(
    smallest, settings, monkeypatch
):
    asked = []
    monkeypatch.setattr("config.demo.tell_past", lambda *, guild_ids: asked.append(guild_ids) or 7)
    settings.DISCORD_TOKEN = "a-token-of-somebody"
    assert give_a_past() == 0
    settings.DISCORD_TOKEN = TOKEN

    assert give_a_past() == 7
    GuildFactory()
    assert give_a_past() == 0
    assert [len(each) for each in asked] == [3]
