"""What is written down of every change that staff make, in the transaction of the change."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from community.models import AuditEntry, AuditTrace, Staff


@dataclass(frozen=True, slots=True)
class OnDiscord:
    """Somebody on Discord without an account here, and what Discord lets them do there."""

    user_id: int
    permissions: int


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from."""

    address: str
    agent: str


_origin: ContextVar[Origin | None] = ContextVar("origin", default=None)


@contextmanager
def coming_from(*, address: str, agent: str) -> Iterator[None]:
    """Remember, beside every audit entry written inside, where the wish came from."""
    token = _origin.set(Origin(address, agent[:300]))
    try:
        yield
    finally:
        _origin.reset(token)


@transaction.atomic
def write_audit(
    *,
    verb: str,
    subject: tuple[str, object],
    by: Staff | OnDiscord | None,
    guild_id: int | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Write one line of history; `subject` is its kind and id, no `guild_id` means the house."""
    kind, key = subject
    entry: AuditEntry = AuditEntry.objects.create(
        guild_id=guild_id,
        staff=by if isinstance(by, Staff) else None,
        actor=_name_of(by),
        verb=verb,
        subject_kind=kind,
        subject_id=str(key),
        before=before or {},
        after=after or {},
    )
    if origin := _origin.get():
        AuditTrace.objects.create(
            guild_id=guild_id, entry=entry, address=origin.address, agent=origin.agent
        )
    return entry


def _name_of(by: Staff | OnDiscord | None) -> str:
    """Return who it was; of who has no account the bare id, which outlives what they are called."""
    if isinstance(by, OnDiscord):
        return f"{by.user_id} on Discord"
    return by.username if by else "Guildhall"
