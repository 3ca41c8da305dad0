"""Wishes of people about what is kept of them: asked for, answered by the clock, one at a time."""

from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from community.errors import HouseError
from community.models import JobRun, PrivacyRequest, Staff, User
from community.scope import cross_guild
from community.services.audit import write_audit
from community.services.copies import remove_copies, remove_strays, write_copy
from community.services.errands import send_errand
from community.services.privacy import erase_person, export_person
from community.services.staff import require_keeper

COPY, ERASURE = PrivacyRequest.Kind.COPY, PrivacyRequest.Kind.ERASURE
FETCHED_WITHIN = timedelta(days=7)
# Longer than the clock lets anybody make a copy.
BEGUN_LONG_AGO = timedelta(hours=2)
AGAIN_AFTER = timedelta(days=1)
# The job that answers.
ANSWERS = "community.tasks.answer_requests"
# What fits into a direct message, with room for what goes around it; larger is fetched at the desk.
FITS = 8 << 20
HERE_IT_IS = (
    "Here is everything I keep about you, as you asked. Nobody else has got this file; "
    "`manifest.json` in it says what is what."
)
TOO_LARGE = (
    "The copy of everything I keep about you is too large for a message. It waits for a week: "
    "ask who keeps this house for it."
)


@transaction.atomic
def ask_for_copy(
    *, user_id: int, by: Staff | None = None, guild_id: int | None = None
) -> PrivacyRequest:
    """Ask for a copy of everything about a person: they themselves, or a keeper at the desk."""
    if by is not None:
        require_keeper(by)
    lately = PrivacyRequest.objects.filter(user_id=user_id, kind=COPY, asked_by=None)
    if by is None and lately.filter(asked_at__gt=timezone.now() - AGAIN_AFTER).exists():
        raise HouseError("You have asked for it within the last day: it is on its way, or was.")
    return _ask(user_id, COPY, by, guild_id)


@transaction.atomic
def ask_to_be_erased(
    *, user_id: int, by: Staff | None = None, guild_id: int | None = None
) -> PrivacyRequest:
    """Ask that a person be made a stranger; what stands against it is said when it is tried."""
    if by is not None:
        require_keeper(by)
    return _ask(user_id, ERASURE, by, guild_id)


def _ask(user_id: int, kind: str, by: Staff | None, guild_id: int | None) -> PrivacyRequest:
    asked = {"asked_by": by, "answered_in": guild_id}
    request, is_new = PrivacyRequest.objects.get_or_create(
        user_id=user_id, kind=kind, state=PrivacyRequest.State.WAITING, defaults=asked
    )
    if is_new:
        with cross_guild("the house's own history"):
            write_audit(verb=f"community.{kind}.asked", subject=("user", str(user_id)), by=by)
    return request


@transaction.atomic
def answer_requests(*, now: datetime) -> str:
    """Answer the wish that waits longest, and let go of copies that nobody fetched."""
    old = PrivacyRequest.objects.with_a_file().filter(ended_at__lt=now - FETCHED_WITHIN)
    forgotten = drop_copies(pks=[*old.values_list("pk", flat=True)])
    named = PrivacyRequest.objects.with_a_file().values_list("path", flat=True)
    remove_strays(besides=[*named], before=now - BEGUN_LONG_AGO)
    request = PrivacyRequest.objects.waiting().select_for_update(skip_locked=True).first()
    if request is None:
        return f"Nobody waits. {forgotten} old copies removed."
    answer = _copy if request.kind == COPY else _erase
    try:
        with transaction.atomic():
            _refuse_nobody(request)
            answer(request, now)
    except HouseError as refusal:
        _end(request, now, PrivacyRequest.State.REFUSED, str(refusal))
        if request.answered_in is not None:
            _send(request, "direct_message", f"I cannot forget you yet. {refusal}")
    return f"{request.get_kind_display()} {request.get_state_display().lower()}: {request.words}"


@transaction.atomic
def drop_copies(*, pks: list[int]) -> int:
    """Remove the files of some copies, once this is committed; return how many that were."""
    rows = PrivacyRequest.objects.with_a_file().filter(pk__in=pks)
    paths = [*rows.values_list("path", flat=True)]
    rows.update(path="")
    transaction.on_commit(lambda: remove_copies(paths))
    return len(paths)


@transaction.atomic
def hand_out_copy(*, request: PrivacyRequest, by: Staff) -> Path:
    """Hand out a copy to a keeper, who gives it to the person; it is noted."""
    require_keeper(by)
    if not request.path or not Path(request.path).exists():
        raise HouseError("This copy is not there any more: ask for another.")
    with cross_guild("the house's own history"):
        write_audit(verb="community.copy.handed_out", subject=("user", str(request.user_id)), by=by)
    return Path(request.path)


def wishes_about(*, user_id: int) -> list[PrivacyRequest]:
    """Return the latest wish of each kind about a person, the latest in front."""
    theirs = PrivacyRequest.objects.filter(user_id=user_id)
    latest = theirs.order_by("kind", "-asked_at", "-pk").distinct("kind")
    return sorted(latest, key=lambda each: each.asked_at, reverse=True)


def steps_done(*, request: PrivacyRequest) -> tuple[int, int]:
    """Return how far the clock has come with a wish, and of how much; 0 of 0 until it begins."""
    run = JobRun.objects.at_work().filter(job_id=ANSWERS).first()
    is_next = PrivacyRequest.objects.waiting().first() == request
    return (run.progress, run.whole) if run and is_next else (0, 0)


def _refuse_nobody(request: PrivacyRequest) -> None:
    """Refuse what is asked about a stranger; not at once, as who asks is told nothing of others."""
    if not User.objects.filter(pk=request.user_id or 0).exists():
        raise HouseError("Nobody with this id was ever seen here.")


def _copy(request: PrivacyRequest, now: datetime) -> None:
    user_id = request.user_id or 0
    path = write_copy(user_id=user_id, tables=export_person(user_id=user_id), at=now)
    request.path, request.size = str(path), path.stat().st_size
    words = "It waits at the desk to be fetched, for a week."
    if request.answered_in is not None:
        fits = request.size <= FITS
        words = "It is sent to them." if fits else words
        _send(request, "copy" if fits else "direct_message", HERE_IT_IS if fits else TOO_LARGE)
    _end(request, now, PrivacyRequest.State.DONE, words)


def _erase(request: PrivacyRequest, now: datetime) -> None:
    rows = erase_person(user_id=request.user_id or 0, by=request.asked_by)
    request.user_id = None
    _end(request, now, PrivacyRequest.State.DONE, f"{rows:,} rows were emptied or let go.")


def _send(request: PrivacyRequest, kind: str, words: str) -> None:
    guild_id, user_id = request.answered_in or 0, request.user_id
    payload = {"message": {"content": words}, "request": request.pk}
    with cross_guild("a person is answered in the server where they asked", among=[guild_id]):
        key = f"copy:{request.pk}"
        send_errand(guild_id=guild_id, kind=kind, dedupe_key=key, payload=payload, user_id=user_id)


def _end(request: PrivacyRequest, now: datetime, state: str, words: str) -> None:
    request.state, request.ended_at, request.words = state, now, words[:300]
    request.save()


def copy_to_send(*, request_id: int) -> Path | None:
    """Return where a copy lies that is to be sent; None when it is there no more."""
    request = PrivacyRequest.objects.filter(pk=request_id).with_a_file().first()
    return Path(request.path) if request and Path(request.path).exists() else None


def note_copy_sent(*, request_id: int) -> int:
    """Let go of a copy that its person has got."""
    return drop_copies(pks=[request_id])
