"""What we know about a server's places and ranks: locked channels, protected roles."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from community.fields import GuildForeignKey, GuildScoped, SameGuildFK, guild_key
from community.models import Channel, Role
from community.retention import kept_with_guild
from moderation.models.cases import Case
from moderation.querysets.channels import ChannelLockManager


class ChannelLock(GuildScoped):
    """One channel that is, or was, locked, and how it was before."""

    retention = kept_with_guild("leaves with its case")

    case = GuildForeignKey(
        Case, on_delete=models.CASCADE, related_name="locks", help_text="The case."
    )
    channel = GuildForeignKey(
        Channel, on_delete=models.CASCADE, related_name="+", help_text="The channel."
    )
    had_overwrite = models.BooleanField(
        default=False, help_text="Whether everybody's permissions were set there before."
    )
    allow = models.BigIntegerField(default=0, help_text="Bits that were given to everybody.")
    deny = models.BigIntegerField(default=0, help_text="Bits that were denied to everybody.")
    locked_at = models.DateTimeField(default=timezone.now, help_text="When it was locked.")
    unlocked_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was unlocked; empty while it is locked."
    )

    objects = ChannelLockManager()  # type: ignore[assignment, misc]

    class Meta:
        verbose_name = "channel lock"
        constraints = [
            guild_key("moderation_channellock"),
            SameGuildFK(field="case", name="moderation_channellock_case_in_same_guild"),
            SameGuildFK(field="channel", name="moderation_channellock_channel_in_same_guild"),
            models.UniqueConstraint(
                fields=["guild", "channel"],
                condition=Q(unlocked_at=None),
                name="moderation_channellock_locked_once",
            ),
        ]

    def __str__(self) -> str:
        return f"Lock of channel {self.channel_id}"


class ProtectedRole(GuildScoped):
    """A role whose holders nobody punishes here."""

    retention = kept_with_guild()

    role = GuildForeignKey(
        Role, on_delete=models.CASCADE, related_name="+", help_text="Its holders are safe."
    )

    class Meta:
        verbose_name = "protected role"
        constraints = [
            guild_key("moderation_protectedrole"),
            SameGuildFK(field="role", name="moderation_protectedrole_role_in_same_guild"),
            models.UniqueConstraint(fields=["guild", "role"], name="moderation_protectedrole_once"),
        ]

    def __str__(self) -> str:
        return f"Role {self.role_id}"
