"""What we know about activity roles: what they ask for, and who holds them because of it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from activity.querysets.roles import ActivityRoleHoldingManager, ActivityRoleManager
from community.fields import GuildForeignKey, GuildScoped, SameGuildFK, guild_key
from community.models import Role
from community.retention import kept_with_guild


class ActivityRole(GuildScoped):
    """A role for those who are active enough; taken away when they are clearly not any more."""

    class Window(models.TextChoices):
        """Over which span the hours are counted."""

        WEEK = "week", "The last 7 days"
        MONTH = "month", "The last 30 days"
        EVER = "ever", "Ever"

    retention = kept_with_guild()

    role = GuildForeignKey(
        Role, on_delete=models.CASCADE, related_name="+", help_text="The role that is given."
    )
    min_hours = models.DecimalField(
        max_digits=7, decimal_places=2, help_text="Hours in voice that it takes."
    )
    window = models.CharField(
        max_length=5, choices=Window, default=Window.WEEK, help_text="Over which span."
    )
    priority = models.PositiveSmallIntegerField(
        default=0, help_text="Of the roles of one group only the highest that fits is given."
    )
    group = models.CharField(
        max_length=50,
        blank=True,
        help_text="Roles of one group exclude each other; empty stands alone.",
    )
    exempt_role_ids = ArrayField(
        models.BigIntegerField(),
        default=list,
        blank=True,
        verbose_name="exempt roles",
        help_text="Whoever holds one of these keeps the role whatever their hours.",
    )
    lasts = models.DurationField(
        null=True, blank=True, help_text="The role ends after this long; empty has no end."
    )
    agreed_permissions = models.BigIntegerField(
        default=0, help_text="Staff permissions of the role to which the server's owner agreed."
    )
    is_enabled = models.BooleanField("on", default=True, help_text="Given and taken at present.")

    objects = ActivityRoleManager()  # type: ignore[assignment, misc]

    class Meta:
        verbose_name = "activity role"
        constraints = [
            guild_key("activity_activityrole"),
            SameGuildFK(field="role", name="activity_activityrole_role_in_same_guild"),
            models.UniqueConstraint(fields=["guild", "role"], name="activity_activityrole_once"),
            models.CheckConstraint(
                condition=Q(min_hours__gt=0), name="activity_activityrole_asks_for_something"
            ),
        ]

    def __str__(self) -> str:
        return f"Activity role {self.role_id}"


class ActivityRoleHolding(GuildScoped):
    """One time that somebody held an activity role by merit; never deleted, it ends."""

    retention = kept_with_guild()

    rule = GuildForeignKey(
        ActivityRole, on_delete=models.CASCADE, related_name="holdings", help_text="The role."
    )
    user_id = models.BigIntegerField("person", help_text="Discord id of the person.")
    given_at = models.DateTimeField(default=timezone.now, help_text="When it was given.")
    expires_at = models.DateTimeField(null=True, blank=True, help_text="When it ends by itself.")
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When it ended.")

    objects = ActivityRoleHoldingManager()  # type: ignore[assignment, misc]

    class Meta:
        verbose_name = "activity role holding"
        constraints = [
            guild_key("activity_activityroleholding"),
            SameGuildFK(field="rule", name="activity_activityroleholding_rule_in_same_guild"),
            models.UniqueConstraint(
                fields=["guild", "rule", "user_id"],
                condition=Q(ended_at=None),
                name="activity_activityroleholding_held_once",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("given_at")),
                name="activity_activityroleholding_ends_after_it_began",
            ),
        ]
        indexes = [
            models.Index(fields=["guild", "user_id"], name="activity_holding_of_user"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} held by {self.user_id}"
