"""What moderators do to members: mute, kick and ban them, and take it back."""

from dataclasses import replace
from datetime import timedelta

from django.db import transaction

from community.errors import HouseError
from community.models import AT_ONCE
from community.services.errands import send_errand
from community.services.orders import let_wait
from moderation.errors import AskFirst, NothingToDo
from moderation.models import Case, CaseEvent, Punishment
from moderation.services.checks import (
    BAN,
    KICK,
    TIME_OUT,
    Need,
    is_present,
    refuse_in_a_hurry,
    refuse_long_reason,
    refuse_out_of_reach,
    refuse_unless_may,
)
from moderation.services.docket import Decision, Deed, open_case
from moderation.services.given_by_hand import given_by_hand
from moderation.services.punishments import (
    begin_punishment,
    change_end,
    end_punishment,
    enforce,
    lift_whoever_gave,
    punishment_of,
    take_turn,
)
from moderation.services.telling import key_of, show_case, tell_person, words_first
from moderation.words import marked_reason

MUTED, BANNED = Punishment.Kind.MUTE, Punishment.Kind.BAN
UNKNOWN: dict[str, str] = {
    MUTED: "As far as I know nothing silences them. Shall I look, and lift what does?",
    BANNED: "As far as I know they are not banned. Shall I look, and lift a ban if there is one?",
}


@transaction.atomic
def mute_member(*, decision: Decision, deed: Deed) -> Case:
    """Silence somebody; who is muted already is muted until the new end, under the same case."""
    user_id = _whom(deed)
    told = take_turn(decision, user_id) or _amended_by(decision, user_id)
    if told is not None:
        return told
    _check(decision, deed, TIME_OUT)
    standing = punishment_of(guild_id=decision.guild_id, user_id=user_id, kind=MUTED)
    if standing is not None:
        return _mute_anew(standing, decision, deed)
    case = open_case(decision=decision, deed=deed)
    punishment = begin_punishment(case=case, kind=MUTED, duration=deed.duration)
    tell_person(case, until=punishment.ends_at)
    show_case(case)
    return case


@transaction.atomic
def unmute_member(*, decision: Decision, deed: Deed) -> Case:
    """Let somebody speak again, whoever silenced them."""
    return _lift(decision, deed, TIME_OUT, MUTED)


@transaction.atomic
def ban_member(*, decision: Decision, deed: Deed) -> Case:
    """Ban somebody, for good or for a time; a ban that holds is superseded."""
    user_id = _whom(deed)
    if (told := take_turn(decision, user_id)) is not None:
        return told
    standing = punishment_of(guild_id=decision.guild_id, user_id=user_id, kind=BANNED)
    if standing and standing.ends_at is None and deed.duration and not decision.is_sure:
        raise AskFirst("They are banned for ever: shall the ban end after a time instead?")
    _check(decision, deed, BAN)
    if standing is not None:
        superseded, command = Punishment.State.SUPERSEDED, Punishment.Ender.COMMAND
        end_punishment(punishment=standing, decision=decision, state=superseded, ender=command)
    case = open_case(decision=decision, deed=deed)
    punishment = begin_punishment(
        case=case, kind=BANNED, duration=deed.duration, erases=deed.erases
    )
    if tell_person(case, until=punishment.ends_at):
        let_wait(order=enforce(punishment), until=words_first())
    show_case(case)
    return case


@transaction.atomic
def unban_member(*, decision: Decision, deed: Deed) -> Case:
    """Let somebody come back, whoever banned them."""
    return _lift(decision, deed, BAN, BANNED)


@transaction.atomic
def kick_member(*, decision: Decision, deed: Deed) -> Case:
    """Put somebody out; they may come back."""
    return _put_out(decision, deed, KICK)


@transaction.atomic
def softban_member(*, decision: Decision, deed: Deed) -> Case:
    """Put somebody out, and what they wrote in the last day with them; they may come back."""
    return _put_out(decision, deed, BAN)


def _whom(deed: Deed) -> int:
    if deed.user_id is None:
        raise HouseError("Say whom.")
    return deed.user_id


def _check(decision: Decision, deed: Deed, need: Need) -> None:
    refuse_long_reason(deed.reason)
    refuse_out_of_reach(decision, _whom(deed))
    refuse_unless_may(decision, need)
    refuse_in_a_hurry(decision, deed)


def _amended_by(decision: Decision, user_id: int) -> Case | None:
    """Return the case whose end this very decision changed before; it may have ended since."""
    if not decision.source_id:
        return None
    changed = CaseEvent.objects.of(decision.guild_id).filter(
        case__user_id=user_id,
        case__kind=Case.Kind.MUTE,
        verb=CaseEvent.Verb.DURATION_CHANGED,
        facts__source_id=decision.source_id,
    )
    event = changed.select_related("case").first()
    return event.case if event else None


def _mute_anew(standing: Punishment, decision: Decision, deed: Deed) -> Case:
    case: Case = standing.case
    span: timedelta | None = None
    if deed.duration is not None:
        span = decision.at - standing.starts_at + deed.duration
    change_end(punishment=standing, decision=decision, duration=span, why=deed.reason)
    return case


def _lift(decision: Decision, deed: Deed, need: Need, kind: str) -> Case:
    user_id = _whom(deed)
    if (told := take_turn(decision, user_id)) is not None:
        return told
    refuse_long_reason(deed.reason)
    refuse_unless_may(decision, need)
    standing = punishment_of(guild_id=decision.guild_id, user_id=user_id, kind=kind)
    if standing is None:
        deed = replace(deed, comment=_whose(decision, user_id, kind))
    case = open_case(decision=decision, deed=deed)
    lift_whoever_gave(decision=decision, by=case, kind=kind)
    show_case(case)
    return case


def _whose(decision: Decision, user_id: int, kind: str) -> str:
    """Say who gave what is not ours; ask first when nobody is known to have done so."""
    given = given_by_hand(guild_id=decision.guild_id, user_id=user_id, now=decision.at)
    if (case := given.get(kind)) is not None:
        return f"It was given by hand, as case {case.number} tells."
    if not decision.is_sure:
        raise AskFirst(UNKNOWN[kind])
    return "It was not given through Guildhall."


def _put_out(decision: Decision, deed: Deed, need: Need) -> Case:
    user_id = _whom(deed)
    if (told := take_turn(decision, user_id)) is not None:
        return told
    if punishment_of(guild_id=decision.guild_id, user_id=user_id, kind=BANNED):
        raise HouseError("They are banned: lift the ban first.")
    if not is_present(decision.guild_id, user_id):
        raise NothingToDo("They are not here.")
    _check(decision, deed, need)
    case = open_case(decision=decision, deed=deed)
    send_errand(
        guild_id=case.guild_id,
        kind=deed.kind,
        dedupe_key=key_of(case),
        payload={"case": case.number, "reason": marked_reason(case, None)},
        user_id=user_id,
        not_before=words_first() if tell_person(case) else AT_ONCE,
    )
    show_case(case)
    return case
