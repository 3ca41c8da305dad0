"""What people did and earned in a real browser: pictures, tables, lists and what sets the rules."""

import pytest
from django.urls import reverse

from tests.activity.factories import GuildHourFactory
from tests.end_to_end.counted import counted_pages, live
from tests.end_to_end.test_desk_in_browser import (  # noqa: F401 - world and desk are fixtures
    complaints_about_all,
    desk,
    reach,
    somebody,
    world,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_every_page_of_activity_and_coins_can_be_read_by_everybody(desk):  # noqa: F811
    guild = somebody().guild
    addresses = counted_pages(guild.pk, live(guild))

    complaints = complaints_about_all(desk, addresses)

    assert complaints == []


def test_days_are_chosen_and_the_table_of_a_picture_is_opened_by_key(desk):  # noqa: F811
    GuildHourFactory(guild=somebody().guild, messages=7)
    desk.goto(reverse("admin:activity_overview"))

    reach(desk, ".dk-span a:not([aria-current])")
    desk.keyboard.press("Enter")
    desk.wait_for_url("**from=**")
    reach(desk, ".dk-skip")
    desk.keyboard.press("Enter")
    reach(desk, ".dk-chart summary")
    desk.keyboard.press("Enter")

    assert desk.locator(".dk-chart details[open] tbody tr").first.is_visible()
    assert desk.inner_text(".dk-span [aria-current]") == "7 days"
