"""The desk's pages about activity in the biggest server, beside stock pages of the same rows."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import override_settings
from django.urls import include, path

from activity.models import MessageEvent
from benchmarks import Figure
from benchmarks.activity.world import biggest
from benchmarks.desk import PLAIN_TEMPLATES, SURROUNDINGS, StockSite, _cost
from community.models import Grant, Member, Staff
from community.scope import cross_guild
from config.urls import urlpatterns as ours

LIST = "/activity/messageevent/"
PAGES = {
    "overview, 30 days": "/activity/",
    "overview, a year": "/activity/?from={year}",
    "channels": "/activity/channels/",
    "most active people": "/activity/people/",
    "most active people, a year": "/activity/people/?from={year}",
    "newcomers": "/activity/newcomers/",
    "the busiest person's activity": "/person/{member}/?tab=activity",
    "Today": "/",
}
BUSIEST = """
SELECT user_id FROM activity_membertotals WHERE guild_id = %s ORDER BY messages DESC LIMIT 1
"""


class StockMessages(admin.ModelAdmin):
    """What anybody would write on the first day."""

    list_display = ["id", "user_id", "channel_id", "characters"]
    search_fields = ["=user_id"]

    def get_queryset(self, request):
        return MessageEvent._base_manager.order_by(*self.get_ordering(request) or ["-id"])


stock = StockSite(name="stock")
stock.register(MessageEvent, StockMessages)
urlpatterns = [path("stock/", include((stock.urls[0], "admin"), namespace="stock")), *ours]
HERE = {**SURROUNDINGS, "ROOT_URLCONF": "benchmarks.activity.pages"}


def sign_in() -> Client:
    """Return the browser of somebody who may do everything in the biggest server."""
    staff = Staff.objects.create_superuser("keeper")
    with cross_guild("a benchmark's world"):
        Grant.objects.create(guild_id=biggest(), staff=staff, capabilities=Grant.Capability.values)
    client = Client()
    client.force_login(staff)
    return client


def first_page(client: Client) -> float:
    """Return how long the first page of the list of messages takes, in ms."""
    with override_settings(**HERE):
        return _cost(client, LIST).seconds * 1000


def pages(client: Client, before: float, *, year: str) -> Iterator[Figure]:
    """Open each page; the list of messages beside stock admin, and as it was when it was small."""
    user, member = _busiest()
    with override_settings(**HERE):
        for name, address in PAGES.items():
            cost = _cost(client, address.format(year=year, member=member))
            yield Figure(name, cost.seconds * 1000, "ms", None if "year" in name else 100)
            yield Figure("... CPU of the web process", cost.cpu * 1000, "ms")
            yield Figure("... HTML", cost.size / 1024, "KB")
        own, found = _cost(client, LIST), _cost(client, f"{LIST}?q={user}")
        with override_settings(TEMPLATES=[PLAIN_TEMPLATES]):
            beside = _cost(client, f"/stock{LIST}")
            sought = _cost(client, f"/stock{LIST}?q={user}")
    yield Figure("list of messages, first page", own.seconds * 1000, "ms", 100)
    yield Figure("... in stock admin", beside.seconds * 1000, "ms")
    yield Figure("... ratio", own.seconds / beside.seconds, "x", 0.06)
    yield Figure("... against 1,000 rows", own.seconds * 1000 / before, "x", 2.5)
    yield Figure("list of messages, a person sought", found.seconds * 1000, "ms", 100)
    yield Figure("... in stock admin", sought.seconds * 1000, "ms")
    yield Figure("... ratio", found.seconds / sought.seconds, "x", 0.05)


def _busiest() -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(BUSIEST, [biggest()])
        user: int = cursor.fetchone()[0]
    with cross_guild("a benchmark's world"):
        return user, Member.objects.get(guild_id=biggest(), user_id=user).pk
