"""What somebody may do on Discord, as far as our picture of their roles tells."""

from community.models import Guild, MemberRole, Role

ADMINISTRATOR, MANAGE_GUILD = 1 << 3, 1 << 5


def may_see_invites(*, guild_id: int, user_id: int) -> bool:
    """Tell whether Discord would show somebody a server's invites."""
    return bool(permissions_of(guild_id=guild_id, user_id=user_id) & (ADMINISTRATOR | MANAGE_GUILD))


def permissions_of(*, guild_id: int, user_id: int) -> int:
    """Return somebody's permission bits in a server, channels aside; an owner has them all."""
    if Guild.objects.filter(pk=guild_id, owner_id=user_id).exists():
        return -1
    held = MemberRole.objects.standing().filter(guild_id=guild_id, member__user_id=user_id)
    ids = {guild_id, *held.values_list("role_id", flat=True)}  # @everyone has the server's id
    bits = 0
    for each in Role.objects.standing().filter(guild_id=guild_id, pk__in=ids):
        bits |= each.permissions
    return bits
