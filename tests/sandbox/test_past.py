"""A new world has a past: people talked before anybody looked."""

from sandbox import Sandbox, make_world
from sandbox.crowd import Crowd
from tests.sandbox.clock import EVENING, Clock


def test_people_of_a_new_world_have_talked_already():
    heart = Sandbox(make_world(now=EVENING), clock=Clock(), seed=1)

    Crowd(heart, rate=0.5).remember(20 * 60)

    said = [one for each in heart.world.messages.values() for one in each.values()]
    assert len(said) > 200
    assert {one["timestamp"][:10] for one in said} == {said[0]["timestamp"][:10]}
    assert heart.now == EVENING
    assert all(len(guild.members) > 20 for guild in heart.world.guilds.values())
