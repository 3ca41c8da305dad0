"""Commands, buttons and forms, as humans use them and a real bot answers them."""

import asyncio

import pytest

from sandbox.refusals import Refusal
from tests.sandbox.guest import guest_at
from tests.sandbox.places import a_place


async def answered(sandbox, interaction, words=1):
    """The bot's messages to an interaction, once there are so many and none is thinking."""

    def said(heart):
        place = interaction.place
        found = [
            heart.interactions.message(place.user_id, place.channel["id"], each)
            for each in interaction.said
        ]
        is_done = len(found) >= words and not any(each["flags"] & 128 for each in found)
        return found if is_done else None

    return await asyncio.to_thread(sandbox.wait_for, said, what="an answer")


def test_a_slash_command_meets_a_member_with_permissions(sandbox, monkeypatch):
    place = a_place(sandbox)

    async def greet():
        async with guest_at(sandbox, monkeypatch) as bot:
            asked = sandbox.interactions.use(
                place.human, place.channel, "greet", member=place.owner, times="3"
            )
            return await answered(sandbox, asked), bot.troubles

    (said,), troubles = asyncio.run(greet())

    name = sandbox.do(lambda heart: heart.world.users[place.owner]["username"])
    assert said["content"] == f"hello {name} x3 True"
    assert said["flags"] & 64
    assert not sandbox.do(lambda heart: heart.world.messages.get(place.channel))
    assert troubles == []


def test_a_deferred_answer_becomes_the_first_words(sandbox, monkeypatch):
    place = a_place(sandbox)

    async def think():
        async with guest_at(sandbox, monkeypatch):
            asked = sandbox.interactions.use(place.human, place.channel, "think")
            return await answered(sandbox, asked, words=2)

    first, second = asyncio.run(think())

    assert (first["content"], second["content"]) == ("thought", "and more")
    assert not first["flags"] & 64
    assert second["flags"] & 64


def test_who_may_not_use_a_command_is_not_offered_it(sandbox, monkeypatch):
    place = a_place(sandbox)

    async def insist():
        async with guest_at(sandbox, monkeypatch):
            with pytest.raises(Refusal, match="no command strict"):
                sandbox.interactions.use(place.human, place.channel, "strict")
            asked = sandbox.interactions.use(place.owner, place.channel, "strict")
            return await answered(sandbox, asked)

    assert asyncio.run(insist())[0]["content"] == "strict"


def test_buttons_and_menus_work(sandbox, monkeypatch):
    place = a_place(sandbox)

    async def press():
        async with guest_at(sandbox, monkeypatch):
            shown = sandbox.interactions.use(place.owner, place.channel, "strict")
            message = (await answered(sandbox, shown))[0]["id"]
            where = (place.human, place.channel, message)
            chosen = sandbox.interactions.press(*where, "who", [place.human])
            chosen = (await answered(sandbox, chosen))[0]["content"]
            pressed = sandbox.interactions.press(*where, "more")
            await asyncio.to_thread(sandbox.wait_for, lambda _: pressed.answer == 7)
            edited = sandbox.do(lambda heart: heart.world.messages[place.channel][message])
            return chosen, edited

    chosen, edited = asyncio.run(press())

    name = sandbox.do(lambda heart: heart.world.users[place.human]["username"])
    assert chosen == f"chosen: {name}"
    assert (edited["content"], edited["components"]) == ("more of it", [])


def test_a_form_is_shown_and_sent(sandbox, monkeypatch):
    place = a_place(sandbox)

    async def fill():
        async with guest_at(sandbox, monkeypatch):
            asked = sandbox.interactions.use(place.human, place.channel, "ask")
            await asyncio.to_thread(sandbox.wait_for, lambda _: asked.form)
            with pytest.raises(Refusal, match="Why"):
                sandbox.interactions.submit(asked.id, {"why": ""})
            sent = sandbox.interactions.submit(asked.id, {"why": "it rains"})
            return await answered(sandbox, sent)

    assert asyncio.run(fill())[0]["content"] == "because it rains"


def test_an_option_completes_itself(sandbox, monkeypatch):
    place = a_place(sandbox)

    async def typed():
        async with guest_at(sandbox, monkeypatch):
            asked = sandbox.interactions.complete(
                place.human, place.channel, "fruit", "name", name="ap"
            )
            await asyncio.to_thread(sandbox.wait_for, lambda _: asked.choices)
            return asked.choices

    assert [each["value"] for each in asyncio.run(typed())] == ["apple", "apricot"]


def test_menus_of_people_and_messages_offer_commands(sandbox, monkeypatch):
    place = a_place(sandbox)
    message = sandbox.people.say(place.human, place.channel, "wise words")

    async def choose():
        async with guest_at(sandbox, monkeypatch):
            where = (place.human, place.channel)
            look = sandbox.interactions.use_on_user(*where, "Look at", place.owner)
            quote = sandbox.interactions.use_on_message(*where, "Quote", message["id"])
            seen = (await answered(sandbox, look))[0]["content"]
            return seen, (await answered(sandbox, quote))[0]["content"]

    name = sandbox.do(lambda heart: heart.world.users[place.owner]["username"])
    assert asyncio.run(choose()) == (f"seen {name}", "> wise words")
