"""How cases look in lists and on pages: their names, colours, people and how they stand."""

from collections.abc import Sequence
from typing import Any

from community.desk.base import bdi, pill
from community.desk.people import in_words, name_of
from community.models import Channel, Member
from moderation.models import Case, CaseEvent, MemberWarning, Punishment
from moderation.services.answers import rung_after
from moderation.services.telling import what_was_found

TONES = {
    Case.Kind.WARN: "warn",
    Case.Kind.MUTE: "warn",
    Case.Kind.KICK: "bad",
    Case.Kind.SOFTBAN: "bad",
    Case.Kind.BAN: "bad",
}
STATES = {
    Punishment.State.ACTIVE: "bad",
    Punishment.State.EXPIRED: "ok",
    Punishment.State.REVOKED: "ok",
    Punishment.State.SUPERSEDED: "mute",
}


def look_up_cases(rows: Sequence[Any]) -> Sequence[Any]:
    """Tell each case of one server whom, where and by whom, as they are called today."""
    ids = {key for row in rows for key in (row.user_id, row.moderator_id) if key}
    members = Member.objects.filter(user_id__in=ids).select_related("user") if ids else ()
    by_id = {member.user_id: member for member in members}
    places = {row.channel_id for row in rows} - {None}
    names = {c.pk: str(c) for c in Channel.objects.filter(pk__in=places)} if places else {}
    for row in rows:
        row.member, row.moderator = by_id.get(row.user_id), by_id.get(row.moderator_id)
        row.place = names.get(row.channel_id, "")
    return rows


def who(member: Member | None, user_id: int | None) -> str:
    """Return somebody by name, or by their bare id."""
    return name_of(member) if member else str(user_id or "")


def decided_by(case: Any) -> str:
    """Return who decided: the person, the account, or where it came from."""
    if case.moderator_id:
        return who(case.moderator, case.moderator_id)
    return str(case.staff) if case.staff_id else case.get_source_display()


def kind_pill(case: Case) -> str:
    """Return what was done, in its colour."""
    return pill(case.get_kind_display(), TONES.get(Case.Kind(case.kind), "mute"))


def state_of(case: Any) -> tuple[str, str]:
    """Return how a case stands, in words and with a tone."""
    if case.overruled_at is not None:
        return "Overruled", "mute"
    found = [*map(_state_of_punishment, case.punishments.all())]
    found += map(_state_of_warning, case.warnings.all())
    return found[0] if found else ("", "mute")


def _state_of_punishment(held: Punishment) -> tuple[str, str]:
    words = held.get_state_display()
    if held.is_open:
        words = f"Until {in_words(held.ends_at)}" if held.ends_at else "For ever"
    return words, STATES[Punishment.State(held.state)]


def _state_of_warning(warning: MemberWarning) -> tuple[str, str]:
    if warning.ended_at is not None:
        return warning.get_ending_display(), "mute"
    end = f" until {in_words(warning.expires_at)}" if warning.expires_at else ""
    return f"Counts{end}", "warn"


def what_came(case: Any) -> str:
    """Say in a line until when a case holds, and what the ladder made of it."""
    words, _ = state_of(case)
    return " ".join(filter(None, [f"{words}." if words else "", rung_after(case)]))


def state_pill(case: Any) -> str:
    """Return how a case stands as a pill; nothing where there is nothing to say."""
    words, tone = state_of(case)
    return pill(words, tone) if words else "—"


def words_of(event: CaseEvent, words: str) -> str:
    """Return what happened to a case, with what was said."""
    told = event.facts.get("took_ms") if event.verb == CaseEvent.Verb.DELIVERED else None
    took = f" after {max(0.1, told / 1000):,.1f} s" if isinstance(told, int) else ""
    said = words or what_was_found(event)
    return f"{event.get_verb_display()}{took}{f': {said}' if said else ''}"


def plain_person(case: Any) -> str:
    """Return whom a case is about, for a cell."""
    return bdi(who(case.member, case.user_id)) if case.user_id else bdi(case.place or "—")
