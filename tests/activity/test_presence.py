"""Changes of status become seconds, in the servers that ask for them."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from activity import presence as presences
from activity.models import PresenceDay
from activity.presence import Presence
from community.models import GuildSettings
from community.scope import cross_guild
from tests.activity.bridge import at_once, here
from tests.factories import GuildFactory, GuildSettingsFactory, UserFactory

pytestmark = pytest.mark.django_db

EVENING = datetime(2026, 3, 1, 23, 58, tzinfo=UTC)
ANNA, BOT = 41, 42


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(presences, "call", here)
    with cross_guild("the test looks"):
        yield


@pytest.fixture
def asking():
    """A server that asks for presence."""
    guild = GuildFactory()
    GuildSettingsFactory(guild=guild, presence_enabled=True)
    return guild


class Watched:
    """A presence that is told things at moments of the test's choice."""

    def __init__(self, guild):
        self.guild, self.moment = guild, EVENING
        self.presence = Presence(now=lambda: self.moment)
        at_once(self.presence.look())

    def shows(self, who, seconds, **clients):
        """Let somebody be seen so, some seconds into the evening."""
        self.moment = EVENING + timedelta(seconds=seconds)
        told = {"guild_id": str(self.guild.pk), "user": {"id": str(who)}, "client_status": clients}
        self.presence.hear("PRESENCE_UPDATE", told)

    def hear(self, event, seconds, **data):
        self.moment = EVENING + timedelta(seconds=seconds)
        self.presence.hear(event, data)

    def write(self, seconds):
        self.moment = EVENING + timedelta(seconds=seconds)
        at_once(self.presence.write())


def written():
    rows = PresenceDay.objects.order_by("day", "client")
    return list(rows.values_list("day__day", "client", "online_s", "idle_s", "dnd_s"))


def test_seconds_are_counted_by_day_and_by_what_people_use(asking):
    seen = Watched(asking)

    seen.shows(ANNA, 0, desktop="online", mobile="idle")
    seen.shows(ANNA, 60, desktop="dnd")
    seen.write(100)
    seen.write(180)
    seen.shows(ANNA, 200)
    seen.write(300)

    assert written() == [
        (1, "desktop", 60, 0, 60),
        (1, "mobile", 0, 60, 0),
        (2, "desktop", 0, 0, 80),
    ]


def test_the_same_told_again_counts_once(asking):
    seen = Watched(asking)

    for second in (0, 0, 10, 10, 30):
        seen.shows(ANNA, second, web="online")
    seen.write(30)

    assert written() == [(1, "web", 30, 0, 0)]


def test_nobody_is_counted_where_nobody_asked():
    guild = GuildFactory()
    GuildSettingsFactory(guild=guild)
    seen = Watched(guild)

    seen.shows(ANNA, 0, web="online")
    seen.write(60)

    assert written() == []


def test_a_server_that_asks_no_more_is_counted_no_more(asking):
    seen = Watched(asking)
    seen.shows(ANNA, 0, web="online")

    GuildSettings.objects.update(presence_enabled=False)
    at_once(seen.presence.look())
    seen.write(60)

    assert written() == []


def test_bots_are_always_there_and_do_not_count(asking):
    UserFactory(pk=BOT, is_bot=True)
    seen = Watched(asking)

    seen.shows(BOT, 0, web="online")
    seen.write(60)

    assert written() == []


def test_who_is_online_is_told_with_the_server_and_what_nobody_saw_is_not_counted(asking):
    seen = Watched(asking)
    anna = {"user": {"id": str(ANNA)}, "client_status": {"web": "online"}}
    seen.hear("GUILD_CREATE", 0, id=str(asking.pk), presences=[anna])

    seen.hear("GUILD_CREATE", 3_600, id=str(asking.pk), presences=[anna])
    seen.write(3_610)

    assert written() == [(2, "web", 10, 0, 0)]


def test_whoever_leaves_is_seen_no_more(asking):
    seen = Watched(asking)
    seen.shows(ANNA, 0, web="idle")

    gone = {"guild_id": str(asking.pk), "user": {"id": str(ANNA)}}
    seen.hear("GUILD_MEMBER_REMOVE", 20, **gone)
    seen.write(60)

    assert written() == [(1, "web", 0, 20, 0)]


def test_what_could_not_be_written_waits(asking, monkeypatch):
    seen = Watched(asking)
    seen.shows(ANNA, 0, web="online")

    def refuse(**_):
        raise ConnectionError

    with monkeypatch.context() as away:
        away.setattr(presences, "add_presence", refuse)
        with suppress(ConnectionError):
            seen.write(30)
    seen.write(60)

    assert written() == [(1, "web", 60, 0, 0)]
