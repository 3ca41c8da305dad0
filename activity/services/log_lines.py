"""Lines in the logs that a server named: gathered, so that one message tells of several things.

A note names the row it tells of, so that it is told as it is known when it is said. What people
wrote stands in a note itself, and goes as soon as it is said.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from activity.models import MemberEvent, RoleChange, VoiceEvent
from activity.words.lines import Names, fit_lines, line_of
from community.fields import GuildScoped
from community.models import Errand, GuildSettings, User
from community.services.errands import send_errand

Note = dict[str, Any]

KIND = "activity_log"
GATHER = timedelta(seconds=3)  # an invite and who did it are known a moment later
PAUSE = timedelta(seconds=5)  # between two messages in one channel
MOST_NOTES, MOST_MESSAGES = 10, 3  # in one message; of those that wait for one channel
ROWS: dict[str, type[GuildScoped]] = {
    "member": MemberEvent,
    "role": RoleChange,
    "voice": VoiceEvent,
}


@transaction.atomic
def write_lines(*, guild_id: int, place: str, notes: Sequence[Note]) -> int:
    """Have things told in the log that a server named for them; return how many will be.

    When they pour, the first are told and the rest counted: a raid does not flood a log.
    """
    channel_id = _channel_of(guild_id, place) if notes else None
    if channel_id is None:
        return 0
    waiting = _waiting(guild_id, place, channel_id)
    for note in notes:
        if not waiting or len(waiting[-1].payload["notes"]) >= MOST_NOTES:
            if len(waiting) >= MOST_MESSAGES:
                _count(waiting[-1], note)
                continue
            waiting.append(_new(guild_id, place, channel_id, waiting))
        waiting[-1].payload["notes"].append(note)
    for errand in waiting:
        errand.save(update_fields=["payload"])
    return len(notes)


def compose_lines(*, guild_id: int, payload: Mapping[str, Any]) -> str:
    """Return the words of what was noted, as it is known now; empty when nothing is left to say."""
    place, notes = payload["place"], payload["notes"]
    rows = _rows(guild_id, place, [note["id"] for note in notes if "id" in note])
    known = [note for note in notes if "id" not in note or note["id"] in rows]
    told = [(note, rows.get(note.get("id", 0))) for note in known]
    names = _names_in(told)
    lines = [line_of(note, row, names, among=len(told)) for note, row in told]
    return fit_lines(lines, payload["more"])


def forget_notes(errand: Errand) -> None:
    """Keep of what was said, or never will be, only where."""
    errand.payload = {"channel_id": errand.payload["channel_id"]}
    errand.save(update_fields=["payload"])


def forget_person(*, user_id: int) -> None:
    """Take what somebody wrote out of what is still to be said."""
    theirs = Errand.objects.filter(kind=KIND, payload__notes__contains=[{"user": str(user_id)}])
    for errand in theirs.open().select_for_update(no_key=True):
        notes = errand.payload["notes"]
        errand.payload["notes"] = [each for each in notes if each.get("user") != str(user_id)]
        errand.save(update_fields=["payload"])


def servers_with_log(*, place: str) -> list[int]:
    """Return which servers in the scope have a log of this sort."""
    named = GuildSettings.objects.exclude(**{f"{place}_log": None})
    return list(named.values_list("guild_id", flat=True))


def _channel_of(guild_id: int, place: str) -> int | None:
    channels = GuildSettings.objects.of(guild_id).values_list(f"{place}_log_id", flat=True)
    return channels.first()


def _waiting(guild_id: int, place: str, channel_id: int) -> list[Errand]:
    """Return the messages to which more can be added: nobody has tried to say them."""
    mine = Errand.objects.of(guild_id).open().filter(kind=KIND, attempts=0)
    mine = mine.filter(payload__channel_id=str(channel_id), payload__place=place)
    return list(mine.select_for_update(no_key=True).order_by("pk"))


def _new(guild_id: int, place: str, channel_id: int, waiting: Sequence[Errand]) -> Errand:
    due = timezone.now() + GATHER
    after = waiting[-1].due_at + PAUSE if waiting else due
    payload = {"channel_id": str(channel_id), "place": place, "notes": [], "more": {}}
    return send_errand(
        guild_id=guild_id,
        kind=KIND,
        dedupe_key=f"log:{channel_id}:{uuid4().hex}",
        payload=payload,
        not_before=max(due, after),
    )


def _count(errand: Errand, note: Note) -> None:
    more = errand.payload["more"]
    more[note["what"]] = more.get(note["what"], 0) + 1


def _rows(guild_id: int, place: str, ids: Collection[int]) -> dict[int, Any]:
    model = ROWS.get(place)
    if model is None or not ids:
        return {}
    return {row.pk: row for row in model.objects.of(guild_id).filter(pk__in=ids)}


def _names_in(told: Iterable[tuple[Note, Any]]) -> Names:
    people = {int(note["user"]) for note, _ in told if "user" in note}
    people |= {row.user_id for _, row in told if row}
    names = User.objects.filter(pk__in=people).values_list("pk", "global_name", "username")
    return {user_id: called or username for user_id, called, username in names}
