"""What happens to people: we meet them, they rename, get roles, leave and come back."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from community.models import Guild, Member, MemberRole, Role, User


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberFacts:
    """What Discord tells about one person in one server."""

    user_id: int
    username: str
    global_name: str = ""
    avatar: str = ""
    is_bot: bool = False
    nickname: str = ""
    joined_at: datetime = field(default_factory=timezone.now)
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


USER_FACTS = ("username", "global_name", "avatar", "is_bot")
MEMBER_FACTS = ("nickname", "joined_at", "pending", "premium_since", "timed_out_until")


def meet_member(*, guild_id: int, facts: MemberFacts) -> Member:
    """Write one person down in one server, or what changed about them."""
    return meet_members(guild_id=guild_id, facts=[facts])[0]


@transaction.atomic
def meet_members(*, guild_id: int, facts: Sequence[MemberFacts]) -> list[Member]:
    """Write people down in one server, or what changed about them; who had left is back.

    Only what changed is written, so telling the same again costs a few reads.
    """
    told = {each.user_id: each for each in facts}
    # Two bots may tell of the same newcomer at once: one server's people change in turn.
    Guild.objects.select_for_update(no_key=True).get(pk=guild_id)
    _meet_users(told)
    known = {m.user_id: m for m in Member.objects.filter(guild_id=guild_id, user_id__in=told)}
    fresh = [_new_member(guild_id, each) for each in told.values() if each.user_id not in known]
    Member.objects.bulk_create(fresh)
    changed = [m for m in known.values() if _differs(m, told[m.user_id], MEMBER_FACTS) or m.left_at]
    for member in changed:
        member.left_at = None
    _take_over(changed, told, MEMBER_FACTS)
    Member.objects.filter(guild_id=guild_id).bulk_update(changed, [*MEMBER_FACTS, "left_at"], 500)
    members = {**known, **{m.user_id: m for m in fresh}}
    _mirror_roles(guild_id, members.values(), told)
    return [members[each.user_id] for each in told.values()]


@transaction.atomic
def member_left(*, guild_id: int, user_id: int, at: datetime | None = None) -> bool:
    """Note that somebody left; True the first time. Their roles end, their history stays."""
    at = at or timezone.now()
    here = Member.objects.present().filter(guild_id=guild_id, user_id=user_id)
    key = here.values_list("pk", flat=True).first()
    if not here.update(left_at=at):
        return False
    held = MemberRole.objects.standing().filter(guild_id=guild_id, member_id=key or 0)
    # We may have seen a role later than the person left, when news of the two cross.
    held.update(ended_at=Greatest(F("assigned_at"), at))
    return True


@transaction.atomic
def end_run_out_roles(*, guild_id: int) -> int:
    """End the assignments of a server whose time is up; return how many."""
    over = MemberRole.objects.run_out().filter(guild_id=guild_id)
    return over.update(ended_at=Greatest(F("assigned_at"), timezone.now()))


def _meet_users(told: dict[int, MemberFacts]) -> None:
    known = User.objects.in_bulk(told)
    User.objects.bulk_create(
        [
            User(pk=each.user_id, **{name: getattr(each, name) for name in USER_FACTS})
            for each in told.values()
            if each.user_id not in known
        ],
        ignore_conflicts=True,  # the same person may enter two servers at once
    )
    changed = [user for user in known.values() if _differs(user, told[user.pk], USER_FACTS)]
    for user in changed:
        user.erased_at = None  # who comes back after an erasure is met anew
    _take_over(changed, told, USER_FACTS)
    User.objects.bulk_update(changed, [*USER_FACTS, "erased_at"], 500)


def _new_member(guild_id: int, facts: MemberFacts) -> Member:
    return Member(
        guild_id=guild_id,
        user_id=facts.user_id,
        **{name: getattr(facts, name) for name in MEMBER_FACTS},
    )


def _differs(row: User | Member, facts: MemberFacts, names: Iterable[str]) -> bool:
    return any(getattr(row, name) != getattr(facts, name) for name in names)


def _take_over(
    rows: Iterable[User] | Iterable[Member], told: dict[int, MemberFacts], names: Collection[str]
) -> None:
    for row in rows:
        facts = told[row.user_id if isinstance(row, Member) else row.pk]
        for name in names:
            setattr(row, name, getattr(facts, name))


def _mirror_roles(guild_id: int, members: Iterable[Member], told: dict[int, MemberFacts]) -> None:
    """End the assignments Discord no longer tells of, and begin the new ones."""
    by_key = {member.pk: member for member in members}
    standing = MemberRole.objects.standing().filter(guild_id=guild_id, member_id__in=by_key)
    held = {(row.member_id, row.role_id): row.pk for row in standing}
    told_of = {role for facts in told.values() for role in facts.role_ids}
    # News of a role may come after news of who holds it; the next telling has both.
    known = set(Role.objects.filter(guild_id=guild_id, pk__in=told_of).values_list("pk", flat=True))
    wanted = {(key, role) for key, m in by_key.items() for role in told[m.user_id].role_ids & known}
    ended = [held[pair] for pair in held.keys() - wanted]
    over = MemberRole.objects.filter(guild_id=guild_id, pk__in=ended)
    over.update(ended_at=Greatest(F("assigned_at"), timezone.now()))
    MemberRole.objects.bulk_create(
        MemberRole(guild_id=guild_id, member_id=member, role_id=role)
        for member, role in sorted(wanted - held.keys())
    )
