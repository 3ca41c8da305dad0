"""The desk in a real browser: every page, in both themes, wide and narrow, with the keyboard alone.

The `page` fixture fails a test for anything the browser complains of: that is how a breach of the
content policy is found.
"""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from django.utils import timezone

from community.models import Errand, Grant, Member, StandingOrder
from community.scope import cross_guild, guild_scope
from tests.community.factories import (
    BackupFactory,
)
from tests.end_to_end.furnished import furnish
from tests.end_to_end.moderated import moderate, moderation_pages
from tests.factories import (
    GrantFactory,
    GuildFactory,
    GuildSettingsFactory,
    HeartbeatFactory,
    JobFactory,
    StaffFactory,
    StandingOrderFactory,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# Colours depend on the theme and places on the width, so each of them is looked at once.
LOOKS = (("light", 390), ("dark", 1280))
BOTH = pytest.mark.parametrize(("theme", "width"), LOOKS)
PASSWORD = "sesame, open the door"
LISTS = [
    f"admin:community_{model}_changelist"
    for model in (
        "guild", "member", "role", "channel", "invite", "grant", "auditentry",
        "errand", "standingorder", "staff", "job", "heartbeat",
    )
]  # fmt: skip

PAGES = (
    "settings", "levels", "arrivals", "panels", "community_rolereturn_changelist", "problems",
    "community_uses", "community_reminder_changelist",
    "community_customcommand_changelist", "community_customcommand_add",
    "community_retentionchoice_changelist", "house_retention",
    "community_archive_changelist", "community_backup_changelist",
    "house_problems", "house_history", "house_checks", "house_tables",
    "community_privacyrequest_changelist",
    "password_change",
)  # fmt: skip


@pytest.fixture
def world():
    """A keeper who may do everything in two servers, and what there is to look at."""
    person = StaffFactory(keeper=True, username="keeper")
    person.set_password(PASSWORD)
    person.save()
    for name in ("A hall", "B hall"):
        guild = GuildFactory(name=name)
        GuildSettingsFactory(guild=guild)
        GrantFactory(guild=guild, staff=person, capabilities=Grant.Capability.values)
        GrantFactory(guild=guild, expires_at=timezone.now() + timedelta(days=7))
        furnish(guild)
    HeartbeatFactory(seen_at=timezone.now() - timedelta(hours=3))
    JobFactory(last_words="w" * 90, last_success_at=timezone.now())
    BackupFactory()
    return person


@pytest.fixture
def desk(page, world):
    """The desk, after somebody has signed in."""
    page.set_default_timeout(10_000)
    sign_in(page)
    return page


def sign_in(page):
    """Sign in with the keyboard alone: the cursor stands in the first field."""
    page.goto("/login/")
    page.keyboard.type("keeper")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#user-tools")


def reach(page, selector, *, key="Tab"):
    """Press a key until something has the focus; where no key leads, the test fails."""
    for _ in range(60):
        page.keyboard.press(key)
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"No key leads to {selector}.")


def complaints_about(page):
    """Return what axe finds, and by how much the page is too wide."""
    found = [
        f"{page.url}: {each['id']} {each['nodes'][0]['html'][:120]}"
        for each in Axe().run(page).response["violations"]
    ]
    too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [*found, f"{page.url}: {too_wide} px too wide"] if too_wide > 0 else found


def look(page, theme, width):
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 844})


def complaints_about_all(page, addresses):
    """Open each page once, and return what there is to complain of in either look."""
    complaints = []
    for address in addresses:
        assert page.goto(address).status == 200, address
        for theme, width in LOOKS:
            look(page, theme, width)
            complaints += [(theme, each) for each in complaints_about(page)]
    return complaints


def somebody():
    with cross_guild("the test's world"):
        return Member.objects.select_related("guild").get(nickname="A Lantern 1")


def every_page():
    member = somebody()
    here = {"guild_id": member.guild_id}
    grant = Grant.unscoped.filter(**here).first()
    errand, order = (model.unscoped.filter(**here).first() for model in (Errand, StandingOrder))
    person = reverse("admin:person", args=[member.pk])
    listed = reverse("admin:community_member_changelist")
    return [
        reverse("admin:index"),
        *map(reverse, LISTS),
        f"{listed}?standing=here&joined_at__from=2020-01-01&p=2",
        f"{listed}?q=nobody-is-called-so",
        *(f"{person}?tab={tab}" for tab in ("timeline", "outside", "roles", "servers")),
        *(reverse(f"admin:{name}") for name in PAGES),
        *(each for row in (errand, order) for each in pages_about(row)),
        reverse("admin:community_grant_give"),
        reverse("admin:community_grant_change", args=[grant.pk]),
        reverse("admin:community_grant_history", args=[grant.pk]),
    ]


def pages_about(row):
    """What a row says of itself, and the deed that has it tried again."""
    return [
        reverse(f"admin:community_{row._meta.model_name}_{page}", args=[row.pk])
        for page in ("change", "retry")
    ]


def test_every_page_can_be_read_by_everybody(desk):
    assert complaints_about_all(desk, every_page()) == []


def test_every_page_of_moderation_can_be_read_by_everybody(desk):
    guild = somebody().guild
    with guild_scope(guild.pk):
        moderate(guild, Member.objects.filter(left_at=None).order_by("joined_at")[:26])

    complaints = complaints_about_all(desk, moderation_pages(guild.pk))

    assert complaints == []


@BOTH
def test_what_opens_over_a_page_can_be_read_too(desk, theme, width):
    look(desk, theme, width)
    desk.goto(reverse("admin:community_grant_changelist"))

    desk.click("[popovertarget=changelist-filter]")
    complaints = complaints_about(desk)
    desk.keyboard.press("Escape")
    desk.click("a[data-dialog] >> nth=0")
    desk.wait_for_selector("#dk-dialog[open] form")
    complaints += complaints_about(desk)
    desk.keyboard.press("Escape")
    desk.keyboard.press("Control+k")
    desk.keyboard.type("A Lan")
    desk.wait_for_selector("#dk-palette [role=option]")
    complaints += complaints_about(desk)

    assert complaints == []


def test_the_door_itself_can_be_read_and_says_why_it_stays_shut(page, world):
    page.goto("/login/")
    before = complaints_about(page)
    page.fill("#id_username", "keeper")
    page.fill("#id_password", "wrong")
    page.click("[type=submit]")

    assert "do not belong together" in page.inner_text("[role=alert]")
    assert before + complaints_about(page) == []


def test_somebody_is_found_and_reached_with_the_keyboard_alone(desk):
    reach(desk, ".dk-search")
    desk.keyboard.press("Enter")
    desk.keyboard.type("A Lantern 1")
    desk.wait_for_selector("[role=option][aria-selected=true]")
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("ArrowUp")
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/person/**")

    assert "A Lantern 1" in desk.inner_text("h1")


def test_somebody_of_another_server_is_found_and_their_server_turned_to(desk):
    desk.keyboard.press("Control+k")
    desk.keyboard.type("B Lantern 7")
    desk.wait_for_selector("[role=option][aria-selected=true]")
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/person/**")

    assert "B Lantern 7" in desk.inner_text("h1")
    assert "B hall" in desk.inner_text(".dk-switch summary")


def test_another_server_is_turned_to_with_the_keyboard_alone(desk):
    desk.goto(reverse("admin:community_role_changelist"))
    reach(desk, ".dk-switch summary")
    desk.keyboard.press("Enter")
    reach(desk, ".dk-switch button:not([aria-current])")
    desk.keyboard.press("Enter")
    desk.locator(".dk-switch summary", has_text="B hall").wait_for()

    assert desk.url.endswith(reverse("admin:community_role_changelist"))


def test_tabs_are_walked_with_arrow_keys(desk):
    desk.goto(reverse("admin:person", args=[somebody().pk]))
    # Nobody walks through the whole navigation: the first key offers to pass over it.
    reach(desk, ".dk-skip")
    desk.keyboard.press("Enter")
    reach(desk, ".dk-tabs [aria-current]")

    tabs = desk.locator(".dk-tabs a").all_inner_texts()
    for _ in range(tabs.index("Roles")):
        desk.keyboard.press("ArrowRight")
    desk.keyboard.press("Enter")
    desk.wait_for_url("**tab=roles**")

    assert "Reader" in desk.inner_text("main")


def test_a_deed_opens_in_a_dialog_is_refused_there_and_done_from_there(desk):
    StaffFactory(username="nora")
    desk.goto(reverse("admin:community_grant_changelist"))
    reach(desk, ".dk-actions a[data-dialog]")
    desk.keyboard.press("Enter")
    desk.wait_for_selector("#dk-dialog[open] [name=username]:focus")
    desk.keyboard.press("Escape")
    desk.wait_for_selector(".dk-actions a[data-dialog]:focus")
    desk.keyboard.press("Enter")

    desk.wait_for_selector("#dk-dialog[open] [name=username]:focus")
    desk.keyboard.type("nobody of that name")
    desk.check("#dk-dialog [value=see]")
    desk.click("#dk-dialog [type=submit]")
    desk.wait_for_selector("#dk-dialog[open] .errorlist")
    desk.fill("#dk-dialog [name=username]", "nora")
    desk.click("#dk-dialog [type=submit]")
    desk.wait_for_selector(".messagelist .success")

    with cross_guild("the test's world"):
        assert Grant.objects.standing().filter(staff__username="nora").count() == 1


def test_what_waits_for_discord_shows_by_itself_that_it_was_confirmed(desk):
    member = somebody()
    order = StandingOrderFactory(guild=member.guild, kind="timeout")
    desk.goto(reverse("admin:community_standingorder_change", args=[order.pk]))
    before = desk.inner_text("#dk-live")
    confirmed = {"applied_rev": 1, "owner": "ours", "confirmed_at": timezone.now()}
    with cross_guild("the test's world"):
        StandingOrder.objects.filter(pk=order.pk).update(next_check_at=None, **confirmed)

    desk.wait_for_selector("text=Confirmed by Discord")

    assert "Waits for Discord" in before
    assert desk.locator("[data-look-again]").count() == 0


def test_a_filter_finds_a_role_by_its_beginning(desk):
    desk.goto(reverse("admin:community_member_changelist"))
    desk.click("[popovertarget=changelist-filter]")
    desk.fill(".dk-pick [role=combobox]", "rea")
    desk.wait_for_selector(".dk-pick [aria-selected=true]")
    desk.keyboard.press("Enter")
    desk.wait_for_url("**roles__role__id__exact=**")

    assert desk.locator("#result_list tbody tr").count() == 30
    assert "Reader" in desk.inner_text(".dk-chips")


def test_the_menu_of_a_narrow_page_opens_and_closes_by_key(desk):
    desk.set_viewport_size({"width": 390, "height": 844})
    desk.goto("/")
    reach(desk, ".dk-burger")
    desk.keyboard.press("Enter")
    shown = desk.is_visible("#nav-sidebar")
    desk.keyboard.press("Escape")

    assert (shown, desk.is_visible("#nav-sidebar")) == (True, False)


def test_colours_are_chosen_and_remembered(desk):
    reach(desk, ".theme-toggle")
    desk.keyboard.press("Enter")
    desk.goto(reverse("admin:community_role_changelist"))

    assert desk.evaluate("document.documentElement.dataset.theme") == "dark"
    assert desk.evaluate("getComputedStyle(document.body).colorScheme") == "dark"


def test_somebody_signs_out_with_the_keyboard_alone(desk):
    reach(desk, "#user-tools summary")
    desk.keyboard.press("Enter")
    reach(desk, "#logout-form button")
    desk.keyboard.press("Enter")
    desk.wait_for_selector("text=You are signed out")

    assert complaints_about(desk) == []
    assert desk.goto("/").url.endswith("/login/?next=/")


def test_without_scripts_servers_filters_and_deeds_still_work(page, world, live_server):
    browser = page.context.browser
    context = browser.new_context(java_script_enabled=False, base_url=live_server.url)
    plain = context.new_page()
    sign_in(plain)
    plain.goto(reverse("admin:community_grant_changelist"))

    plain.click(".dk-switch summary")
    plain.click(".dk-switch button:has-text('B hall')")
    plain.click("[popovertarget=changelist-filter]")
    opened = plain.is_visible("#changelist-filter")
    plain.keyboard.press("Escape")
    plain.click("a[data-dialog] >> nth=0")

    assert opened
    assert "B hall" in plain.inner_text(".dk-switch summary")
    assert plain.is_visible("main form.dk-form")
    context.close()
