"""Roles that the house gives by itself: which of them it may give, and why not the others."""

from dataclasses import dataclass

from community.errors import NotAllowed
from community.models import Grant, Guild, Member, MemberRole, Role, Staff
from community.services.bots import bot_user_id

# What only those may do whom the owner trusts; the words follow "lets its holders".
STAFF_RIGHTS = {
    1 << 3: "do everything",
    1 << 1: "kick members",
    1 << 2: "ban members",
    1 << 4: "manage channels",
    1 << 5: "manage the server",
    1 << 7: "read the audit log",
    1 << 13: "manage messages",
    1 << 17: "mention everyone",
    1 << 22: "mute others in voice",
    1 << 23: "deafen others in voice",
    1 << 24: "move others in voice",
    1 << 27: "rename others",
    1 << 28: "manage roles",
    1 << 29: "manage webhooks",
    1 << 30: "manage emojis",
    1 << 33: "manage events",
    1 << 34: "manage threads",
    1 << 40: "time members out",
}
MOST_NAMED = 3


def staff_rights_of(role: Role) -> int:
    """Return which of a role's permissions are those of staff, as Discord's bits."""
    return role.permissions & sum(STAFF_RIGHTS)


def agree_to_give(*, role: Role, by: Staff) -> int:
    """Return the staff permissions that may be given by itself at somebody's word: the owner's."""
    owner_id = Guild.objects.get(pk=role.guild_id).owner_id
    if owner_id is None or by.discord_id != owner_id:
        raise NotAllowed("Only the owner of the server may say so.")
    return staff_rights_of(role)


@dataclass(frozen=True, slots=True)
class Footing:
    """What a server says of all its roles at once: how high the bot stands, and who holds grants.

    Of a bot that was never seen there nobody knows how high it stands.
    """

    bot_rank: int | None
    granted: frozenset[int]


def footing_of(guild_id: int) -> Footing:
    """Return what is asked once when there are many roles to be judged."""
    bot = Member.objects.filter(guild_id=guild_id, user_id=bot_user_id() or 0).first()
    held = MemberRole.objects.standing().filter(
        guild_id=guild_id, member_id=bot.pk if bot else 0, role__deleted_at=None
    )
    ranks = held.order_by("-role__position").values_list("role__position", flat=True)
    rank = None if bot is None else ranks.first() or 0
    grants = Grant.objects.standing().filter(guild_id=guild_id, role_id__isnull=False)
    return Footing(rank, frozenset(grants.values_list("role_id", flat=True)))


def why_not_give(*, role: Role, agreed: int = 0, footing: Footing | None = None) -> str:
    """Say why the house does not give a role by itself; nothing when it may.

    `agreed` are the staff permissions to which the owner has agreed.
    """
    rights = staff_rights_of(role) & ~agreed
    here = footing or footing_of(role.guild_id)
    is_above = here.bot_rank is not None and role.position >= here.bot_rank
    told = [
        (role.pk == role.guild_id, f"Everybody holds {role} already."),
        (role.deleted_at is not None, f"{role} is deleted on Discord."),
        (role.managed, f"{role} belongs to a bot or to Discord, who alone give it."),
        (rights != 0, f"{role} lets its holders {_named(rights)}: that takes the owner's word."),
        (role.pk in here.granted, f"{role} carries rights at this desk: take its grant back."),
        (is_above, f"{role} does not stand below my own role: drag mine above it first."),
    ]
    return next((words for holds, words in told if holds), "")


def _named(rights: int) -> str:
    names = [name for bit, name in STAFF_RIGHTS.items() if rights & bit]
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more things" if more > 0 else "")
