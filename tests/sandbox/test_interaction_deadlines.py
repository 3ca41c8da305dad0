"""Three seconds, once, fifteen minutes: what a bot may not do with an interaction."""

import pytest

from sandbox import Call, Fault, Sandbox, make_world
from sandbox.permissions import BAN_MEMBERS
from tests.sandbox.clock import EVENING, Clock

ANSWER = {"type": 4, "data": {"content": "here"}}


class Desk:
    """A sandbox with one command, and somebody who uses it."""

    def __init__(self):
        self.clock = Clock()
        self.sandbox = Sandbox(make_world(now=EVENING), clock=self.clock)
        self.events = []
        self.sandbox.listeners.append(self.events.append)
        self.application = self.sandbox.world.application["id"]
        self.guild = next(iter(self.sandbox.world.guilds.values()))
        self.channel = next(c["id"] for c in self.guild.channels.values() if c["type"] == 0)
        self.human = next(i for i in self.guild.members if i != self.application)
        ping = {"name": "ping", "description": "Ping", "options": []}
        self.ask("PUT", f"/applications/{self.application}/commands", [ping])

    def ask(self, method, path, body=None, **query):
        call = Call(method, path, body=body, query=query, token="sandbox")
        reply = self.sandbox.request(call)
        code = reply.body.get("code") if isinstance(reply.body, dict) else None
        return reply.status, code, reply.body

    def use(self):
        return self.sandbox.interactions.use(self.human, self.channel, "ping")

    def answer(self, asked, body=ANSWER):
        return self.ask("POST", f"/interactions/{asked.id}/{asked.token}/callback", body)

    def after(self, asked, method, rest="", body=None):
        return self.ask(method, f"/webhooks/{self.application}/{asked.token}{rest}", body)


@pytest.fixture
def desk():
    return Desk()


def test_an_answer_in_time_is_said_once(desk):
    asked = desk.use()

    assert desk.answer(asked)[0] == 204
    assert desk.answer(asked)[:2] == (400, 40060)
    said = desk.sandbox.world.messages[desk.channel]
    assert [each["content"] for each in said.values()] == ["here"]


def test_after_three_seconds_it_is_too_late(desk):
    asked = desk.use()
    desk.clock.at += 3.1

    assert asked.state(desk.clock()) == "failed"
    assert desk.answer(asked)[:2] == (404, 10062)


def test_a_deferred_answer_has_fifteen_minutes(desk):
    asked = desk.use()
    desk.answer(asked, {"type": 5})

    desk.clock.at += 899
    in_time = desk.after(asked, "PATCH", "/messages/@original", {"content": "at last"})
    desk.clock.at += 2
    too_late = desk.after(asked, "POST", "", {"content": "more"})

    assert (in_time[0], in_time[2]["content"], in_time[2]["flags"]) == (200, "at last", 0)
    assert too_late[:2] == (401, 50027)


def test_nothing_follows_what_was_not_answered(desk):
    assert desk.after(desk.use(), "POST", "", {"content": "early"})[:2] == (404, 10015)


def test_what_one_person_sees_is_in_no_channel(desk):
    asked = desk.use()
    desk.answer(asked, {"type": 4, "data": {"content": "psst", "flags": 64}})

    assert desk.ask("GET", f"/channels/{desk.channel}/messages")[2] == []
    assert desk.after(asked, "GET", "/messages/@original")[2]["content"] == "psst"
    assert desk.after(asked, "DELETE", "/messages/@original")[0] == 204
    assert desk.after(asked, "GET", "/messages/@original")[:2] == (404, 10008)


def test_an_answer_must_fit_the_question(desk):
    for wrong in ({"type": 8, "data": {"choices": []}}, {"type": 7, "data": {}}, {"type": 99}):
        assert desk.answer(desk.use(), wrong)[:2] == (400, 50035)
    assert desk.answer(desk.use(), {"type": 4, "data": {"content": "x" * 2001}})[:2] == (400, 50035)


def test_a_command_can_arrive_twice(desk):
    desk.sandbox.add_fault(Fault("interaction_twice", times=1))

    desk.use()
    desk.use()

    told = [each.data["id"] for each in desk.events if each.name == "INTERACTION_CREATE"]
    assert len(told) == 3
    assert told[0] == told[1]


def test_the_bot_is_told_what_people_may_do(desk):
    desk.use()

    told = next(each.data for each in desk.events if each.name == "INTERACTION_CREATE")
    assert told["member"]["user"]["id"] == desk.human
    assert int(told["member"]["permissions"]) & BAN_MEMBERS
    assert int(told["app_permissions"]) & BAN_MEMBERS
