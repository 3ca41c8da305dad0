"""Who put people out of voice, or elsewhere: Discord tells it apart, a moment before or after."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from activity.models import VoiceEvent, VoiceSession
from activity.querysets.voice import VoiceEventQuerySet
from community.services.mirror import facts

CHANGED, MOVED, DISCONNECTED = 24, 26, 27  # Discord's numbers in its audit log
SILENT_UNTIL = "communication_disabled_until"
NEAR = timedelta(seconds=5)  # so close to each other are two tellings of one deed

Kind, Ending = VoiceEvent.Kind, VoiceSession.Ending


def name_who_did_it(*, guild_id: int, news: Iterable[facts.News]) -> None:
    """Put deeds of moderators to the steps that they brought about, where there is no doubt.

    Of a move or a disconnection Discord's log tells when and how many, but not whom.
    """
    for each in news:
        match each.told:
            case facts.EntryLogged() as entry if entry.action in DEEDS and entry.by_id:
                DEEDS[entry.action](guild_id, entry)
            case facts.PersonChanged(person) if _is_silenced(person.timed_out_until, each.at):
                near = _near(guild_id, each.at).filter(kind=Kind.LEAVE)
                _call(near.filter(user_id=person.user_id), Kind.TIMEOUT, None)


def _moved(guild_id: int, entry: facts.EntryLogged) -> None:
    near = _near(guild_id, entry.at).filter(kind=Kind.MOVE, channel_id=entry.channel_id or 0)
    if len(near) == entry.count:
        _call(near, Kind.MOVE, entry.by_id)


def _disconnected(guild_id: int, entry: facts.EntryLogged) -> None:
    near = _near(guild_id, entry.at).filter(kind=Kind.LEAVE)
    if len(near) == entry.count:
        _call(near, Kind.DISCONNECT, entry.by_id)


def _silenced(guild_id: int, entry: facts.EntryLogged) -> None:
    if entry.changes.get(SILENT_UNTIL):
        near = _near(guild_id, entry.at).filter(kind__in=[Kind.LEAVE, Kind.TIMEOUT])
        _call(near.filter(user_id=entry.target_id or 0), Kind.TIMEOUT, entry.by_id)


def _near(guild_id: int, at: datetime) -> VoiceEventQuerySet:
    """Return the steps about a moment that nobody was named for."""
    steps: VoiceEventQuerySet = VoiceEvent.objects.of(guild_id).filter(actor_id=None)
    return steps.filter(at__gte=at - NEAR, at__lte=at + NEAR)


def _call(steps: VoiceEventQuerySet, kind: str, actor_id: int | None) -> None:
    """Call steps, and the ends of the stays before them, by their name."""
    keys = [(step.guild_id, step.pk, step.session_id) for step in steps]
    for guild_id, step, stay in keys:
        VoiceEvent.objects.of(guild_id).filter(pk=step).update(kind=kind, actor_id=actor_id)
        if kind in ENDINGS:
            VoiceSession.objects.of(guild_id).filter(pk=stay).update(ending=ENDINGS[kind])


def _is_silenced(until: datetime | None, at: datetime) -> bool:
    return until is not None and until > at


ENDINGS: dict[str, str] = {
    Kind.DISCONNECT: Ending.DISCONNECTED,
    Kind.TIMEOUT: Ending.TIMED_OUT,
}
DEEDS: dict[int, Callable[[int, facts.EntryLogged], None]] = {
    CHANGED: _silenced,
    MOVED: _moved,
    DISCONNECTED: _disconnected,
}
