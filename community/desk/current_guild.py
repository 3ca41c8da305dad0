"""Which server a request is about: one at a time, and only while the person may see it."""

from collections.abc import Callable
from contextlib import ExitStack
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from community.models import Guild, Staff
from community.scope import NoScope, guild_scope, keep_scope
from community.services.audit import coming_from
from community.services.grants import guilds_of
from community.spans import zone_called

CHOSEN = "guild_id"


class CurrentGuild:
    """Answers each request within the scope of one server, from grants read at that moment.

    Who is not signed in, or was granted nothing, gets no scope, and so no server's rows.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        agent = request.headers.get("User-Agent", "")
        address = request.META.get("REMOTE_ADDR", "")
        with ExitStack() as stack:
            stack.enter_context(coming_from(address=address, agent=agent))
            is_within_one = self._enter(request, stack)
            response = self.get_response(request)
            if is_within_one and response.streaming:
                # It is produced after this block has ended.
                rows = response.streaming_content  # type: ignore[attr-defined]
                response.streaming_content = keep_scope(rows)  # type: ignore[attr-defined]
            return response

    def _enter(self, request: HttpRequest, stack: ExitStack) -> bool:
        """Enter the scope of the server the request is about; False when there is none."""
        person = request.user
        rights = guilds_of(person) if isinstance(person, Staff) else {}
        guilds = list(rights)
        guild = current_guild(guilds, chosen=request.session.get(CHOSEN)) if guilds else None
        request.guilds, request.guild = guilds, guild  # type: ignore[attr-defined]
        if not isinstance(person, Staff) or guild is None:
            return False
        stack.enter_context(guild_scope(guild.pk))
        stack.enter_context(timezone.override(zone_of(guild)))
        request.capabilities = rights[guild]  # type: ignore[attr-defined]
        return True

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Say in words why somebody without a server sees nothing."""
        if not isinstance(exception, NoScope):
            return None
        return render(request, "desk/no_server.html", {"title": "No server yet"}, status=403)


def current_guild(guilds: list[Guild], *, chosen: int | None) -> Guild | None:
    """Return the server somebody chose, or their first; None when they may see none."""
    return next((guild for guild in guilds if guild.pk == chosen), guilds[0] if guilds else None)


def zone_of(guild: Guild) -> ZoneInfo:
    """Return the zone a server's days and times follow; UTC when it names none we know."""
    return zone_called(guild.tz)


def guilds_granted(request: HttpRequest) -> list[Guild]:
    """Return the servers that who asks may see now."""
    guilds: list[Guild] = getattr(request, "guilds", [])
    return guilds


def guild_of(request: HttpRequest) -> Guild:
    """Return the server a request is about; who was granted none has none."""
    guild: Guild | None = getattr(request, "guild", None)
    if guild is None:
        raise NoScope("Who asks was granted no server.")
    return guild


def staff_of(request: HttpRequest) -> Staff:
    """Return who asks; every page of the desk is behind its door."""
    assert isinstance(request.user, Staff)  # noqa: S101 - for the type
    return request.user


def may(request: HttpRequest, capability: str) -> bool:
    """Tell whether who asks holds a capability in the request's server."""
    return capability in getattr(request, "capabilities", ())


def is_keeper(request: HttpRequest) -> bool:
    """Tell whether who asks keeps the house."""
    person = request.user
    return isinstance(person, Staff) and person.is_active and person.is_superuser
