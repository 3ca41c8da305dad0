"""What we did ourselves after the moment a restored backup shows: regained from Discord's log.

Each deed of ours carries its case, its end and who decided it; so the log of Discord is the book
from which cases come back under their own numbers, and what they hold is kept true again.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Self

from django.db import transaction
from django.db.models import Max, Q

from community.models import Guild, Restoration, StandingOrder
from community.services.restorations import let_discord_decide
from moderation.models import Case, Punishment
from moderation.models.cases import LONGEST_REASON
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
# A mark counts whole seconds: what comes back ends a little later, and never early.
A_SECOND = timedelta(seconds=1)
CARRIES = {
    Punishment.Kind.BAN.value: ["ban"],
    Punishment.Kind.MUTE.value: ["timeout", "mute_role"],
}
# So far beyond the last number that is known a lost one can be, where nothing but itself tells.
NEAR = 10_000
LISTED, BY_DISCORD = "listed:", Case.Source.DISCORD
FROM_LIST = "Regained from the server's list of bans; who decided it is not known."
LAST_YEAR = 9000  # of an end that can be reckoned with
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
        try:
            ends = None if until == "-" else datetime.fromtimestamp(int(until), UTC)
        except (ValueError, OverflowError, OSError):  # no mark of ours: somebody wrote it
            return None
        if int(number) == 0 or (ends is not None and ends.year > LAST_YEAR):
            return None
        return cls(int(number), ends, None if by == "-" else int(by), words[:LONGEST_REASON])


def is_lost(*, reason: str, at: datetime) -> bool:
    """Tell whether a deed of ours may be one that a restored backup does not know."""
    if Mark.read(reason) is None:
        return False
    shown = _shown_at()
    return shown is not None and at > shown - AROUND


def _shown_at() -> datetime | None:
    """Return the moment that the latest of the backups shows that were ever put back."""
    shown: datetime | None = Restoration.objects.aggregate(at=Max("shows_at"))["at"]
    return shown


@transaction.atomic
def regain_deed(*, decision: Decision, deed: Deed, reason: str) -> Case | None:
    """Write a case of ours down again under its number; None when nothing of it was lost."""
    mark = Mark.read(reason)
    if mark is None or take_turn(decision, deed.user_id or 0) is not None:
        return None
    by = replace(decision, moderator_id=mark.moderator_id)
    known = Case.objects.of(decision.guild_id).filter(number=mark.number).first()
    if known is not None and known.user_id == deed.user_id:
        if known.kind == deed.kind:
            _take_up(known, mark, by, deed)
        return None
    if known is None and not _has_room(decision.guild_id, mark.number):
        return None
    return _open_again(by, deed, mark, is_taken=known is not None)


def regain_bans(*, guild_id: int, bans: Mapping[int, str]) -> int:
    """Write bans of ours down again that stand, and of which no log has told; return how many.

    Of a server that the bot came to later, nothing was lost.
    """
    put_back = Restoration.objects.order_by("-restored_at").first()
    if put_back is None:
        return 0
    if not Guild.objects.filter(pk=guild_id, joined_at__lt=put_back.restored_at).exists():
        return 0
    marks = {user_id: mark for user_id, reason in bans.items() if (mark := Mark.read(reason))}
    told = Case.objects.of(guild_id).filter(number__in={each.number for each in marks.values()})
    known = set(told.values_list("number", "user_id"))
    lost = {who: mark for who, mark in marks.items() if (mark.number, who) not in known}
    # One after the other: each waits for a person's orders first, and for the docket then.
    again = [_regain_ban(guild_id, who, mark, put_back) for who, mark in sorted(lost.items())]
    return sum(again)


@transaction.atomic
def _regain_ban(guild_id: int, user_id: int, mark: Mark, put_back: Restoration) -> bool:
    """Regain one. Whoever bans by hand can write a mark like ours.

    So who decided is not taken from it, nor a number far from all that were given, nor an end that
    was over when the backup was made; and where a case tells of the ban, that counts.
    """
    shown, listed = put_back.shows_at, f"{LISTED}{user_id}:{mark.number}"
    decision = Decision(guild_id=guild_id, source=BY_DISCORD, source_id=listed, at=shown)
    if take_turn(decision, user_id) is not None or (mark.until and mark.until <= shown):
        return False
    cases = Case.objects.of(guild_id)
    theirs = cases.filter(user_id=user_id, kind=Case.Kind.BAN)
    by_hand = Q(source=BY_DISCORD, created_at__gt=shown) | Q(reason__startswith=f"[#{mark.number} ")
    is_told = theirs.filter(by_hand | Q(created_at__gt=put_back.restored_at)).exists()
    others = cases.exclude(source_id__startswith=LISTED)
    highest: int = others.aggregate(highest=Max("number"))["highest"] or 0
    is_taken = cases.filter(number=mark.number).exists()
    if is_told or mark.number > highest + NEAR:
        return False
    if not is_taken and not _has_room(guild_id, mark.number):
        return False
    deed = Deed(kind=Case.Kind.BAN, user_id=user_id, comment=FROM_LIST)
    _open_again(decision, deed, mark, since=put_back.restored_at, is_taken=is_taken)
    return True


def _open_again(
    decision: Decision,
    deed: Deed,
    mark: Mark,
    *,
    since: datetime | None = None,
    is_taken: bool = False,
) -> Case:
    """Open a lost case again; where its number was given to another meanwhile, under a new one."""
    lasts = None if mark.until is None else max(mark.until - decision.at, A_SECOND) + A_SECOND
    held = HOLDS.get(Case.Kind(deed.kind or Case.Kind.NOTE))
    told = replace(deed, reason=mark.words, duration=lasts if held else None)
    if is_taken:
        told = replace(told, comment=f"{deed.comment} It was case #{mark.number}.".strip())
    case = open_case(decision=decision, deed=told, number=None if is_taken else mark.number)
    if held and not _was_wished_since(case, held, since or decision.at):
        _hold_again(case, held, decision, deed)
    return case


def _was_wished_since(case: Case, kind: str, moment: datetime) -> bool:
    """Tell whether staff decided about it after the deed that comes back: then that counts."""
    theirs = StandingOrder.objects.of(case.guild_id).about(case.user_id or 0)
    return theirs.filter(kind__in=CARRIES[kind], wanted_at__gt=moment).exists()


def _hold_again(case: Case, kind: str, decision: Decision, deed: Deed) -> None:
    standing = punishment_of(guild_id=case.guild_id, user_id=case.user_id or 0, kind=kind)
    if standing is not None:
        superseded, command = Punishment.State.SUPERSEDED, Punishment.Ender.COMMAND
        end_punishment(punishment=standing, decision=decision, state=superseded, ender=command)
    _take_as_done(begin_punishment(case=case, kind=kind, duration=case.duration), decision, deed)


def _take_up(case: Case, mark: Mark, decision: Decision, deed: Deed) -> None:
    """Let what the backup knows already be as Discord was told: that it stands, and until when."""
    standing = Punishment.objects.of(case.guild_id).standing().filter(case=case)
    punishment = standing.select_related("case").first()
    if punishment is None or _was_wished_since(case, punishment.kind, decision.at):
        return
    if not _is_same_moment(punishment.ends_at, mark.until):
        if mark.until is not None and mark.until <= decision.at:
            return
        duration = None if mark.until is None else mark.until + A_SECOND - punishment.starts_at
        change_end(punishment=punishment, decision=decision, duration=duration)
        _take_as_done(punishment, decision, deed)
    elif (wish := wish_of(punishment)) is not None and not wish.is_settled:
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
