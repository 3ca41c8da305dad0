"""What happens around every request: the headers of every answer, the end of every session."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class SafeHeaders:
    """Says on every answer, static files and errors too, that pages load nothing from elsewhere."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers["Content-Security-Policy"] = settings.CONTENT_SECURITY_POLICY
        return response


class SessionClock:
    """Ends a session two hours after it was last used, and twelve hours after it began.

    The session's own row says when it ends, so one that nobody extends is over by itself.
    """

    IDLE = timedelta(seconds=settings.SESSION_COOKIE_AGE)
    LONGEST = timedelta(hours=12)
    # A session is not written more often than this.
    STEP = timedelta(minutes=1)

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.session.accessed and SESSION_KEY in request.session:
            self._extend(request.session, now=timezone.now())
        return response

    def _extend(self, session: SessionBase, *, now: datetime) -> None:
        begun = datetime.fromisoformat(session.get("begun_at", now.isoformat()))
        end = min(now + self.IDLE, begun + self.LONGEST)
        if "begun_at" not in session:
            session["begun_at"] = now.isoformat()
        elif end - session.get_expiry_date() < self.STEP:
            return
        session.set_expiry(end)
