"""Channels are locked and given back exactly as they were; many bans are many decisions."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction

from community.errors import HouseError
from community.models import Errand, StandingOrder
from community.scope import guild_scope
from community.services.errands import hold_errands
from moderation.errors import NothingToDo
from moderation.models import Case
from moderation.services.bulk import bulk_ban, preview_bulk_ban
from moderation.services.channels import (
    SPEAK,
    Filter,
    lock_channels,
    purge_channel,
    slow_channel,
    unlock_channels,
)
from moderation.services.docket import Decision, lock_docket
from moderation.words import log_message
from tests.factories import ChannelFactory, OverwriteFactory
from tests.living_bot import eventually

pytestmark = pytest.mark.django_db
MODERATOR = 7


@pytest.fixture
def decided(guild):
    return Decision(guild_id=guild.pk, moderator_id=MODERATOR)


def rights(guild, channel):
    errand = Errand.objects.of(guild.pk).get(dedupe_key=f"rights:{channel.pk}")
    return errand.payload["rights"]


def test_a_lockdown_gives_back_exactly_what_was(guild, decided):
    plain, special = ChannelFactory.create_batch(2, guild=guild)
    OverwriteFactory(guild=guild, channel=special, target_id=guild.pk, allow=SPEAK | 1, deny=2)
    both = [plain.pk, special.pk]

    case = lock_channels(decision=decided, channel_ids=both)
    assert case.channel is None
    assert rights(guild, plain) == ["0", str(SPEAK)]
    assert rights(guild, special) == ["1", str(SPEAK | 2)]
    with pytest.raises(NothingToDo):
        lock_channels(decision=decided, channel_ids=both)
    for_all = {"guild": guild, "target_id": guild.pk}
    OverwriteFactory(**for_all, channel=plain, deny=SPEAK)
    special.overwrites.update(allow=1, deny=SPEAK | 2)
    case = unlock_channels(decision=decided, channel_ids=both)
    assert case.comment == "2 channels."
    assert rights(guild, plain) is None
    assert rights(guild, special) == [str(SPEAK | 1), "2"]
    with pytest.raises(NothingToDo):
        unlock_channels(decision=decided, channel_ids=both)


def test_what_others_changed_meanwhile_is_kept_and_told(guild, decided):
    channel = ChannelFactory(guild=guild, name="poetry")
    about = {"guild": guild, "channel": channel, "target_id": guild.pk}
    mine = OverwriteFactory(**about, allow=SPEAK | 1, deny=2)
    lock_channels(decision=decided, channel_ids=[channel.pk])
    # As the lock has left it, but for one bit given and one no longer denied.
    mine.allow, mine.deny = 1 | 4, SPEAK
    mine.save()

    case = unlock_channels(decision=decided, channel_ids=[channel.pk])

    assert rights(guild, channel) == [str(SPEAK | 1 | 4), "0"]
    assert case.comment == "Kept what others changed meanwhile in #poetry."
    assert "#poetry" in log_message(case, until=None, state="")["embeds"][0]["description"]


def test_what_somebody_opened_by_hand_stays_open(guild, decided):
    channel = ChannelFactory(guild=guild)
    OverwriteFactory(guild=guild, channel=channel, target_id=guild.pk, deny=SPEAK)
    lock_channels(decision=decided, channel_ids=[channel.pk])
    channel.overwrites.update(deny=0)

    unlock_channels(decision=decided, channel_ids=[channel.pk])

    assert rights(guild, channel) == ["0", "0"]


def test_slowmode_is_as_was_said_last(guild, decided):
    channel = ChannelFactory(guild=guild)

    for seconds in (30, 5):
        slow_channel(decision=decided, channel=channel, seconds=seconds)

    assert Errand.objects.of(guild.pk).get(kind="slowmode").payload["seconds"] == 5
    with pytest.raises(HouseError, match="six hours"):
        slow_channel(decision=decided, channel=channel, seconds=99_999)


def test_a_purge_leaves_a_record(guild, decided):
    channel = ChannelFactory(guild=guild)

    case = purge_channel(decision=decided, channel=channel, which=Filter(count=5, user_id=400))

    assert (case.kind, case.channel) == ("purge", channel)
    assert Errand.objects.of(guild.pk).get(kind="purge").payload["user_id"] == "400"


def test_many_bans_leave_out_whom_they_may_not_touch(guild, decided):
    people = [MODERATOR, 401, 402]

    foreseen = preview_bulk_ban(decision=decided, user_ids=people)
    assert not Case.objects.of(guild.pk).exists()
    done = bulk_ban(decision=decided, user_ids=people, reason="Raid")

    assert foreseen.banned == done.banned == (401, 402)
    assert foreseen.refused == done.refused == {MODERATOR: "Nobody does this to themselves."}
    assert StandingOrder.objects.of(guild.pk).filter(kind="ban", wanted=True).count() == 2
    with pytest.raises(HouseError, match="200"):
        preview_bulk_ban(decision=decided, user_ids=range(201))


@pytest.mark.django_db(transaction=True)
def test_who_unlocks_waits_for_the_bot_before_they_take_the_docket(guild, decided):
    channel = ChannelFactory(guild=guild)
    lock_channels(decision=decided, channel_ids=[channel.pk])

    def unlock():
        try:
            with guild_scope(guild.pk):
                return unlock_channels(decision=decided, channel_ids=[channel.pk])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            hold_errands(guild_id=guild.pk, dedupe_keys=[f"rights:{channel.pk}"])
            unlocking = threads.submit(unlock)
            eventually(somebody_waits)
            lock_docket(guild.pk)
        assert unlocking.result().number == 2


def somebody_waits():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()
