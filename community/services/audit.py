"""What is written down of every change that staff make, in the transaction of the change."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from community.models import AuditEntry, AuditTrace, Staff


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
    by: Staff | None,
    guild_id: int | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Write one line of history; `subject` is its kind and id, no `guild_id` means the house."""
    kind, key = subject
    entry: AuditEntry = AuditEntry.objects.create(
        guild_id=guild_id,
        staff=by,
        actor=by.username if by else "Guildhall",
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
