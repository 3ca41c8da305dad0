"""Talk: conversations of a few people in one channel; some words are changed or taken back."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from activity.services.messages import Deletion, Edit, Message, Told
from activity.snowflakes import first_id_at
from config.past.town import Town

PEOPLE_FOR_A_TALK = 18
LARGEST = 5
PAUSE = 45.0  # seconds between two words, in the mean
REPLIES, FILES, LINKS, CHANGED, TAKEN_BACK = 0.25, 0.06, 0.04, 0.03, 0.01
LETTERS_OF_A_WORD = 5
LATER = timedelta(minutes=2)


def talk_of(town: Town) -> list[Told]:
    """Return what was written, in the order of time."""
    told: list[Told] = []
    for day, pace in town.days():
        for _ in range(round(len(town.people) / PEOPLE_FOR_A_TALK * pace)):
            told += _conversation(town, town.moment(day))
    return told


def _conversation(town: Town, at: datetime) -> Iterator[Told]:
    people = town.some(at, town.chance.randint(1, LARGEST))
    # A few channels see most of it.
    place = int((len(town.texts) + 1) ** town.chance.random()) - 1
    count = min(40, int(town.chance.paretovariate(1.1)) + 2) if people else 0
    for _ in range(count):
        at += timedelta(seconds=town.chance.expovariate(1 / PAUSE))
        if at >= town.now - LATER:
            return
        message = _message(town, at, town.texts[place], town.chance.choice(people))
        yield message
        yield from _second_thoughts(town, message, at + LATER)


def _message(town: Town, at: datetime, channel_id: int, user_id: int) -> Message:
    chance = town.chance
    characters = min(1_800, int(chance.lognormvariate(3.6, 0.9)) + 1)
    return Message(
        guild_id=town.guild_id,
        id=first_id_at(at) | chance.getrandbits(22),
        channel_id=channel_id,
        user_id=user_id,
        characters=characters,
        words=max(1, characters // LETTERS_OF_A_WORD),
        has_attachment=chance.random() < FILES,
        has_embed=chance.random() < LINKS,
        is_reply=chance.random() < REPLIES,
    )


def _second_thoughts(town: Town, message: Message, at: datetime) -> Iterator[Told]:
    fate = town.chance.random()
    if fate < CHANGED:
        yield Edit(town.guild_id, message.id, at)
    elif fate < CHANGED + TAKEN_BACK:
        yield Deletion(town.guild_id, message.id, at)
