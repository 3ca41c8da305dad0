"""What the desk's main pages cost in a big house, beside stock pages about the same rows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import override_settings
from django.urls import include, path

from benchmarks import Figure
from community.models import Grant, Guild, Member, Staff
from community.scope import cross_guild
from config.urls import urlpatterns as ours

FIRST = 10**17
ROLE = 3 * FIRST
TIMES = 7
SKEW = 1.2  # of 50 servers the biggest holds about a third of everybody

WORLD = """
INSERT INTO community_guild
    (id, name, icon, member_count, locale, tz, features, joined_at, available)
SELECT {first} + g, 'Server ' || g, '', 0, 'en-US', 'UTC', '{{}}', now(), true
FROM generate_series(1, {guilds}) g;
INSERT INTO community_role
    (id, guild_id, name, colour, hoist, position, permissions, managed)
SELECT {role} + g * 100 + r, {first} + g, 'Role ' || r, 0, false, r, 0, false
FROM generate_series(1, {guilds}) g, generate_series(1, 30) r;
INSERT INTO community_user (id, username, global_name, avatar, is_bot, first_seen)
SELECT n, 'reader' || n, 'Reader ' || n, '', false, now() FROM generate_series(1, {people}) n;
INSERT INTO community_member (id, guild_id, user_id, nickname, joined_at, left_at, pending)
SELECT n, {first} + width_bucket(n, ARRAY[{steps}]), n, 'nick' || n % 1000,
    now() - n % 1000 * interval '1 day',
    CASE n % 12 WHEN 0 THEN now() END, n % 50 = 0
FROM generate_series(1, {people}) n;
INSERT INTO community_memberrole (guild_id, member_id, role_id, assigned_at)
SELECT guild_id, id, {role} + (guild_id - {first}) * 100 + 1 + id % 30, joined_at
FROM community_member;
INSERT INTO community_auditentry
    (guild_id, actor, verb, subject_kind, subject_id, before, after, at)
SELECT guild_id, 'marin', 'community.settings.changed', 'member', id::text, '{{}}', '{{}}',
    joined_at
FROM community_member WHERE id % 10 = 0;
"""


class StockMembers(admin.ModelAdmin):
    """What anybody would write on the first day."""

    list_display = ["user", "nickname", "joined_at", "left_at"]
    list_filter = ["pending", "joined_at", "left_at", "roles__role"]
    search_fields = ["nickname", "user__username", "user__global_name"]
    raw_id_fields = ["user"]

    def get_queryset(self, request):
        return Member._base_manager.order_by(*self.get_ordering(request) or ["-joined_at"])


class StockSite(admin.AdminSite):
    """Django's own admin, for whoever runs the house."""

    def has_permission(self, request) -> bool:
        return request.user.is_active


stock = StockSite(name="stock")
stock.register(Member, StockMembers)
urlpatterns = [path("stock/", include((stock.urls[0], "admin"), namespace="stock")), *ours]
PLAIN_TEMPLATES = {
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "APP_DIRS": True,
    "OPTIONS": {
        "context_processors": [
            "django.template.context_processors.request",
            "django.contrib.auth.context_processors.auth",
            "django.contrib.messages.context_processors.messages",
        ]
    },
}
SURROUNDINGS = {
    "ROOT_URLCONF": "benchmarks.desk",
    "ALLOWED_HOSTS": ["testserver"],
    # Nothing is collected for a bench.
    "STORAGES": {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    },
}


@dataclass(frozen=True, slots=True)
class Cost:
    """What one page costs: the time until it is there, the work of our process, its size."""

    seconds: float
    cpu: float
    size: int


def measure(*, quick: bool) -> Iterator[Figure]:
    """Open the main pages of the biggest server of a big house."""
    people, guilds = (20_000, 10) if quick else (200_000, 50)
    _make_world(people, guilds)
    client = _sign_in()
    biggest = FIRST + 1
    with cross_guild("a benchmark's world"):
        somebody = Member.objects.filter(guild_id=biggest).order_by("-joined_at")[0].pk
    pages = {
        "members list": ("/community/member/", "/stock/community/member/"),
        "members list, searched": (
            "/community/member/?q=reader77",
            "/stock/community/member/?q=reader77",
        ),
        "person page": (f"/person/{somebody}/", f"/stock/community/member/{somebody}/change/"),
        "Today": ("/", "/stock/"),
    }
    with override_settings(**SURROUNDINGS):
        for name, (own, other) in pages.items():
            with override_settings(TEMPLATES=[PLAIN_TEMPLATES]):
                beside = _cost(client, other)
            yield from _figures(name, _cost(client, own), beside, is_quick=quick)


def _figures(name: str, own: Cost, beside: Cost, *, is_quick: bool) -> Iterator[Figure]:
    is_list, is_search = name == "members list", "searched" in name
    yield Figure(name, own.seconds * 1000, "ms", None if is_search else 100)
    yield Figure("... in stock admin", beside.seconds * 1000, "ms")
    ratio = own.seconds / beside.seconds
    # What stock pages do with every row hardly shows in a small world.
    if is_list and is_quick:
        yield Figure("... ratio (its goal holds for the full run)", ratio, "ratio")
    else:
        yield Figure("... ratio", ratio, "ratio", 0.2 if is_list else None)
    yield Figure("... CPU of the web process", own.cpu * 1000, "ms")
    yield Figure("... CPU in stock admin", beside.cpu * 1000, "ms")
    yield Figure("... HTML", own.size / 1024, "KB")
    yield Figure("... HTML in stock admin", beside.size / 1024, "KB")


def _make_world(people: int, guilds: int) -> None:
    weights = [1 / place**SKEW for place in range(1, guilds + 1)]
    ends = [int(people * sum(weights[:place]) / sum(weights)) for place in range(guilds)]
    steps = ", ".join(str(end + 1) for end in ends)
    sizes = {"first": FIRST, "role": ROLE, "guilds": guilds, "people": people}
    with connection.cursor() as cursor:
        cursor.execute(WORLD.format(**sizes, steps=steps))
        cursor.execute("VACUUM ANALYZE")


def _sign_in() -> Client:
    """Return the browser of somebody who may do everything in the biggest server."""
    staff = Staff.objects.create_superuser("keeper")
    with cross_guild("a benchmark's world"):
        guild = Guild.objects.get(pk=FIRST + 1)
        Grant.objects.create(guild=guild, staff=staff, capabilities=Grant.Capability.values)
    client = Client()
    client.force_login(staff)
    return client


def _cost(client: Client, address: str) -> Cost:
    """Open a page a few times; the quickest time is the one least disturbed by others."""
    costs = [_open(client, address) for _ in range(TIMES)]
    return min(costs, key=lambda cost: cost.seconds)


def _open(client: Client, address: str) -> Cost:
    begun, worked = time.perf_counter(), time.process_time()
    response = client.get(address)
    spent = time.perf_counter() - begun, time.process_time() - worked
    assert response.status_code == 200, f"{address}: {response.status_code}"
    return Cost(*spent, len(response.content))
