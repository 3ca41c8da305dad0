"""What we know about punishments: what must hold for whom, until when, and how it ended."""

from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from community.fields import GuildForeignKey, GuildScoped, SameGuildFK, guild_key
from community.models import Role
from community.retention import kept_with_guild
from moderation.models.cases import Case
from moderation.querysets.punishments import PunishmentManager

# Discord's own bound.
MOST_ERASED = timedelta(days=7)


class Punishment(GuildScoped):
    """A mute or a ban; open until it is served, revoked or superseded, and then for ever closed."""

    class Kind(models.TextChoices):
        """What it is."""

        MUTE = "mute", "Mute"
        BAN = "ban", "Ban"

    class State(models.TextChoices):
        """Whether it holds, or how it ended."""

        ACTIVE = "active", "Holds"
        EXPIRED = "expired", "Served"
        REVOKED = "revoked", "Lifted"
        SUPERSEDED = "superseded", "Superseded"

    class Ender(models.TextChoices):
        """What ended it."""

        EXPIRY = "expiry", "Its end"
        COMMAND = "command", "A moderator"
        EXTERNAL = "external", "Somebody in Discord"
        RESTORE = "restore", "A restored backup"

    retention = kept_with_guild("leaves with its case")

    case = GuildForeignKey(
        Case, on_delete=models.CASCADE, related_name="punishments", help_text="The case."
    )
    user_id = models.BigIntegerField("person", help_text="Discord id of the person.")
    kind = models.CharField(max_length=4, choices=Kind, help_text="What it is.")
    role = GuildForeignKey(
        Role,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="The role that silences; empty for a ban, or for Discord's timeout.",
    )
    erases = models.DurationField(
        null=True,
        blank=True,
        help_text="What they wrote within this span goes with a ban; empty leaves it.",
    )
    starts_at = models.DateTimeField(default=timezone.now, help_text="When it was decided.")
    ends_at = models.DateTimeField(
        null=True, blank=True, help_text="When it is served; empty is never."
    )
    state = models.CharField(
        max_length=10, choices=State, default=State.ACTIVE, help_text="Whether it holds."
    )
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When it stopped to hold.")
    ended_by = models.CharField(max_length=8, choices=Ender, blank=True, help_text="What ended it.")
    ended_by_id = models.BigIntegerField(
        null=True, blank=True, help_text="Discord id of the one who ended it."
    )

    objects = PunishmentManager()  # type: ignore[assignment, misc]

    class Meta:
        constraints = [
            guild_key("moderation_punishment"),
            SameGuildFK(field="case", name="moderation_punishment_case_in_same_guild"),
            SameGuildFK(field="role", name="moderation_punishment_role_in_same_guild"),
            models.UniqueConstraint(
                fields=["guild", "user_id", "kind"],
                condition=Q(state="active"),
                name="moderation_punishment_one_open",
            ),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="moderation_punishment_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=Q(erases=None)
                | Q(kind="ban", erases__gt=timedelta(0), erases__lte=MOST_ERASED),
                name="moderation_punishment_erases_a_week_at_most",
            ),
            models.CheckConstraint(
                condition=Q(state="active", ended_at=None, ended_by="")
                | (~Q(state="active") & Q(ended_at__isnull=False) & ~Q(ended_by="")),
                name="moderation_punishment_ends_in_some_way",
            ),
        ]
        indexes = [
            models.Index(
                fields=["ends_at"],
                condition=Q(state="active"),
                name="moderation_punishment_due",
            ),
            models.Index(fields=["guild", "user_id"], name="moderation_punishment_of_user"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.user_id}"

    @property
    def is_open(self) -> bool:
        """True while it holds."""
        return self.state == self.State.ACTIVE
