"""Who may punish whom: asked in this order before anything is written."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from community.errors import HouseError, NotAllowed
from community.models import Guild, Member, MemberRole
from community.services.bots import bot_user_id
from community.services.grants import require
from moderation.errors import AskFirst, NotOnThem
from moderation.models import Case, ProtectedRole
from moderation.models.cases import LONGEST_REASON
from moderation.services.docket import Decision, Deed

JUST_NOW = timedelta(minutes=5)
ADMINISTRATOR = 1 << 3


@dataclass(frozen=True, slots=True)
class Need:
    """What a deed takes: a capability in the desk, a permission on Discord."""

    capability: str
    permission: int
    permission_name: str


KICK = Need("punish", 1 << 1, "Kick Members")
BAN = Need("punish", 1 << 2, "Ban Members")
TIME_OUT = Need("punish", 1 << 40, "Timeout Members")
WARN = Need("moderate", 1 << 40, "Timeout Members")
PURGE = Need("moderate", 1 << 13, "Manage Messages")
CHANNELS = Need("moderate", 1 << 4, "Manage Channels")


def refuse_unless_may(decision: Decision, need: Need) -> None:
    """Refuse unless who decided may do such a thing here; the clock and the ladder may."""
    if decision.staff is not None:
        require(decision.staff, need.capability, guild_id=decision.guild_id)
    elif decision.permissions is not None and not decision.permissions & (
        need.permission | ADMINISTRATOR
    ):
        raise NotAllowed(f"This needs the permission “{need.permission_name}” here.")


def refuse_long_reason(reason: str) -> None:
    """Refuse a reason that nobody would read to its end."""
    if len(reason) > LONGEST_REASON:
        raise HouseError(f"A reason has at most {LONGEST_REASON} characters.")


def refuse_out_of_reach(decision: Decision, user_id: int) -> None:
    """Refuse what is aimed at oneself, at the bot, the owner, somebody above, or protected."""
    bot_id = bot_user_id()
    owner_id = Guild.objects.get(pk=decision.guild_id).owner_id
    if user_id == decision.moderator_id:
        raise NotOnThem("Nobody does this to themselves.")
    if user_id == bot_id:
        raise NotOnThem("Not to me.")
    if user_id == owner_id:
        raise NotOnThem("The owner of the server is out of everybody's reach.")
    if decision.moderator_id != owner_id:
        _refuse_above(decision.moderator_id, user_id, decision.guild_id, "yours")
    _refuse_above(bot_id, user_id, decision.guild_id, "mine: drag my role above theirs first")
    _refuse_protected(decision.guild_id, user_id)


def refuse_in_a_hurry(decision: Decision, deed: Deed) -> None:
    """Ask first when the same was done to the same person minutes ago."""
    if decision.is_sure or deed.user_id is None:
        return
    lately = (
        Case.objects.of(decision.guild_id)
        .about(deed.user_id)
        .filter(kind=deed.kind, created_at__gt=timezone.now() - JUST_NOW, overruled_at=None)
    )
    if (case := lately.latest_first().first()) is not None:
        minutes = max(1, round((timezone.now() - case.created_at).total_seconds() / 60))
        raise AskFirst(
            f"Case #{case.number} did the same {minutes} min ago: “{case.reason or 'no reason'}”."
        )


def rank_of(guild_id: int, user_id: int) -> int:
    """Return the position of somebody's highest role in a server; 0 for who has none."""
    held = MemberRole.objects.standing().filter(
        guild_id=guild_id, member__user_id=user_id, role__deleted_at=None
    )
    ranks = held.order_by("-role__position").values_list("role__position", flat=True)
    return ranks.first() or 0


def is_present(guild_id: int, user_id: int) -> bool:
    """Tell whether somebody is in the server now."""
    return Member.objects.present().filter(guild_id=guild_id, user_id=user_id).exists()


def _refuse_above(actor_id: int | None, user_id: int, guild_id: int, whose: str) -> None:
    theirs = rank_of(guild_id, user_id)
    if actor_id is not None and theirs and theirs >= rank_of(guild_id, actor_id):
        raise NotOnThem(f"Their highest role is not below {whose}.")


def _refuse_protected(guild_id: int, user_id: int) -> None:
    safe = ProtectedRole.objects.filter(guild_id=guild_id).values("role_id")
    held = MemberRole.objects.standing().filter(guild_id=guild_id, member__user_id=user_id)
    if (one := held.filter(role_id__in=safe).select_related("role").first()) is not None:
        raise NotOnThem(f"They hold {one.role}, which is protected here.")
