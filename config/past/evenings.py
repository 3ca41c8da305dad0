"""Evenings in voice: a few come together in a room, each for a while."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from community.services.mirror.facts import News, VoiceState, VoiceTold
from config.past.town import Town

PEOPLE_FOR_A_GATHERING = 70
LARGEST = 6
MUTED = 0.15
LAST_COMES, SHORTEST, LONGEST = 30, 10, 170  # minutes
JUST_NOW = timedelta(hours=1)  # who is there now, Discord tells


def evenings_of(town: Town) -> list[News]:
    """Return who came into which room and when they left again; nobody is in two at a time."""
    told: list[News] = []
    busy: dict[int, datetime] = {}
    for start in sorted(_beginnings(town)):
        room = town.chance.choice(town.rooms)
        for user_id in town.some(start, town.chance.randint(2, LARGEST)):
            come = start + timedelta(minutes=town.chance.uniform(0, LAST_COMES))
            leave = come + timedelta(minutes=town.chance.uniform(SHORTEST, LONGEST))
            if leave < town.now - JUST_NOW and busy.get(user_id, come) <= come:
                busy[user_id] = leave
                told += _stay(town, user_id, room, (come, leave))
    return told


def _beginnings(town: Town) -> Iterator[datetime]:
    usual = len(town.people) / PEOPLE_FOR_A_GATHERING
    for day, pace in town.days():
        for _ in range(round(usual * pace * town.chance.uniform(0.5, 1.5))):
            yield town.moment(day)


def _stay(town: Town, user_id: int, room: int, span: tuple[datetime, datetime]) -> Iterator[News]:
    muted = town.chance.random() < MUTED
    for channel_id, at in zip((room, None), span, strict=True):
        state = VoiceState(user_id=user_id, channel_id=channel_id, muted=muted)
        yield News(VoiceTold(state), at)
