"""What we can ask about servers, their channels, roles and invites."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.utils import timezone

from community.querysets.scoped import GuildQuerySet, InScopeManager

if TYPE_CHECKING:
    from community.models import Channel, Guild, Invite, Role


class GuildsQuerySet(GuildQuerySet["Guild"]):
    """Questions about servers; a server names itself."""

    guild_column = "id"

    def present(self) -> Self:
        """Servers the bot is in."""
        return self.filter(left_at=None)


class ChannelQuerySet(GuildQuerySet["Channel"]):
    """Questions about channels."""

    def standing(self) -> Self:
        """Channels that still exist on Discord."""
        return self.filter(deleted_at=None)


class RoleQuerySet(GuildQuerySet["Role"]):
    """Questions about roles."""

    def standing(self) -> Self:
        """Roles that still exist on Discord."""
        return self.filter(deleted_at=None)


class InviteQuerySet(GuildQuerySet["Invite"]):
    """Questions about invites."""

    def standing(self) -> Self:
        """Invites that nobody deleted and that have not run out."""
        return self.filter(deleted_at=None).exclude(expires_at__lte=timezone.now())


GuildsManager = InScopeManager.from_queryset(GuildsQuerySet)
UnscopedGuildsManager = models.Manager.from_queryset(GuildsQuerySet)
ChannelManager = InScopeManager.from_queryset(ChannelQuerySet)
RoleManager = InScopeManager.from_queryset(RoleQuerySet)
InviteManager = InScopeManager.from_queryset(InviteQuerySet)
