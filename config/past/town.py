"""A pretended server as a place where people live: who was there when, and when they are lively."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from random import Random
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from community.models import Channel, Guild, Member

DAYS = timedelta(days=90)
SATURDAY = 5
AT_WEEKENDS = 1.35
FEAST, AT_A_FEAST = 0.02, 2.2  # some days are unlike others
MORNING, EVENING, MIDNIGHT, SPREAD = (
    7,
    20,
    24,
    3.5,
)  # most is said and sung around eight, by the server's own clock
STAYS_SILENT = 0.3


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who was there for a while; the fonder of it, the more often they are met."""

    user_id: int
    since: datetime
    until: datetime
    fondness: float


@dataclass(frozen=True)
class Town:
    """One pretended server, with the chance that tells its story."""

    guild_id: int
    zone: ZoneInfo
    chance: Random
    now: datetime
    people: list[Person]

    @property
    def begins(self) -> datetime:
        """When its past begins."""
        return self.now - DAYS

    @cached_property
    def texts(self) -> list[int]:
        """The channels in which everybody writes, the liveliest last."""
        channels = Channel.objects.filter(guild_id=self.guild_id, kind=Channel.Kind.TEXT)
        return self._keys(channels.exclude(name="mod-log"))

    @cached_property
    def rooms(self) -> list[int]:
        """The channels in which people speak."""
        voices = Channel.objects.filter(guild_id=self.guild_id, kind=Channel.Kind.VOICE)
        return self._keys(voices.exclude(name="AFK"))

    def _keys(self, channels: QuerySet[Channel]) -> list[int]:
        return list(channels.order_by("position").values_list("pk", flat=True))

    def days(self) -> Iterator[tuple[date, float]]:
        """Yield each day with how lively it was: a little more from week to week."""
        first, last = (each.astimezone(self.zone).date() for each in (self.begins, self.now))
        count = (last - first).days + 1
        for number in range(count):
            day = first + timedelta(days=number)
            pace = (0.7 + 0.5 * number / count) * self.chance.uniform(0.75, 1.25)
            pace *= AT_WEEKENDS if day.weekday() >= SATURDAY else 1.0
            yield day, pace * (AT_A_FEAST if self.chance.random() < FEAST else 1.0)

    def moment(self, day: date) -> datetime:
        """Return a moment of a day, most likely of its evening."""
        hour = self.chance.gauss(EVENING, SPREAD)
        if not 0 <= hour < MIDNIGHT:
            hour = self.chance.uniform(MORNING, MIDNIGHT)
        start = datetime.combine(day, time.min, self.zone)
        return (start + timedelta(hours=hour)).astimezone(UTC)

    def some(self, at: datetime, most: int) -> list[int]:
        """Return some people who were there then, each once."""
        here = [each for each in self.people if each.since <= at < each.until and each.fondness]
        if not here:
            return []
        weights = [each.fondness for each in here]
        found = self.chance.choices([each.user_id for each in here], weights, k=most)
        return list(dict.fromkeys(found))


def town_of(guild: Guild, chance: Random, now: datetime) -> Town:
    """Return a server with everybody who is there, or was."""
    humans = Member.objects.filter(guild=guild, user__is_bot=False).order_by("user_id")
    seen = list(humans.values_list("user_id", "joined_at", "left_at"))
    chance.shuffle(seen)
    people = [
        Person(user_id, since, until or now, _fondness(chance, place))
        for place, (user_id, since, until) in enumerate(seen)
    ]
    return Town(guild.pk, ZoneInfo(guild.tz), chance, now, people)


def _fondness(chance: Random, place: int) -> float:
    """Return how often somebody is met: a few are always there, some never say a word."""
    return 0.0 if chance.random() < STAYS_SILENT else 1 / (place + 4)
