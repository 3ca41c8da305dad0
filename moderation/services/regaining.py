"""What we did ourselves after the moment a restored backup shows: regained from Discord's log.

Each deed of ours carries its case, its end and who decided it; so the log of Discord is the book
from which cases come back under their own numbers, and what they hold is kept true again.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Self

from django.db import transaction
from django.db.models import Max

from community.models import Restoration, StandingOrder
from community.services.restorations import let_discord_decide
from moderation.models import Case, Punishment
from moderation.services.docket import Decision, Deed, lock_docket, open_case
from moderation.services.punishments import (
    begin_punishment,
    change_end,
    end_punishment,
    punishment_of,
    take_turn,
    wish_of,
)
from moderation.words import moment_mark

MARK = re.compile(r"\[#(\d{1,9}) (\d+|-) (\d{1,19}|-)\] ?(.*)", re.DOTALL)
# The snapshot of a backup is taken a little after the moment that it names.
AROUND = timedelta(minutes=5)
A_SECOND = timedelta(seconds=1)
CARRIES = {
    Punishment.Kind.BAN.value: ["ban"],
    Punishment.Kind.MUTE.value: ["timeout", "mute_role"],
}
HOLDS = {Case.Kind.BAN: Punishment.Kind.BAN, Case.Kind.MUTE: Punishment.Kind.MUTE}


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands before every reason of ours."""

    number: int
    until: datetime | None
    moderator_id: int | None
    words: str

    @classmethod
    def read(cls, reason: str) -> Self | None:
        """Read it; None where there is none."""
        if (found := MARK.match(reason)) is None:
            return None
        number, until, by, words = found.groups()
        ends = None if until == "-" else datetime.fromtimestamp(int(until), UTC)
        return cls(int(number), ends, None if by == "-" else int(by), words)


def is_lost(*, reason: str, at: datetime) -> bool:
    """Tell whether a deed of ours may be one that a restored backup does not know."""
    if Mark.read(reason) is None:
        return False
    shown = Restoration.objects.aggregate(at=Max("shows_at"))["at"]
    return shown is not None and at > shown - AROUND


@transaction.atomic
def regain_deed(*, decision: Decision, deed: Deed, reason: str) -> Case | None:
    """Write a case of ours down again under its number; None when nothing of it was lost."""
    mark = Mark.read(reason)
    if mark is None or take_turn(decision, deed.user_id or 0) is not None:
        return None
    by = replace(decision, moderator_id=mark.moderator_id)
    known = Case.objects.of(decision.guild_id).filter(number=mark.number).first()
    if known is not None:
        _move_end(known, mark, by, deed)
        return None
    if not _has_room(decision.guild_id, mark.number):
        return None
    # A mark counts whole seconds: what comes back ends a little later, and never early.
    lasts = None if mark.until is None else max(mark.until - decision.at, A_SECOND) + A_SECOND
    held = HOLDS.get(Case.Kind(deed.kind or Case.Kind.NOTE))
    told = replace(deed, reason=mark.words, duration=lasts if held else None)
    case = open_case(decision=by, deed=told, number=mark.number)
    if held and not _was_wished_since(case, held, by):
        _hold_again(case, held, by, deed)
    return case


def _was_wished_since(case: Case, kind: str, decision: Decision) -> bool:
    """Tell whether staff decided about it after the deed that comes back: then that counts."""
    theirs = StandingOrder.objects.of(case.guild_id).about(case.user_id or 0)
    return theirs.filter(kind__in=CARRIES[kind], wanted_at__gt=decision.at).exists()


def _hold_again(case: Case, kind: str, decision: Decision, deed: Deed) -> None:
    standing = punishment_of(guild_id=case.guild_id, user_id=case.user_id or 0, kind=kind)
    if standing is not None:
        superseded, command = Punishment.State.SUPERSEDED, Punishment.Ender.COMMAND
        end_punishment(punishment=standing, decision=decision, state=superseded, ender=command)
    _take_as_done(begin_punishment(case=case, kind=kind, duration=case.duration), decision, deed)


def _move_end(case: Case, mark: Mark, decision: Decision, deed: Deed) -> None:
    """Let a punishment end when Discord was told that it ends."""
    standing = Punishment.objects.of(case.guild_id).standing().filter(case=case)
    punishment = standing.select_related("case").first()
    if punishment is None or _is_same_moment(punishment.ends_at, mark.until):
        return
    if _was_wished_since(case, punishment.kind, decision):
        return
    duration = None if mark.until is None else mark.until - punishment.starts_at
    if mark.until is None or mark.until > decision.at:
        change_end(punishment=punishment, decision=decision, duration=duration)
        _take_as_done(punishment, decision, deed)


def _take_as_done(punishment: Punishment, decision: Decision, deed: Deed) -> None:
    """Do nothing anew: Discord's log has it, and whoever lifted it since is in the right."""
    if (wish := wish_of(punishment)) is None:
        return
    ends = deed.duration and decision.at + deed.duration
    mark = moment_mark(ends) if wish.kind == "timeout" and ends else ""
    let_discord_decide(order=wish, at=decision.at, mark=mark)


def _is_same_moment(one: datetime | None, other: datetime | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= A_SECOND


def _has_room(guild_id: int, number: int) -> bool:
    """Let the docket know a number that it has not given itself; tell whether any is missing."""
    docket = lock_docket(guild_id)
    if number > docket.last_case:
        docket.lost_cases += number - docket.last_case
        docket.last_case = number
        docket.save(update_fields=["last_case", "lost_cases"])
    return docket.lost_cases > 0
