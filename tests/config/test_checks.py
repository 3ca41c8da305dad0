"""What the house refuses about its clock before it starts."""

from datetime import timedelta

import pytest
from django.conf import settings

from config.checks import check_clock, check_schedules
from config.schedules import SCHEDULES

HOUR = timedelta(hours=1)


def ids(found):
    return [each.id for each in found]


def test_the_houses_own_clock_passes():
    assert check_clock() + check_schedules() == []


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"retry": 240, "timeout": 60, "queue_limit": 4, "workers": 2}, "config.E001"),
        ({"scheduler": True}, "config.E002"),
        ({"orm": None}, "config.E003"),
        ({"redis": {"host": "localhost"}}, "config.E003"),
        ({"broker_class": "somewhere.Else"}, "config.E003"),
    ],
)
def test_settings_with_which_promises_break_are_refused(monkeypatch, change, refusal):
    monkeypatch.setattr(settings, "Q_CLUSTER", settings.Q_CLUSTER | change)

    assert ids(check_clock()) == [refusal]


def test_another_queues_name_in_the_environment_is_warned_of(monkeypatch):
    monkeypatch.setenv("Q_CLUSTER_NAME", "another")

    assert ids(check_clock()) == ["config.W001"]


async def wait():
    """Be of no use to a worker."""


def fetch(what):
    """Want to be told."""
    return what


@pytest.mark.parametrize(
    ("name", "period", "fault"),
    [
        ("community.tasks.nonsense", HOUR, "is not there"),
        ("nowhere.at.all", HOUR, "is not there"),
        ("community.models.Job", HOUR, "is not a plain function"),
        (f"{__name__}.wait", HOUR, "is not a plain function"),
        (f"{__name__}.fetch", HOUR, "takes arguments"),
        ("community.tasks.clear_sessions", timedelta(days=40), "has a period of 40 days"),
        ("community.tasks.clear_sessions", timedelta(0), "has a period of 0:00:00"),
    ],
)
def test_a_page_that_cannot_be_kept_is_refused(monkeypatch, name, period, fault):
    monkeypatch.setitem(SCHEDULES, name, period)

    (refusal,) = check_schedules()

    assert refusal.id == "config.E004"
    assert f"{name} {fault}" in refusal.msg
