"""Fixtures for every test."""

import gc
import os
import shutil
from itertools import chain, groupby, islice
from unittest.mock import patch

import pytest
from django.test import TransactionTestCase

from tests.tidying import let_go, remember_the_blank, tidy_up

# Tests keep much alive and leave few circles: looking for those costs more than they hold.
gc.set_threshold(50_000, 20, 20)

# Those work for long, and these wait for long, a module's browser or processes at a time.
WORKING, WAITING = ("drills", "security"), ("end_to_end",)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Let every second worker begin with what waits, and the others with what works meanwhile.

    Each is given its part of the list as it stands, and takes from others when it has no more.
    """
    shares = [[] for _ in range(int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))]
    waiting = groupby(lying_in(WAITING, items), key=lambda item: item.path)
    for number, (_, module) in enumerate(waiting):
        shares[2 * number % len(shares)] += module
    for number, item in enumerate(lying_in(WORKING, items)):
        shares[(2 * number + 1) % len(shares)].append(item)
    taken = {*chain(*shares)}
    rest = iter([item for item in items if item not in taken])
    for share in shares:
        share.extend(islice(rest, max(0, len(items) // len(shares) - len(share))))
    items[:] = [*chain(*shares, rest)]


def lying_in(folders, items):
    return [item for item in items if item.path.parent.name in folders]


@pytest.fixture(autouse=True, scope="session")
def _what_migrate_has_made_stays():
    with patch.object(TransactionTestCase, "_fixture_teardown", tidy_up):
        yield


@pytest.fixture(autouse=True)
def _the_blank_is_known(request):
    """Look at the database before the first test that really commits."""
    marker = request.node.get_closest_marker("django_db")
    if marker and marker.kwargs.get("transaction"):
        request.getfixturevalue("transactional_db")
        remember_the_blank()


def drop_guard():
    """Take the triggers away, as only the owner of a table can."""
    from community.append_only import guards

    let_go(guard.table for guard in guards())


@pytest.fixture
def guild():
    """Put a test within one server."""
    from community.scope import guild_scope
    from tests.factories import GuildFactory, GuildSettingsFactory

    guild = GuildFactory()
    GuildSettingsFactory(guild=guild)
    with guild_scope(guild.pk):
        yield guild


@pytest.fixture
def keeper():
    """Somebody who runs the house."""
    from tests.factories import StaffFactory

    return StaffFactory(keeper=True)


@pytest.fixture(scope="session")
def chromium():
    """The browser's program; a machine may lack it, but not the one that tests releases."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)
    if found is None:
        refuse = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        refuse("This test needs Chromium, and none is installed.")
    return found


@pytest.fixture(scope="module")
def browser(chromium):
    """A real browser, which the tests of a module open one after the other."""
    from django.db import connections
    from playwright.sync_api import sync_playwright

    # Playwright keeps an event loop in this thread, which Django takes for asynchronous code.
    with pytest.MonkeyPatch.context() as environment, sync_playwright() as playwright:
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()
        # Within that loop the tests have a connection of their own.
        connections.close_all()


@pytest.fixture
def page(browser, live_server):
    """An empty page in front of the house, with nothing kept; whatever it complains of fails."""
    page = browser.new_page(base_url=live_server.url)
    complaints = []
    page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    page.context.close()
    assert complaints == []


@pytest.fixture
def sandbox():
    """A pretend Discord on a free port; sessions may follow one another at once."""
    from sandbox.running import Running

    with Running() as running:
        running.server.gateway.identify_every = 0.0
        yield running
