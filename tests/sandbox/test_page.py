"""The control page in a real browser: somebody without a token tries everything."""

import asyncio
import threading
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

from tests.sandbox.guest import guest_at
from tests.sandbox.places import a_place

pytestmark = pytest.mark.browser


@contextmanager
def a_bot(sandbox, monkeypatch):
    """The bot lives in a thread, since the browser needs this one."""
    loop, is_ready, end = asyncio.new_event_loop(), threading.Event(), asyncio.Event()

    async def live():
        async with guest_at(sandbox, monkeypatch):
            is_ready.set()
            await end.wait()

    life = threading.Thread(target=lambda: loop.run_until_complete(live()))
    life.start()
    try:
        assert is_ready.wait(60)
        yield
    finally:
        loop.call_soon_threadsafe(end.set)
        life.join()
        loop.close()


@contextmanager
def a_browser(chromium, sandbox, **context):
    """An open page, of which nothing is complained."""
    complaints = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(**context)
        page.set_default_timeout(30_000)
        page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        with page.expect_response("**/sandbox/view?*"):
            page.goto(sandbox.page_url)
        expect(page.locator("#title")).to_contain_text("#", timeout=30_000)
        yield page
        browser.close()
    assert complaints == []


def use(page, name):
    page.locator("#slash").click()
    page.get_by_role("button", name=f"/{name}").click()


def violations(page):
    return [
        (each["id"], [node["html"] for node in each["nodes"]])
        for each in Axe().run(page).response["violations"]
    ]


def test_every_sort_of_command_is_used_by_hand(sandbox, chromium, monkeypatch):
    with a_bot(sandbox, monkeypatch), a_browser(chromium, sandbox) as page:
        last = page.locator(".message").last

        use(page, "greet")
        expect(page.locator(".pair option")).not_to_have_count(0, timeout=30_000)
        page.get_by_role("button", name="Use", exact=True).click()
        expect(last).to_contain_text("Only you can see this", timeout=30_000)

        use(page, "strict")
        expect(last).to_contain_text("strict", timeout=30_000)
        last.get_by_role("button", name="More", exact=True).click()
        expect(last).to_contain_text("more of it", timeout=30_000)

        use(page, "ask")
        page.get_by_label("Why?").fill("it rains")
        page.get_by_role("button", name="Send", exact=True).last.click()
        expect(last).to_contain_text("because it rains", timeout=30_000)

        use(page, "fruit")
        page.get_by_label("name").fill("ap")
        expect(page.locator("datalist option")).to_have_count(2, timeout=30_000)
        page.get_by_label("name").fill("apple")
        page.get_by_label("name").press("Enter")
        expect(last).to_contain_text("apple", timeout=30_000)


def test_a_command_is_used_without_a_mouse(sandbox, chromium, monkeypatch):
    with a_bot(sandbox, monkeypatch), a_browser(chromium, sandbox) as page:
        page.locator("#say").focus()
        page.keyboard.press("/")
        page.keyboard.type("thin")
        page.keyboard.press("Enter")
        expect(page.locator(".message").last).to_contain_text("and more", timeout=30_000)
        page.locator("#say").focus()
        page.keyboard.press("/")
        expect(page.locator("dialog")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("dialog")).to_be_hidden()
        page.keyboard.type("hello")
        page.keyboard.press("Enter")
        expect(page.locator(".message").last).to_contain_text("hello", timeout=30_000)


def test_writing_and_moderating_by_hand(sandbox, chromium):
    place = a_place(sandbox)
    sandbox.people.say(place.human, place.channel, "JOIN **MY** SERVER")

    with a_browser(chromium, sandbox) as page:
        page.locator("#say").fill("please do not")
        page.locator("#say").press("Enter")
        expect(page.locator(".message").last).to_contain_text("please do not", timeout=30_000)
        expect(page.locator(".message").first.locator("b")).to_have_text("MY")
        page.locator(".message").first.locator(".said-by button").click()
        page.get_by_role("button", name="Ban", exact=False).click()
        expect(page.locator("dialog")).to_be_hidden()

    assert place.human in sandbox.do(lambda heart: heart.world.guilds[place.guild].bans)


def test_faults_are_switched_on_and_off(sandbox, chromium):
    with a_browser(chromium, sandbox) as page:
        page.locator("#workshop").click()
        page.get_by_label("What goes wrong").last.select_option("latency")
        page.get_by_role("button", name="Let it go wrong").click()
        expect(page.get_by_role("button", name="End", exact=True)).to_be_visible(timeout=30_000)
        assert [each.kind for each in sandbox.faults] == ["latency"]
        page.get_by_role("button", name="End", exact=True).click()
        expect(page.get_by_text("Nothing at the moment.")).to_be_visible(timeout=30_000)

    assert sandbox.faults == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_open_to_everybody(sandbox, chromium, scheme):
    place = a_place(sandbox)
    for _ in range(3):
        sandbox.people.say(place.human, place.channel, "a `word` and https://example.com")
    phone = {"viewport": {"width": 390, "height": 780}, "color_scheme": scheme}

    with a_browser(chromium, sandbox, **phone) as page:
        expect(page.locator(".message")).to_have_count(3, timeout=30_000)
        found = violations(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.locator("#open-side").click()
        found += violations(page)
        page.locator("#workshop").click()
        expect(page.locator("table, .journal p")).to_be_visible(timeout=30_000)
        found += violations(page)

    assert found == []
