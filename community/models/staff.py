"""What we know about staff: who works here, and what they may do in which server."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils import timezone

from community.fields import GuildForeignKey, GuildScoped, SameGuildFK, guild_key
from community.models.guild import Role
from community.querysets.staff import GrantManager, LoginTryQuerySet, StaffManager
from community.retention import deleted, kept_for_ever, kept_with_guild


class Staff(AbstractBaseUser):
    """Somebody who works at the desk. What they may do in a server, its grants say.

    There are no groups and no stored permissions, so there is nothing through which anybody could
    make themselves more than they are.
    """

    retention = kept_for_ever("the audit log names them; they are switched off, not deleted")

    username = models.CharField(
        max_length=150,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        help_text="Name to sign in with; upper and lower case are the same.",
    )
    discord_id = models.BigIntegerField(
        "Discord id",
        null=True,
        blank=True,
        unique=True,
        help_text="Who they are on Discord; grants to roles follow it.",
    )
    is_active = models.BooleanField("active", default=True, help_text="Off: cannot sign in.")
    is_superuser = models.BooleanField(
        "keeper",
        default=False,
        help_text="Runs the house: staff, jobs, backups. Sees no server by it.",
    )
    joined_at = models.DateTimeField(default=timezone.now, help_text="When the account was made.")
    sessions_ended = models.PositiveIntegerField(
        default=0, help_text="How often all their sessions were ended at once."
    )
    last_login = models.DateTimeField(null=True, blank=True, help_text="When they last signed in.")

    objects = StaffManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = "staff account"
        constraints = [
            # Upper, because looking up a name in any case compares that way.
            models.UniqueConstraint(Upper("username"), name="community_staff_name_is_unique"),
        ]

    def __str__(self) -> str:
        return self.username

    @property
    def is_staff(self) -> bool:
        """What Django's admin asks: everybody here may come to the desk."""
        return self.is_active

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Answer Django's question about the house itself; servers are a matter of grants."""
        return self.is_active and self.is_superuser

    def has_module_perms(self, app_label: str) -> bool:
        """Answer Django's question about the house itself."""
        return self.is_active and self.is_superuser

    def _get_session_auth_hash(self, secret: Any = None) -> str:
        # Ending all sessions is counting one up: the count is part of what a session must match.
        session: str = super()._get_session_auth_hash(secret)  # type: ignore[misc]
        return f"{session}.{self.sessions_ended}"


class Grant(GuildScoped):
    """What one member of staff, or whoever holds one Discord role, may do in one server."""

    class Capability(models.TextChoices):
        """What may be granted."""

        SEE = "see", "See"
        MODERATE = "moderate", "Moderate"
        PUNISH = "punish", "Punish"
        ECONOMY = "economy", "Run the economy"
        CONFIGURE = "configure", "Configure"
        STAFF = "staff", "Grant and take back"

    retention = kept_with_guild("history of who might do what; leaves with its server")

    staff = models.ForeignKey(
        Staff,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="grants",
        help_text="The person it was given to.",
    )
    role = GuildForeignKey(
        Role,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="grants",
        help_text="The Discord role it was given to: whoever holds it now.",
    )
    capabilities = ArrayField(
        models.CharField(max_length=10, choices=Capability), help_text="What they may do."
    )
    given_by = models.ForeignKey(
        Staff,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who gave it; empty when the house did.",
    )
    given_at = models.DateTimeField(default=timezone.now, help_text="When it was given.")
    expires_at = models.DateTimeField(null=True, blank=True, help_text="When it ends by itself.")
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When it was taken back.")

    objects = GrantManager()  # type: ignore[assignment, misc]

    class Meta:
        constraints = [
            guild_key("community_grant"),
            SameGuildFK(field="role", name="community_grant_role_in_same_guild"),
            models.CheckConstraint(
                condition=Q(staff=None) ^ Q(role=None), name="community_grant_to_a_person_or_a_role"
            ),
            models.CheckConstraint(
                condition=Q(capabilities__len__gt=0)
                & Q(
                    capabilities__contained_by=[
                        "see",
                        "moderate",
                        "punish",
                        "economy",
                        "configure",
                        "staff",
                    ]
                ),
                name="community_grant_gives_known_capabilities",
            ),
            models.UniqueConstraint(
                fields=["guild", "staff"],
                condition=Q(ended_at=None, staff__isnull=False),
                name="community_grant_one_per_person",
            ),
            models.UniqueConstraint(
                fields=["guild", "role"],
                condition=Q(ended_at=None, role__isnull=False),
                name="community_grant_one_per_role",
            ),
        ]
        indexes = [
            models.Index(
                fields=["staff"], condition=Q(ended_at=None), name="community_grant_of_a_person"
            ),
        ]

    def __str__(self) -> str:
        return ", ".join(self.capabilities)


class LoginTry(models.Model):
    """A sign-in that did not succeed, or has not yet; enough of them slow the next one down."""

    retention = deleted(since="tried_at", days=1, why="only the last hour counts")

    username = models.CharField(
        max_length=150, help_text="The name as it was typed, in one spelling."
    )
    network = models.CharField(
        max_length=43, help_text="The address it came from; of IPv6 the first half."
    )
    tried_at = models.DateTimeField(default=timezone.now, help_text="When.")

    objects = LoginTryQuerySet.as_manager()

    class Meta:
        verbose_name = "sign-in attempt"
        indexes = [
            models.Index(fields=["username", "tried_at"], name="community_logintry_by_name"),
            models.Index(fields=["network", "tried_at"], name="community_logintry_by_network"),
        ]

    def __str__(self) -> str:
        return f"{self.username} from {self.network}"
