"""What was decided is done at the pretend Discord, and its case says so."""

import pytest

from community.models import Channel, Errand, Member
from community.scope import cross_guild, guild_scope
from moderation.models import Case, CaseEvent
from moderation.services import deeds
from moderation.services.channels import (
    Filter,
    lock_channels,
    purge_channel,
    slow_channel,
    unlock_channels,
)
from moderation.services.docket import Decision, Deed
from tests.living_bot import LivingBot, becomes
from tests.sandbox.places import a_place

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def place(sandbox, settings):
    settings.DISCORD_READY_PAUSE_MS = 50
    place = a_place(sandbox)
    with LivingBot(sandbox, carries_out=True), cross_guild("a test looks everywhere"):
        becomes(lambda: is_known(place), wanted=True)
        yield place


def is_known(place):
    return Member.objects.filter(guild_id=int(place.guild), user_id=int(place.human)).exists()


def confirmed(case):
    events = CaseEvent.objects.filter(guild_id=case.guild_id, case=case, verb="delivered")
    return lambda: (events.exists(), why(case)) if not events.exists() else (True, "")


def why(case):
    errors = Errand.objects.filter(guild_id=case.guild_id).values_list("kind", "last_error")
    return [each for each in errors if each[1]]


def test_deeds_are_done_and_confirmed(sandbox, place):
    decision = Decision(guild_id=int(place.guild), is_sure=True)
    channel = Channel.objects.filter(guild_id=decision.guild_id, kind="text").first()
    on = {"decision": decision, "channel": channel}
    one = {"decision": decision, "channel_ids": [channel.pk]}
    about = {"user_id": int(place.human), "reason": "Spam"}

    with guild_scope(decision.guild_id):
        mute = deeds.mute_member(decision=decision, deed=Deed(kind="mute", **about))
    becomes(confirmed(mute), (True, ""))
    becomes(lambda: Case.objects.get(guild_id=mute.guild_id, pk=mute.pk).message, "sent")
    for deed in (
        lambda: lock_channels(**one),
        lambda: unlock_channels(**one),
        lambda: slow_channel(**on, seconds=5),
        lambda: purge_channel(**on, which=Filter(count=5)),
        lambda: deeds.softban_member(decision=decision, deed=Deed(kind="softban", **about)),
    ):
        with guild_scope(decision.guild_id):
            case = deed()
        becomes(confirmed(case), (True, ""))

    here = sandbox.do(lambda heart: place.human in heart.world.guilds[place.guild].members)
    assert not here
