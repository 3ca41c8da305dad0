"""What happens to people: we meet them, they rename, get roles, leave and come back."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Greatest
from django.utils import timezone

from community.models import GoneMember, Guild, Member, MemberRole
from community.querysets.telling import write_what_differs
from community.scope import guild_scope
from community.services.gone import bring_back_members


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberFacts:
    """What Discord tells about one person in one server."""

    user_id: int
    username: str
    global_name: str = ""
    avatar: str = ""
    is_bot: bool = False
    nickname: str = ""
    joined_at: datetime | None = None  # Discord does not always say
    pending: bool = False
    premium_since: datetime | None = None
    timed_out_until: datetime | None = None
    role_ids: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        """Leave out of names what no database keeps: one such name would stop a whole batch."""
        for name in ("username", "global_name", "nickname"):
            object.__setattr__(self, name, storable(getattr(self, name)))


def storable(text: str) -> str:
    """Return a text without zero bytes and half characters."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8")


T = TypeVar("T")
SLICE = 1_000  # as many as Discord tells of at once; a transaction of some 50 ms


def meet_member(*, guild_id: int, facts: MemberFacts) -> Member:
    """Write one person down in one server, or what changed about them."""
    return meet_members(guild_id=guild_id, facts=[facts])[0]


@transaction.atomic
def meet_members(*, guild_id: int, facts: Sequence[MemberFacts]) -> list[Member]:
    """Write people down in one server, or what changed about them; who had left is back."""
    mirror_members(guild_id=guild_id, facts=facts)
    told = [each.user_id for each in facts]
    met = {m.user_id: m for m in Member.objects.filter(guild_id=guild_id, user_id__in=told)}
    return [met[user_id] for user_id in told]


def mirror_members(
    *,
    guild_id: int,
    facts: Iterable[MemberFacts],
    at: datetime | None = None,
    are_back: bool = False,
) -> int:
    """Write what differs about people of one server, a slice at a time; return how many rows.

    Telling the same again writes nothing. Who was erased stays nameless until they come in anew, or
    whoever tells knows that they `are_back`.
    """
    at = at or timezone.now()
    told = {each.user_id: each for each in facts}
    return sum(
        mirror_packed(guild_id=guild_id, packed=pack_members(some), at=at, are_back=are_back)
        for some in _slices(told.values())
    )


def pack_members(facts: Iterable[MemberFacts]) -> str:
    """Return facts as one text: a whole server of them may wait, and texts cost no collecting."""
    told = {each.user_id: each for each in facts}
    return json.dumps([_row(each) for each in told.values()], default=str)


@transaction.atomic
def mirror_packed(*, guild_id: int, packed: str, at: datetime, are_back: bool = False) -> int:
    """Write what differs about packed people of one server; return how many rows."""
    # Two bots may tell of the same newcomer at once: one server's people change in turn.
    gone = GoneMember.objects.filter(guild_id=OuterRef("pk"))
    servers: Any = Guild.objects.select_for_update(no_key=True, of=("self",))
    if servers.annotate(has_gone=Exists(gone)).get(pk=guild_id).has_gone:
        told = [each["user_id"] for each in json.loads(packed)]
        bring_back_members(guild_id=guild_id, user_ids=told)
    return sum(write_what_differs(guild_id=guild_id, told=packed, at=at, are_back=are_back))


def greet_erased(*, guild_id: int, facts: Iterable[MemberFacts], at: datetime) -> int:
    """Meet anew who was erased and turns to us of their own will; return how many rows."""
    told = {each.user_id: each for each in facts}
    nameless = Member.objects.filter(guild_id=guild_id, user_id__in=told, user__erased_at__lt=at)
    back = [told[user_id] for user_id in nameless.values_list("user_id", flat=True)]
    return mirror_members(guild_id=guild_id, facts=back, at=at, are_back=True)


@transaction.atomic
def member_left(*, guild_id: int, user_id: int, at: datetime | None = None) -> bool:
    """Note that somebody left; True the first time. Their roles end, their history stays."""
    return members_left(guild_id=guild_id, user_ids=[user_id], at=at) == 1


@transaction.atomic
def members_left(*, guild_id: int, user_ids: Collection[int], at: datetime | None = None) -> int:
    """Note that people left; return how many were still here. Their roles end."""
    at = at or timezone.now()
    here = Member.objects.present().filter(guild_id=guild_id, user_id__in=user_ids)
    keys = list(here.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    gone = Member.objects.filter(guild_id=guild_id, pk__in=keys).update(left_at=at)
    held = MemberRole.objects.standing().filter(guild_id=guild_id, member_id__in=keys)
    # We may have seen a role later than the person left, when news of the two cross.
    held.update(ended_at=Greatest(F("assigned_at"), at))
    return gone


@transaction.atomic
def members_not_told_of(*, guild_id: int, told: Collection[int], at: datetime | None = None) -> int:
    """Note who left while nobody told us: whoever a whole list of the server leaves out.

    A list that holds less than half of Discord's own count is not believed: that is not how a
    server empties.
    """
    guild = Guild.objects.select_for_update(no_key=True).get(pk=guild_id)
    if 2 * len(told) < guild.member_count:
        return 0
    here = Member.objects.present().filter(guild_id=guild_id)
    keys = here.values_list("user_id", flat=True).iterator(5 * SLICE)
    gone = [user_id for user_id in keys if user_id not in told]
    return sum(members_left(guild_id=guild_id, user_ids=some, at=at) for some in _slices(gone))


def is_present(*, guild_id: int, user_id: int) -> bool:
    """Tell whether somebody is in a server now, as far as we were told."""
    with guild_scope(guild_id):
        return Member.objects.present().filter(guild_id=guild_id, user_id=user_id).exists()


def has_joined(*, guild_id: int, user_id: int, since: datetime) -> bool:
    """Tell whether somebody in a server came in after a moment, for the first time or again."""
    here = Member.objects.of(guild_id).present().filter(user_id=user_id)
    return here.filter(joined_at__gt=since).exists()


@transaction.atomic
def end_run_out_roles(*, guild_id: int) -> int:
    """End the assignments of a server whose time is up; return how many."""
    over = MemberRole.objects.run_out().filter(guild_id=guild_id)
    return over.update(ended_at=Greatest(F("assigned_at"), timezone.now()))


def _row(facts: MemberFacts) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(facts, name) for name in MemberFacts.__slots__}
    row["role_ids"] = sorted(facts.role_ids)
    return row


def _slices(each: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(each)
    while some := list(islice(rest, SLICE)):
        yield some
