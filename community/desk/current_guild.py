"""Which server a request is about: one at a time, and only while the person may see it."""

from collections.abc import Callable
from contextlib import ExitStack

from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.http.response import HttpResponseBase

from community.models import Guild, Staff
from community.scope import NoScope, guild_scope, keep_scope
from community.services.audit import coming_from
from community.services.grants import capabilities_of, guilds_of


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
        if not isinstance(person, Staff):
            return False
        if (guild := current_guild(person, chosen=request.session.get("guild_id"))) is None:
            return False
        stack.enter_context(guild_scope(guild.pk))
        rights = capabilities_of(person, guild_id=guild.pk)
        request.capabilities = rights  # type: ignore[attr-defined]
        return True

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Say in words why somebody without a server sees nothing."""
        if not isinstance(exception, NoScope):
            return None
        return HttpResponseForbidden("No server has been granted to you yet.")


def current_guild(person: Staff, *, chosen: int | None) -> Guild | None:
    """Return the server somebody chose, or their first; None when they may see none."""
    guilds = guilds_of(person)
    return next((guild for guild in guilds if guild.pk == chosen), guilds[0] if guilds else None)


def may(request: HttpRequest, capability: str) -> bool:
    """Tell whether who asks holds a capability in the request's server."""
    return capability in getattr(request, "capabilities", ())
