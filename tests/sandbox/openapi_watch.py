"""A pytest plugin: every call to the pretend Discord is held against Discord's own description.

It looks at each call and each reply, wherever they come from; those that differ from one already
looked at in nothing but digits are counted and not looked at again, since drills make 100,000s.
"""

import json
import os
import re
from collections import Counter
from dataclasses import dataclass, field

import pytest

import sandbox
from sandbox.routing import find
from tests.sandbox.openapi import Description, excuse_for, find_description, read_description

DIGITS = re.compile(r"\d+")


@dataclass
class Ledger:
    """What was looked at, and what differed."""

    requests: int = 0
    replies: int = 0
    differences: Counter = field(default_factory=Counter)
    alarms: Counter = field(default_factory=Counter)
    by_shape: dict = field(default_factory=dict)
    description: Description | None = None

    def look(self, call, reply) -> None:
        found = find(call.method, call.path)
        # A path that no bot should ask for is answered with a 404, and that is all of it.
        if self.description is None or found is None:
            return
        template = found[0].template
        if template == "/oauth2/applications/@me":
            template = "/applications/@me"  # the same thing, of which only this is described whole
        name = f"{call.method} {template}"
        asked = _shape(name, dict(call.query), call.body, bool(call.files))
        self.requests += 1
        # What Discord refuses as malformed need not be well-formed.
        if reply.status != 400:
            told = self.description.request_differences
            self._judge(asked, f"request {name}", lambda: told(call.method, template, call))
        self.replies += 1
        given = _shape(name, reply.status, reply.body)
        told_back = self.description.reply_differences
        self._judge(given, f"reply {name}", lambda: told_back(call.method, template, reply))

    def _judge(self, shape, where, ask) -> None:
        if shape not in self.by_shape:
            self.by_shape[shape] = [f"{where}: {each}" for each in ask()]
        for each in self.by_shape[shape]:
            if why := excuse_for(*each.split(": ", 1)):
                self.alarms[f"false alarm: {why}"] += 1
            else:
                self.differences[each] += 1


LEDGER = Ledger()


def _shape(name, *parts) -> tuple[str, str]:
    return name, DIGITS.sub("0", json.dumps(parts, sort_keys=True))


def pytest_configure(config):
    """Put the watch at the heart's door; without a description say so, or refuse."""
    path = find_description()
    if path is None or not path.exists():
        if os.environ.get("CI") == "true" or path is not None:
            raise pytest.UsageError(f"There is no description of Discord's API at {path}.")
        return
    LEDGER.description = Description(read_description(path))
    answer = sandbox.Sandbox.request

    def watched(self, call):
        reply = answer(self, call)
        LEDGER.look(call, reply)
        return reply

    sandbox.Sandbox.request = watched


@pytest.fixture(autouse=True)
def _spoken_as_discord_describes():
    before = set(LEDGER.differences)
    yield
    fresh = sorted(set(LEDGER.differences) - before)
    assert not fresh, "not as Discord describes it:\n  " + "\n  ".join(fresh)


def pytest_terminal_summary(terminalreporter):
    """Say how much was looked at, and what differed."""
    write = terminalreporter.write_line
    if find_description() is None:
        write("DISCORD'S DESCRIPTION IS MISSING: no call to the sandbox was held against it")
    elif LEDGER.requests:
        write(
            f"discord's description: {LEDGER.requests} requests, {LEDGER.replies} replies, "
            f"{sum(LEDGER.differences.values())} differ, {len(LEDGER.alarms)} known false alarms"
        )
    for each, count in (LEDGER.differences + LEDGER.alarms).most_common():
        write(f"  {count:5} {each}")


def pytest_sessionfinish(session):
    """Hand the figures of an xdist worker to the one who started it."""
    if hasattr(session.config, "workeroutput"):
        told = LEDGER.requests, LEDGER.replies, dict(LEDGER.differences), dict(LEDGER.alarms)
        session.config.workeroutput["openapi"] = told


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error):
    """Add up what the workers saw."""
    told = getattr(node, "workeroutput", {}).get("openapi", (0, 0, {}, {}))
    LEDGER.requests += told[0]
    LEDGER.replies += told[1]
    LEDGER.differences.update(told[2])
    LEDGER.alarms.update(told[3])
