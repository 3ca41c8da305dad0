"""What we can ask about staff and what they were granted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.contrib.auth.base_user import BaseUserManager
from django.db import models
from django.utils import timezone

from community.querysets.scoped import GuildQuerySet, InScopeManager

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from community.models import Grant, LoginTry, Staff


class StaffManager(BaseUserManager["Staff"]):
    """Makes staff accounts."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> Staff:
        """Make an account; without a password it can sign in through Discord only."""
        staff = self.model(username=self.model.normalize_username(username), **fields)
        staff.set_password(password)
        staff.save(using=self._db)
        return staff

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> Staff:
        """Make an account that runs the house."""
        return self.create_user(username, password, **{**fields, "is_superuser": True})

    def get_by_natural_key(self, username: str | None) -> Staff:
        """Find an account by its name, in any case."""
        return self.get(username__iexact=username)


class GrantQuerySet(GuildQuerySet["Grant"]):
    """Questions about grants."""

    def standing(self) -> Self:
        """Grants that nobody took back and that have not run out."""
        return self.filter(ended_at=None).exclude(expires_at__lte=timezone.now())


class LoginTryQuerySet(models.QuerySet["LoginTry"]):
    """Questions about sign-ins that did not succeed, or have not yet."""

    def like(self, one: LoginTry, *, in_all_of: Iterable[str]) -> Self:
        """Other ones that have the same name, network, or both."""
        return self.exclude(pk=one.pk).filter(**{each: getattr(one, each) for each in in_all_of})

    def between(self, after: datetime, until: datetime) -> Self:
        """Those made after one moment and not after another, the last one first."""
        return self.filter(tried_at__gt=after, tried_at__lte=until).order_by("-tried_at")


GrantManager = InScopeManager.from_queryset(GrantQuerySet)
