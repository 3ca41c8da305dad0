"""What we can ask about servers, their channels, roles and invites."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Case, F, Q, When
from django.db.models.functions import Coalesce
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


# The order in which Discord shows channels: a category, what is in it, and the threads of that.
TREE = ["top_place", "top", "depth_of_branch", "middle_place", "middle", "depth", "position", "pk"]


class ChannelQuerySet(GuildQuerySet["Channel"]):
    """Questions about channels."""

    def standing(self) -> Self:
        """Channels that still exist on Discord."""
        return self.filter(deleted_at=None)

    def in_tree(self) -> Self:
        """Channels with their place in the tree of categories, channels and threads."""
        is_thread, is_inside = Q(parent__parent__isnull=False), Q(parent__isnull=False)
        return self.annotate(
            top_place=Coalesce("parent__parent__position", "parent__position", "position"),
            top=Coalesce("parent__parent_id", "parent_id", "pk"),
            depth=Case(When(is_thread, then=2), When(is_inside, then=1), default=0),
            depth_of_branch=Case(When(is_inside, then=1), default=0),
            middle_place=Case(When(is_thread, then=F("parent__position")), default=F("position")),
            middle=Case(When(is_thread, then=F("parent_id")), default=F("pk")),
        ).order_by(*TREE)


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
