"""What we can ask about people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.apps import apps
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from community.querysets.scoped import GuildQuerySet, InScopeManager

if TYPE_CHECKING:
    from community.models import Member, MemberRole


class MemberQuerySet(GuildQuerySet["Member"]):
    """Questions about members."""

    def present(self) -> Self:
        """Members who are in the server now."""
        return self.filter(left_at=None)

    def persons(self) -> Self:
        """Members who are neither bots nor erased; those are few, so it is they who are read."""
        users = apps.get_model("community", "User").objects
        strangers = users.filter(Q(is_bot=True) | Q(erased_at__isnull=False))
        return self.filter(~Exists(strangers.filter(pk=OuterRef("user_id"))))

    def shown(self) -> Self:
        """Members whom everybody may be shown: here, not silenced, not erased, and willing."""
        may_speak = Q(timed_out_until=None) | Q(timed_out_until__lte=timezone.now())
        willing = ~Q(user__preference__on_leaderboards=False)
        return self.present().filter(may_speak, willing, user__is_bot=False, user__erased_at=None)


class MemberRoleQuerySet(GuildQuerySet["MemberRole"]):
    """Questions about who holds which role."""

    def standing(self) -> Self:
        """Assignments that have not ended."""
        return self.filter(ended_at=None)

    def run_out(self) -> Self:
        """Assignments whose time is up but which nobody has ended yet."""
        return self.filter(ended_at=None, expires_at__lte=timezone.now())


MemberManager = InScopeManager.from_queryset(MemberQuerySet)
MemberRoleManager = InScopeManager.from_queryset(MemberRoleQuerySet)
