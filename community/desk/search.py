"""Ctrl-K: people, places and what apps add, of all servers that who asks may see."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, F, Q, QuerySet
from django.http import HttpRequest, JsonResponse
from django.urls import reverse

from community.desk.current_guild import guilds_granted
from community.desk.people import name_of
from community.models import Channel, Guild, Member, Role
from community.scope import cross_guild

SHORTEST = 2
MOST_OF_A_KIND = 5
LONGEST_ID = 19


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of thing that can be found: where it is looked for, and what leads to it."""

    name: str
    rows: Callable[[], QuerySet[Any]]
    order: tuple[Any, ...]
    names: tuple[str, ...]
    id: str
    url_name: str
    guild_column: str = "guild_id"

    def like(self, words: str, *, here: int) -> QuerySet[Any]:
        """Find what begins with the words, that of one server first; digits are an id."""
        wanted = Q(pk__in=())
        for name in self.names:
            wanted |= Q(**{f"{name}__istartswith": words})
        if words.isascii() and words.isdecimal() and len(words) <= LONGEST_ID:
            wanted |= Q(**{self.id: int(words)})
        is_here = ExpressionWrapper(Q(**{self.guild_column: here}), BooleanField())
        return self.rows().filter(wanted).order_by(is_here.desc(), *self.order)[:MOST_OF_A_KIND]


KINDS = [
    Kind(
        name="Person",
        rows=lambda: Member.objects.select_related("user"),
        order=(F("left_at").desc(nulls_first=True), "pk"),
        names=("nickname", "user__username", "user__global_name"),
        id="user_id",
        url_name="admin:person",
    ),
    Kind(
        name="Server",
        rows=Guild.objects.present,
        order=("name",),
        names=("name",),
        id="pk",
        url_name="admin:community_guild_change",
        guild_column="pk",
    ),
    Kind(
        name="Channel",
        rows=Channel.objects.standing,
        order=("position", "pk"),
        names=("name",),
        id="pk",
        url_name="admin:community_channel_change",
    ),
    Kind(
        name="Role",
        rows=Role.objects.standing,
        order=("-position", "pk"),
        names=("name",),
        id="pk",
        url_name="admin:community_role_change",
    ),
]


def findable(kind: Kind) -> None:
    """Let Ctrl-K find what an app keeps, too."""
    KINDS.append(kind)


def is_number(typed: str) -> bool:
    """Tell whether a number was typed, however short."""
    number = typed.removeprefix("#")
    return number != typed and number.isascii() and number.isdecimal()


def search(request: HttpRequest) -> JsonResponse:
    """Answer what begins with the words that were typed, in each server one was granted."""
    typed = request.GET.get("q", "").replace("\0", "").strip()
    words = typed.lstrip("@#")
    if len(words) < SHORTEST and not is_number(typed):
        return JsonResponse({"results": []})
    servers = {guild.pk: guild for guild in guilds_granted(request)}
    here = getattr(getattr(request, "guild", None), "pk", 0)
    with cross_guild("what Ctrl-K finds, in the servers one was granted", among=servers):
        results = [each for kind in KINDS for each in _found(kind, words, servers, here)]
    return JsonResponse({"results": results})


def _found(
    kind: Kind, words: str, servers: dict[int, Guild], here: int
) -> Iterator[dict[str, str]]:
    for row in kind.like(words, here=here):
        guild = servers[getattr(row, kind.guild_column)]
        is_elsewhere = guild.pk != here
        yield {
            "title": name_of(row) if isinstance(row, Member) else str(row),
            "kind": kind.name,
            "server": guild.name,
            "url": reverse(kind.url_name, args=[row.pk]),
            # Another server is turned to first.
            "choose": reverse("admin:choose_server", args=[guild.pk]) if is_elsewhere else "",
        }
