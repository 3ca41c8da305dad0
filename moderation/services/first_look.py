"""What held on Discord before we came: each ban and timeout a case, once, and nobody is told."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from community.models import Member
from community.services.bots import bot_user_id
from community.services.errands import send_errand
from community.services.mirror.rights import ADMINISTRATOR, permissions_of
from moderation.models import Case, Docket
from moderation.models.cases import LONGEST_REASON
from moderation.services.checks import BAN
from moderation.services.docket import Decision, Deed, lock_docket, open_case
from moderation.services.given_by_hand import UNDONE_BY
from moderation.services.punishments import CASE_IN_MARK

FOUND = "found:"


@transaction.atomic
def ask_what_holds(*, guild_id: int) -> bool:
    """Have the bans of a server looked through, unless that was done; True when it was asked."""
    docket = Docket.objects.of(guild_id).filter(bans_found_at__isnull=False)
    if (me := bot_user_id()) is None or docket.exists():
        return False
    if not permissions_of(guild_id=guild_id, user_id=me) & (BAN.permission | ADMINISTRATOR):
        return False
    # What came to nothing is asked again, on another day.
    key = f"first_look:{timezone.now():%Y-%m-%d}"
    send_errand(guild_id=guild_id, kind="first_look", dedupe_key=key, payload={})
    return True


def last_ban_found(*, guild_id: int) -> int:
    """Return up to whom the bans of a server were looked through; Discord lists them by id."""
    found = Case.objects.of(guild_id).filter(source_id__startswith=f"{FOUND}{Case.Kind.BAN}:")
    highest: int | None = found.aggregate(highest=Max("user_id"))["highest"]
    return highest or 0


@transaction.atomic
def import_bans(*, guild_id: int, bans: Mapping[int, str], at: datetime | None = None) -> int:
    """Write a case for each of these bans, but for ours and those known; return how many."""
    foreign = {key: reason for key, reason in bans.items() if not CASE_IN_MARK.match(reason)}
    deeds = [
        Deed(kind=Case.Kind.BAN, user_id=key, reason=reason[:LONGEST_REASON])
        for key, reason in foreign.items()
    ]
    return _write(guild_id, deeds, at or timezone.now())


@transaction.atomic
def end_first_look(*, guild_id: int) -> None:
    """Remember that every ban of a server was looked at."""
    lock_docket(guild_id)
    Docket.objects.of(guild_id).update(bans_found_at=timezone.now())


@transaction.atomic
def import_timeouts(*, guild_id: int, at: datetime | None = None) -> int:
    """Write a case for each timeout that holds, the first time all members were told of."""
    now = at or timezone.now()
    if lock_docket(guild_id).mutes_found_at is not None:
        return 0
    Docket.objects.of(guild_id).update(mutes_found_at=now)
    silent = Member.objects.of(guild_id).present().filter(timed_out_until__gt=now)
    ends = silent.values_list("user_id", "timed_out_until").order_by("pk")
    deeds = [
        Deed(kind=Case.Kind.MUTE, user_id=key, duration=until - now)
        for key, until in ends
        if until is not None
    ]
    return _write(guild_id, deeds, now)


def found_at_first(*, guild_id: int, kind: str, user_id: int | None) -> QuerySet[Case]:
    """Return the case under which something that held before us was found."""
    cases: QuerySet[Case] = Case.objects.of(guild_id)
    return cases.filter(source=Case.Source.DISCORD, source_id=f"{FOUND}{kind}:{user_id}")


def _write(guild_id: int, deeds: list[Deed], at: datetime) -> int:
    lock_docket(guild_id)
    new = [deed for deed in deeds if not _is_known(guild_id, deed)]
    for deed in new:
        source_id = f"{FOUND}{deed.kind}:{deed.user_id}"
        found = Decision(guild_id=guild_id, source="discord", source_id=source_id, at=at)
        open_case(decision=found, deed=deed)
    return len(new)


def _is_known(guild_id: int, deed: Deed) -> bool:
    """Tell whether the last that a case says of somebody is that they are so."""
    about: dict[str, Any] = {"user_id": deed.user_id}
    kinds = [deed.kind, UNDONE_BY[Case.Kind(deed.kind)]]
    if found_at_first(guild_id=guild_id, kind=deed.kind, **about).exists():
        return True
    cases = Case.objects.of(guild_id).filter(**about, kind__in=kinds).order_by("-created_at")
    return cases.values_list("kind", flat=True).first() == deed.kind
