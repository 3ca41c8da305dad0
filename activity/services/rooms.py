"""Who is in voice in one server, moment by moment: stays begin and end, and time counts or not.

Nothing here asks the database; whoever loads the open stays writes down what became of them.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from activity.models import ActivitySettings, VoiceEvent, VoiceSession
from activity.snowflakes import EPOCH, MILLISECOND
from community.services.mirror.facts import VoiceState

Ending, Kind = VoiceSession.Ending, VoiceEvent.Kind

# Who is where they were after so short an absence of ours was there all the time.
BLINK = timedelta(minutes=5)
STEPS: dict[str, str] = {
    Ending.LEFT: Kind.LEAVE,
    Ending.TIMED_OUT: Kind.TIMEOUT,
    Ending.DISCONNECTED: Kind.DISCONNECT,
}


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of time of one person in one channel that counts."""

    user_id: int
    channel_id: int
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Rules:
    """Which time counts in a server, by its settings; in silent channels none does."""

    settings: ActivitySettings
    silent: Collection[int] = ()
    is_logged: bool = False

    @property
    def is_watched(self) -> bool:
        """Tell whether stays are written down at all."""
        return self.settings.voice_counted or self.is_logged

    def counts(self, stay: VoiceSession, company: int) -> bool:
        """Tell whether somebody's time counts as they sit there now."""
        wants = self.settings
        return (
            stay.channel_id not in self.silent
            and (company > 1 or wants.alone_counts)
            and (not stay.deafened or wants.deafened_counts)
            and (stay.channel_id != wants.afk_channel_id or wants.afk_channel_counts)
        )


class Rooms:
    """The voice channels of one server; told what happens, in order."""

    def __init__(
        self, stays: Iterable[VoiceSession], rules: Rules, silenced: Mapping[int, datetime]
    ) -> None:
        self.spans: list[Span] = []
        self.steps: list[VoiceEvent] = []
        self.touched: dict[int, VoiceSession] = {}  # by identity: a new one has no key yet
        self._rules, self._silenced = rules, silenced
        self._stays = {stay.user_id: stay for stay in stays}

    def move(self, state: VoiceState, at: datetime) -> None:
        """Take in where somebody's voice is now; the same again is nothing new."""
        stay = self._stays.get(state.user_id)
        if _is_as_told(stay, state) or not (stay or self._rules.is_watched):
            return
        channels = {state.channel_id, stay.channel_id if stay else None} - {None}
        self._let_pass(at, channels)
        if stay and stay.channel_id == state.channel_id:
            stay.muted, stay.deafened = state.muted, state.deafened
        else:
            self._go(stay, state, at)
        self._weigh(at, channels)

    def leave(self, user_ids: Iterable[int], at: datetime) -> None:
        """End the stays of people who cannot be in voice any more."""
        for user_id in user_ids:
            self.move(VoiceState(user_id=user_id, channel_id=None), at)

    def close(self, channel_id: int, at: datetime) -> None:
        """End all stays in a channel that is no more."""
        self.leave([k for k, stay in self._stays.items() if stay.channel_id == channel_id], at)

    def end(self, at: datetime) -> None:
        """End all stays: nobody will tell of them any more."""
        self._let_pass(at, None)
        for stay in [*self._stays.values()]:
            self._lose(stay, at)

    def look(self, states: Iterable[VoiceState], at: datetime) -> None:
        """Take in who is in voice after we were away: nobody told us what happened meanwhile."""
        told = states if self._rules.is_watched else ()
        here = {state.user_id: state for state in told if state.channel_id}
        for stay in [*self._stays.values()]:
            now = here.get(stay.user_id)
            if now is None or now.channel_id != stay.channel_id:
                self._lose(stay, stay.seen_at or stay.started_at)
            elif at - (stay.seen_at or stay.started_at) > BLINK:
                stay.counting_since = None
        self._let_pass(at, None)
        for state in here.values():
            stay = self._stays.get(state.user_id) or self._begin(state, at)
            stay.muted, stay.deafened = state.muted, state.deafened
        self._weigh(at, None)

    def settle(self, at: datetime) -> None:
        """Count what has passed, for everybody, and by the rules as they are now."""
        self._let_pass(at, None)
        self._weigh(at, None)

    def _go(self, stay: VoiceSession | None, state: VoiceState, at: datetime) -> None:
        """Let somebody come, go over, or go."""
        if state.channel_id is None:
            assert stay is not None  # noqa: S101 - for the type
            ending = self._ending_of(stay, at)
            self._end(stay, at, ending)
            self._note(STEPS[ending], stay, at)
        else:
            if stay:
                self._end(stay, at, Ending.MOVED)
            self._note(Kind.MOVE if stay else Kind.JOIN, self._begin(state, at), at)

    def _begin(self, state: VoiceState, at: datetime) -> VoiceSession:
        assert state.channel_id is not None  # noqa: S101 - for the type
        stay = VoiceSession(
            guild_id=self._rules.settings.guild_id,
            user_id=state.user_id,
            channel_id=state.channel_id,
            started_at=at,
            muted=state.muted,
            deafened=state.deafened,
        )
        self._stays[state.user_id] = stay
        return stay

    def _end(self, stay: VoiceSession, at: datetime, ending: str) -> None:
        del self._stays[stay.user_id]
        stay.ended_at = max(at, stay.started_at, stay.seen_at or at)
        stay.ending, stay.counting_since = ending, None
        self.touched[id(stay)] = stay

    def _lose(self, stay: VoiceSession, at: datetime) -> None:
        self._end(stay, at, Ending.LOST)

    def _ending_of(self, stay: VoiceSession, at: datetime) -> str:
        until = self._silenced.get(stay.user_id)
        return Ending.TIMED_OUT if until and until > at else Ending.LEFT

    def _note(self, kind: str, stay: VoiceSession, at: datetime) -> None:
        step = VoiceEvent(
            guild_id=stay.guild_id,
            user_id=stay.user_id,
            kind=kind,
            session=stay,
            channel_id=stay.channel_id,
            at=at,
            muted=stay.muted,
            deafened=stay.deafened,
        )
        self.steps.append(step)

    def _let_pass(self, at: datetime, channels: Collection[int | None] | None) -> None:
        """Count the time since the last moment, as everybody sat there until now."""
        for stay in self._in(channels):
            since = stay.counting_since
            if since is not None and at > since:
                span = Span(stay.user_id, stay.channel_id, since, at)
                self.spans.append(span)
                stay.counted_ms += ms_of(at) - ms_of(since)
                stay.counting_since = at

    def _weigh(self, at: datetime, channels: Collection[int | None] | None) -> None:
        """Decide whose time counts from now on."""
        company = Counter(stay.channel_id for stay in self._stays.values())
        for stay in self._in(channels):
            counts = self._rules.counts(stay, company[stay.channel_id])
            stay.counting_since = (stay.counting_since or at) if counts else None
            stay.seen_at = max(at, stay.seen_at or at)
            self.touched[id(stay)] = stay

    def _in(self, channels: Collection[int | None] | None) -> Iterator[VoiceSession]:
        for stay in self._stays.values():
            if channels is None or stay.channel_id in channels:
                yield stay


def ms_of(moment: datetime) -> int:
    """Return a moment in whole milliseconds, so that pieces of time add up to the whole."""
    return (moment - EPOCH) // MILLISECOND


def _is_as_told(stay: VoiceSession | None, state: VoiceState) -> bool:
    told = (state.channel_id, state.muted, state.deafened)
    if stay is None:
        return state.channel_id is None
    return (stay.channel_id, stay.muted, stay.deafened) == told
