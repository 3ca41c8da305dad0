"""The commands of community, used by people of a pretend Discord and answered by the real bot."""

import pytest

from community.models import Guild, Member
from tests.living_bot import LivingBot, becomes
from tests.sandbox.places import a_place

pytestmark = pytest.mark.django_db(transaction=True)


def ask(sandbox, who, place, command, **given):
    """Use a command, and return what the bot finally said to the one who asked."""
    asked = sandbox.interactions.use(who, place.channel, command, **given)

    def answered(heart):
        said = [heart.interactions.message(who, place.channel, each) for each in asked.said]
        return said if said and not any(each["flags"] & 128 for each in said) else None

    return sandbox.wait_for(answered, what=f"an answer to /{command}")


def fields(message):
    return {each["name"]: each["value"] for each in message["embeds"][0]["fields"]}


def test_people_ask_and_the_bot_answers_them_alone(sandbox):
    place = a_place(sandbox)
    with LivingBot(sandbox):
        becomes(Guild.objects.count, 3)
        becomes(lambda: Member.objects.filter(user_id=place.owner).exists(), wanted=True)

        (pong,) = ask(sandbox, place.human, place, "ping")
        (helped,) = ask(sandbox, place.human, place, "help")
        (server,) = ask(sandbox, place.human, place, "server")
        (person,) = ask(sandbox, place.owner, place, "whois", person=place.human)
        (stranger,) = ask(sandbox, place.owner, place, "whois", person=unknown(sandbox, place))

    assert fields(pong)["Remembering (database)"].endswith("ms")
    assert "`/server`" in helped["embeds"][0]["description"]
    assert "/whois" not in helped["embeds"][0]["description"]
    assert fields(server)["Owner"] == f"<@{place.owner}>"
    username = sandbox.do(lambda heart: heart.world.users[place.human]["username"])
    assert f"@{username}" in fields(person)["Names"]
    assert stranger["content"] == "I have never met this person here."
    assert all(each["flags"] & 64 for each in (pong, helped, server, person, stranger))


def unknown(sandbox, place):
    """Somebody who was never in the server."""

    def found(heart):
        here = heart.world.guilds[place.guild].members
        return next(user_id for user_id in heart.world.users if user_id not in here)

    return sandbox.do(found)
