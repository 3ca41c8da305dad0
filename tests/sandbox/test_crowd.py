"""The crowd lives, and always in the same way."""

from collections import Counter

from sandbox import Sandbox, make_world
from sandbox.crowd import Crowd
from tests.sandbox.clock import EVENING, Clock


def lived(seed, *, rate=5.0, steps=120, seconds=1.0):
    clock = Clock()
    sandbox = Sandbox(make_world(now=EVENING), clock=clock, seed=1)
    events = []
    sandbox.listeners.append(events.append)
    crowd = Crowd(sandbox, seed=seed, rate=rate)
    for _ in range(steps):
        clock.at += seconds
        crowd.step()
    return sandbox, events


def test_the_same_seed_lives_the_same_life():
    first, again, other = (lived(seed)[1] for seed in (4, 4, 5))

    assert first == again
    assert first != other


def test_a_crowd_does_all_that_people_do():
    _, events = lived(4, rate=20.0, steps=300)

    seen = Counter(event.name for event in events)
    assert seen["MESSAGE_CREATE"] > 500
    for name in (
        "MESSAGE_REACTION_ADD",
        "MESSAGE_UPDATE",
        "MESSAGE_DELETE",
        "VOICE_STATE_UPDATE",
        "GUILD_MEMBER_ADD",
        "GUILD_MEMBER_REMOVE",
        "GUILD_MEMBER_UPDATE",
    ):
        assert seen[name] > 0, name


def test_a_few_people_say_most():
    _, events = lived(4, rate=20.0, steps=300)

    said = Counter(e.data["author"]["id"] for e in events if e.name == "MESSAGE_CREATE")
    tenth = sum(count for _, count in said.most_common(len(said) // 10))
    assert tenth > sum(said.values()) / 4


def test_some_make_trouble():
    _, events = lived(4, rate=20.0, steps=300)

    told = [event.data for event in events if event.name == "MESSAGE_CREATE"]
    floods = Counter((each["author"]["id"], each["content"]) for each in told)
    assert max(floods.values()) >= 4
    assert any("http://" in each["content"] for each in told)


def test_a_crowd_asleep_does_nothing():
    _, events = lived(4, rate=0.0)

    assert events == []


def test_a_jump_of_the_clock_is_not_caught_up_on():
    _, events = lived(4, rate=1.0, steps=3, seconds=10 * 86_400)

    assert len(events) < 200
