"""The desk in a real browser."""

import pytest

from tests.factories import StaffFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_somebody_signs_in_and_finds_the_desk_in_its_clothes(page):
    staff = StaffFactory(keeper=True)
    staff.set_password("sesame, open")
    staff.save()

    page.goto("/")
    page.fill("#id_username", staff.username)
    page.fill("#id_password", "sesame, open")
    page.click("[type=submit]")
    page.wait_for_selector("#user-tools, #logout-form")

    sheets = "[...document.styleSheets].map(sheet => sheet.cssRules.length)"
    assert all(rules > 0 for rules in page.evaluate(sheets))
