"""Asks everything on behalf of somebody, and tells what came out that is none of their business."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from email.header import decode_header, make_header
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from unittest.mock import patch
from urllib.parse import quote, urlencode

from django.conf import settings
from django.contrib.messages.storage.base import BaseStorage
from django.db import connection, transaction
from django.template.base import Template
from django.test import Client
from django.urls import Resolver404, URLResolver, resolve

from community.admin import keeping
from community.models import Staff
from community.services import problems
from tests.security.asks import Ask, Asks
from tests.security.forms import Page
from tests.security.listening import Ears
from tests.security.memory import Memory, remembered
from tests.security.routes import Route, routes
from tests.security.world import HOUSE, NOBODYS, THEIRS, Mark, Watch, World

if TYPE_CHECKING:
    from django.http import HttpResponse

TOKEN = re.compile(r"\b[A-Za-z0-9]{64}\b")
WRITES = re.compile(
    r"\s*(?:WITH .*?)?(INSERT INTO|UPDATE|DELETE FROM) (?!\"?django_session)", re.DOTALL
)
NOTHING = r"(?!)"
SIZE = "Content-Length"
ELSEWHERE = {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME}
# It says 503 where no clock runs, which is its purpose.
MAY_FAIL = {"/readyz"}
REFUSED = {400, 403}


@dataclass(frozen=True)
class Fault:
    """Something that a request should not have brought about."""

    what: str
    ask: Ask
    words: str

    def __str__(self) -> str:
        return f"{self.what}: {self.ask.method} {self.ask.address} {self.ask.fields} {self.words}"


@dataclass
class Report:
    """What was asked, and what was found."""

    asked: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    answered: Counter[tuple[str, int]] = field(default_factory=Counter)
    pages: dict[str, str] = field(default_factory=dict)

    @property
    def requests(self) -> int:
        return sum(self.asked.values())

    def add(self, other: Report) -> Report:
        self.asked += other.asked
        self.faults += other.faults
        self.answered += other.answered
        return self

    def visited(self) -> set[str]:
        """Name the patterns that somebody got an answer from."""
        return {route for route, status in self.answered if status not in (404, 405)}


@dataclass(frozen=True)
class Answer:
    """A response, its headers and the messages that the next page will show, in one text."""

    status: int
    text: str
    kind: str


class Crawler:
    """Walks the house in somebody's name; what it changes is undone after each request."""

    def __init__(
        self,
        world: World,
        person: Staff | None,
        *,
        secret: Iterable[Mark] = (THEIRS, HOUSE),
        sees_only: bool = False,
    ) -> None:
        self.client = Client(raise_request_exception=False)
        if person:
            self.client.force_login(person)
            # The session begins with its first page; no later request has to write it again.
            self.client.get("/")
        self.cookies = {name: each.value for name, each in self.client.cookies.items()}
        self.secret = tuple(secret)
        self.marks = re.compile("|".join(each.pattern() for each in self.secret), re.IGNORECASE)
        self.blurred = [*self.secret, NOBODYS]
        any_mark = "|".join(
            each.pattern(r"(?:[,.\s\u00a0\u202f]?\d{3}){0,3}") for each in self.blurred
        )
        self.any_mark = re.compile(any_mark, re.IGNORECASE)
        self.watch = Watch(person or Staff(), world.b, *([world.a] if sees_only else []))
        self.world = world
        self.writes = 0
        self.memory, self.ears = Memory(), Ears()
        self.messages: list[str] = []
        self.answers: dict[Ask, Answer] = {}
        self.unheard: list[Ask] = []
        self.texts: dict[str, str] = {}
        self.report = Report()

    def crawl(
        self,
        only: str = "",
        *,
        among: Iterable[Route] | None = None,
        within: Iterable[str] | None = None,
    ) -> Report:
        """Ask everything, of the patterns whose name holds `only`; `within` names the parts."""
        chosen = [each for each in among or routes() if only in each.name]
        asks = Asks(self.world, chosen)
        with self._at_work():
            self._ask_all(asks.pages())
            asks.answering = {each for each, status in self.report.answered if status < 400}
            for part in ("foreign_rows", "questions", "posts") if within is None else within:
                self._ask_all(getattr(asks, part)())
            self._ask_all(self._of_pages(asks, chosen))
            while heard := [ask for ask in self.unheard if self._may_be_heard(ask)]:
                self.unheard = [ask for ask in self.unheard if ask not in heard]
                self._ask_all(heard)
        return self.report

    def visit(self) -> Report:
        """Ask only for every page as it is meant."""
        with self._at_work():
            self._ask_all(Asks(self.world, routes()).pages())
        return self.report

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        with (
            quick(self._count, self.messages),
            remembered(self.memory),
            self.ears.listening(),
            transaction.atomic(),
        ):
            self.place = transaction.savepoint()
            yield
            transaction.set_rollback(True)

    def _of_pages(self, asks: Asks, chosen: list[Route]) -> Iterator[Ask]:
        models = {route.name: route.model for route in chosen}
        for address, html in list(self.report.pages.items()):
            yield from asks.of_page(Page(address, html), models.get(resolve(address).route))

    def _ask_all(self, asks: Iterable[Ask]) -> None:
        for ask in asks:
            if self._may_be_heard(ask):
                self.ask(ask)
            else:
                self.unheard.append(ask)

    def _may_be_heard(self, ask: Ask) -> bool:
        if ask.first and self.answers[ask.first].status in REFUSED:
            return False
        return not ask.about or self.ears.may_hear((route_of(ask.address), ask.method), ask.about)

    def ask(self, ask: Ask) -> None:
        """Send one request, and the same about something that never was."""
        answer = self._answer(ask)
        twin = self._twin(ask)
        if twin != ask and answer.text != (other := self._answer(twin)).text:
            words = first_difference(answer.text, other.text)
            self._fault("tells it from nothing", ask, words)

    def _answer(self, ask: Ask) -> Answer:
        """Return the answer to a request, which is the same whenever it is asked."""
        if ask not in self.answers:
            answer = self._send(ask)
            if self._twin(ask) == ask:
                self._expect_no_mark(ask, answer)
                if ask.kind in {"page", "own row"}:
                    self._keep(ask, answer)
            text = self._blur(answer.text)
            text = self.texts.setdefault(text, text)
            self.answers[ask] = replace(answer, text=text)
        return self.answers[ask]

    def _keep(self, ask: Ask, answer: Answer) -> None:
        if answer.status == 200 and answer.kind.startswith("text/html"):
            self.report.pages[ask.address] = answer.text

    def _twin(self, ask: Ask) -> Ask:
        fields = tuple((self._swap(name), self._swap(value)) for name, value in ask.fields)
        return replace(ask, address=self._swap(ask.address), fields=fields)

    def _swap(self, text: str) -> str:
        """Put what nobody has in place of each mark; one number that nobody has is like another."""
        for mark in self.secret:
            text = re.sub(rf"{mark.digits}(\d{{9}})?", nobodys_number, text)
            text = text.replace(mark.letter, NOBODYS.letter).replace(mark.word, NOBODYS.word)
        return text

    def _blur(self, text: str) -> str:
        return TOKEN.sub("TOKEN", self.any_mark.sub("\N{CURRENCY SIGN}", text))

    def _expect_no_mark(self, ask: Ask, answer: Answer) -> None:
        if found := self.marks.search(answer.text):
            start = max(found.start() - 60, 0)
            self._fault("leak", ask, answer.text[start : found.end() + 40])

    def _fault(self, what: str, ask: Ask, words: str) -> None:
        self.report.faults.append(Fault(what, ask, words))

    def _send(self, ask: Ask) -> Answer:
        self.report.asked[ask.kind] += 1
        self.ears.page = route_of(ask.address), ask.method
        self.writes = 0
        response = self._request(ask)
        text = "\n".join([spelled(response), *self.messages])
        self._look_after(ask, response)
        self._undo()
        return Answer(response.status_code, text, response.get("Content-Type", ""))

    def _undo(self) -> None:
        """Let the world be as it was before the request."""
        if self.memory.has_changed or transaction.get_rollback():
            transaction.set_rollback(False)
            transaction.savepoint_rollback(self.place)
            self.memory.undo()
        connection.run_on_commit.clear()
        self.messages.clear()
        self._reset_cookies()

    def _request(self, ask: Ask) -> HttpResponse:
        body, address = urlencode(ask.fields), quote(ask.address, safe="/%")
        kind = "application/x-www-form-urlencoded"
        if ask.method == "GET":
            return self.client.get(f"{address}?{body}" if body else address)
        return self.client.post(address, body, content_type=kind)

    def _look_after(self, ask: Ask, response: HttpResponse) -> None:
        self.report.answered[route_of(ask.address), response.status_code] += 1
        if response.status_code >= 500 and ask.address not in MAY_FAIL:
            self._fault("broken", ask, f"{response.status_code} {why(response)}")
        if "Content-Security-Policy" not in response.headers:
            self._fault("no policy", ask, "")
        if self.writes and (changed := self.watch.changed()):
            self._fault("write", ask, ", ".join(changed))

    def _reset_cookies(self) -> None:
        self.client.cookies.clear()
        for name, value in self.cookies.items():
            self.client.cookies[name] = value

    def _count(self, execute, sql, params, many, context):
        self.writes += bool(WRITES.match(sql if isinstance(sql, str) else ""))
        return execute(sql, params, many, context)


@contextmanager
def quick(wrapper, messages: list[str]) -> Iterator[None]:
    """Render pages without keeping what they were made of, and log none of the refusals.

    What every page's badge counts, where its links lead and what would leave is the same each time:
    asked once.
    """
    add, in_the_way = BaseStorage.add, cache(problems._rows)
    way_to, bot = cache(URLResolver._reverse_with_prefix), cache(problems.look_at_bot)

    def listen(storage, level, message, extra_tags=""):
        messages.append(str(message))
        add(storage, level, message, extra_tags)

    with ExitStack() as stack:
        plain = patch.object(Template, "_render", lambda page, told: page.nodelist.render(told))
        stack.enter_context(plain)
        badge = patch.object(problems, "_rows", lambda guild_ids: in_the_way(tuple(guild_ids)))
        stack.enter_context(badge)
        stack.enter_context(patch.object(problems, "look_at_bot", bot))
        stack.enter_context(patch.object(keeping, "look_ahead", cache(keeping.look_ahead)))
        stack.enter_context(patch.object(URLResolver, "_reverse_with_prefix", way_to))
        stack.enter_context(patch.object(BaseStorage, "add", listen))
        stack.enter_context(connection.execute_wrapper(wrapper))
        # A password made up for somebody new is the same twice.
        stack.enter_context(patch("secrets.token_urlsafe", lambda length: "x" * length))
        logging.disable(logging.CRITICAL)
        stack.callback(logging.disable, logging.NOTSET)
        yield


def nobodys_number(number: re.Match[str]) -> str:
    return NOBODYS.digits + "0" * len(number[1] or "")


def spelled(response: HttpResponse) -> str:
    """Return everything of a response that somebody can read."""
    whole = b"".join(response.streaming_content) if response.streaming else response.content
    told = [f"{name}: {readable(value)}" for name, value in response.items() if name != SIZE]
    told += [
        each.OutputString() for name, each in response.cookies.items() if name not in ELSEWHERE
    ]
    head = "\n".join([str(response.status_code), *sorted(told)])
    return f"{head}\n\n{whole.decode(errors='replace')}"


def readable(value: str) -> str:
    """Return a header's words, which travel in base64 when they are not Latin."""
    return str(make_header(decode_header(value))) if "=?" in value else value


def why(response: HttpResponse) -> str:
    told = getattr(response, "exc_info", None)
    return repr(told[1]) if told else ""


@lru_cache(maxsize=20_000)
def route_of(address: str) -> str:
    try:
        return resolve(address).route
    except Resolver404:
        return ""


def first_difference(one: str, other: str) -> str:
    """Show where two answers part."""
    for ours, theirs in zip(one.splitlines(), other.splitlines(), strict=False):
        if ours != theirs:
            return f"{ours.strip()[:150]!r} beside {theirs.strip()[:150]!r}"
    return f"{len(one)} letters beside {len(other)}"
