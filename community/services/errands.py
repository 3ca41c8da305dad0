"""Errands: asked for once, done once, or given up in words.

A call whose answer was lost may have been heard. Some errands can simply be repeated; others only
within the time in which Discord itself would notice, and after that they are not done again.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from community.errors import HouseError
from community.kinds import errand_kind, known_errands
from community.models import AT_ONCE, Errand, Grant, Staff, User
from community.scope import cross_guild, guild_scope
from community.services.audit import write_audit
from community.services.grants import require
from community.services.leases import require_lead
from community.services.orders import IN_HAND, Trouble, hint

NOTHING_TO_TRY = (
    "There is nothing to try: it is done, under way, or was emptied, or nobody knows any more how."
)

NOT_WANTED = "It is not wanted any more."

State = Errand.State
Lane = tuple[int, str]


@transaction.atomic
def send_errand(
    *,
    guild_id: int,
    kind: str,
    dedupe_key: str,
    payload: Mapping[str, Any],
    user_id: int | None = None,
    not_before: datetime = AT_ONCE,
) -> Errand:
    """Have something done once; the same key again is the same errand."""
    now = timezone.now()
    errand: Errand
    errand, is_new = Errand.objects.get_or_create(
        guild_id=guild_id,
        dedupe_key=dedupe_key,
        defaults={
            "kind": kind,
            "payload": dict(payload),
            "user_id": user_id,
            "made_at": now,
            "due_at": not_before,
            "valid_until": max(now, not_before) + errand_kind(kind).valid_for,
        },
    )
    if is_new:
        hint()
    return errand


@transaction.atomic
def hurry_errand(*, guild_id: int, dedupe_key: str) -> bool:
    """Go on with an errand that waited for something else; True when it did."""
    fresh = Errand.objects.of(guild_id).open().filter(dedupe_key=dedupe_key, attempts=0)
    if count := fresh.update(due_at=AT_ONCE):
        hint()
    return count > 0


def drop_errand(*, guild_id: int, dedupe_key: str) -> None:
    """Leave an errand undone that waits, as nobody wants it any more; nothing follows from it."""
    waiting = Errand.objects.of(guild_id).filter(dedupe_key=dedupe_key, state=State.WAITING)
    waiting.update(state=State.SKIPPED, ended_at=timezone.now(), last_error=NOT_WANTED)


@transaction.atomic
def write_line(
    *, guild_id: int, channel_id: int, subject: str, message: Mapping[str, Any]
) -> Errand:
    """Have a line about something stand in a channel; the same subject again edits it in place."""
    payload = {"channel_id": str(channel_id), "message": dict(message)}
    key = f"line:{subject}"
    return have_it_so(guild_id=guild_id, kind="log_line", dedupe_key=key, payload=payload)


@transaction.atomic
def have_it_so(*, guild_id: int, kind: str, dedupe_key: str, payload: Mapping[str, Any]) -> Errand:
    """Have something be as told last: the same key with another payload is done once more."""
    told = dict(payload)
    errand = send_errand(guild_id=guild_id, kind=kind, dedupe_key=dedupe_key, payload=told)
    row: Errand = Errand.objects.of(guild_id).select_for_update(no_key=True).get(pk=errand.pk)
    if row.payload != told:
        row.payload = told
        if row.state == State.WAITING:  # an earlier call may have been heard: that stays noted
            row.due_at = AT_ONCE
        elif row.state != State.RUNNING:  # whoever has it in hand finds it changed in the end
            _ask_again(row)
        row.save()
        hint()
    return row


def hold_errands(*, guild_id: int, dedupe_keys: Collection[str]) -> None:
    """Lock errands that are about to be told anew, before anything that their end locks, too."""
    told = Errand.objects.of(guild_id).filter(dedupe_key__in=dedupe_keys)
    list(told.select_for_update(no_key=True).order_by("pk").values_list("pk"))


@transaction.atomic
def claim_errands(
    *,
    now: datetime,
    epoch: int,
    most: int,
    besides: Collection[int] = (),
    busy: Collection[int] = (),
    lanes: Collection[Lane] = (),
) -> list[Errand]:
    """Take up what is due; what is too late, or may have been done already, is left undone."""
    with cross_guild("what is to be done out there, in every server"):
        due = Errand.objects.due(now, besides=besides, busy=busy)
        # Of a kind that no app registers any more, a row waits for its app, and stops no other.
        due = due.filter(kind__in=known_errands())
        if not due.exists():  # as mostly, and sooner said than whose turn it is
            return []
        require_lead(epoch)
        taken: list[Errand] = []
        next_in_lane = due.first_of_each_lane(besides={lane for _, lane in lanes})
        for errand in next_in_lane.in_turn(most):
            is_free = lane_of(errand) not in {*lanes, *map(lane_of, taken)}
            if is_free and _take_up(errand, now):
                taken.append(errand)
        return taken


def lane_of(errand: Errand) -> Lane:
    """Return what an errand is about, within its server.

    One at a time: so they come in order, and a bot that dies leaves only one in doubt.
    """
    return errand.guild_id, errand_kind(errand.kind).lane(errand)


def taken_up_at(errand: Errand) -> datetime:
    """Return when an errand in hand was taken up, by Discord's clock."""
    return errand.due_at - IN_HAND


def finish_errand(*, errand: Errand, result: Mapping[str, Any], epoch: int) -> bool:
    """Write down that it is done, and what follows; False when it is not ours to say any more."""
    with _in_hand(errand, epoch) as row:
        if row is None:
            return False
        row.result, row.last_error = dict(result), ""
        if row.payload != errand.payload:
            _ask_again(row)
            row.save()
        else:
            _end(row, State.DONE)
        return True


def skip_errand(*, errand: Errand, words: str, epoch: int) -> bool:
    """Write down why it is not worth doing any more."""
    with _in_hand(errand, epoch) as row:
        if row is None:
            return False
        row.last_error = words[:300]
        _end(row, State.SKIPPED)
        return True


def fail_errand(*, errand: Errand, trouble: Trouble, now: datetime, epoch: int) -> bool:
    """Write down what went wrong: it is tried again, or given up."""
    with _in_hand(errand, epoch) as row:
        if row is None:
            return False
        row.last_error = trouble.words[:300]
        if trouble.is_final:
            _end(row, State.DEAD)
            return True
        if not trouble.is_unsure and _is_first_call(errand):
            row.called_at = None
        row.state, row.due_at = State.WAITING, now + trouble.wait
        row.save()
        return True


@transaction.atomic
def keep_errands_in_hand(*, errands: Iterable[Errand], now: datetime) -> int:
    """Hold on to what is under way, so that nobody else takes it up."""
    kept = 0
    with cross_guild("what is under way in every server"):
        for errand in errands:
            mine = Errand.objects.of(errand.guild_id).open()
            mine = mine.filter(pk=errand.pk, token=errand.token)
            kept += mine.update(due_at=now + IN_HAND)
    return kept


@transaction.atomic
def retry_errand(*, errand: Errand, by: Staff) -> None:
    """Try an errand again at once, also one that was given up; whoever may moderate may."""
    require(by, Grant.Capability.MODERATE, guild_id=errand.guild_id)
    there = Errand.objects.of(errand.guild_id).filter(pk=errand.pk)
    # What it said to somebody who was erased is gone, and cannot be said again.
    open_or_lost = there.exclude(state__in=[State.DONE, State.RUNNING]).exclude(payload={})
    open_or_lost = open_or_lost.filter(kind__in=known_errands())
    row = open_or_lost.select_for_update(no_key=True).first()
    if row is None:
        raise HouseError(NOTHING_TO_TRY)
    _ask_again(row)
    row.save()
    write_audit(
        verb="community.errand.retried",
        subject=("errand", errand.pk),
        by=by,
        guild_id=errand.guild_id,
    )
    hint()


@transaction.atomic
def give_up_errand(*, errand: Errand, by: Staff) -> None:
    """Leave an errand undone that has not been done yet; whoever may moderate may."""
    require(by, Grant.Capability.MODERATE, guild_id=errand.guild_id)
    there = Errand.objects.of(errand.guild_id).filter(pk=errand.pk, state=State.WAITING)
    row = there.select_for_update(no_key=True).first()
    if row is None:
        raise HouseError("It is under way, or has ended already.")
    row.last_error = f"Given up by {by}."
    _end(row, State.SKIPPED)
    write_audit(
        verb="community.errand.given_up",
        subject=("errand", errand.pk),
        by=by,
        guild_id=errand.guild_id,
    )


@contextmanager
def _in_hand(errand: Errand, epoch: int) -> Iterator[Errand | None]:
    """Lock the row, within its server; None when the one who speaks of it has it no longer."""
    with transaction.atomic(), guild_scope(errand.guild_id):
        require_lead(epoch)
        mine = Errand.objects.of(errand.guild_id).open()
        mine = mine.filter(pk=errand.pk, token=errand.token)
        yield mine.select_for_update(no_key=True).first()


def _take_up(errand: Errand, now: datetime) -> bool:
    """Hand an errand out, with the call noted before it is made."""
    if words := _too_late(errand, now):
        errand.last_error = words
        with guild_scope(errand.guild_id):
            _end(errand, State.SKIPPED)
        return False
    errand.state = State.RUNNING
    errand.token += 1
    errand.attempts += 1
    errand.due_at = now + IN_HAND
    errand.called_at = errand.called_at or now
    errand.save()
    return True


def _is_first_call(errand: Errand) -> bool:
    """Tell whether no earlier call is in doubt: the first one was noted as it was taken up."""
    return errand.called_at is not None and errand.due_at == errand.called_at + IN_HAND


def _ask_again(row: Errand) -> None:
    """Have it done once more, as if it were new."""
    row.state, row.due_at, row.ended_at = State.WAITING, AT_ONCE, None
    row.attempts, row.called_at = 0, None
    row.valid_until = timezone.now() + errand_kind(row.kind).valid_for


def _too_late(errand: Errand, now: datetime) -> str:
    if errand.valid_until is not None and errand.valid_until <= now:
        return f"Too late to be worth it. {errand.last_error}".strip()
    window = errand_kind(errand.kind).window(errand)
    if window is not None and errand.called_at is not None and now - errand.called_at > window:
        return "It may have been done: Discord's answer was lost, and twice would be worse."
    return ""


def _end(row: Errand, state: str) -> None:
    row.state, row.ended_at = state, timezone.now()
    row.save()
    if row.kind in known_errands():
        kind = errand_kind(row.kind)
        follows = kind.done if state == State.DONE else kind.failed
        follows(row)
    # Who was erased while it waited is forgotten here when it ends.
    erased = User.objects.filter(pk=row.user_id or 0, erased_at__isnull=False)
    ended = Errand.objects.of(row.guild_id).filter(pk=row.pk, user_id__in=erased.values("pk"))
    ended.update(payload={}, result={})
