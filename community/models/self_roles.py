"""What we know about roles that people choose themselves: panels, and the roles on them."""

from django.db import models

from community.fields import GuildForeignKey, GuildScoped, SameGuildFK, guild_key
from community.models.guild import Channel, Role
from community.retention import kept_with_guild


class RolePanel(GuildScoped):
    """A message on which people choose roles for themselves."""

    class Style(models.TextChoices):
        """How they choose."""

        BUTTONS = "buttons", "A button for each role"
        MENU = "menu", "A menu that shows what they have"

    retention = kept_with_guild()

    title = models.CharField(max_length=100, help_text="Stands above it, and names it here.")
    text = models.CharField(max_length=2000, blank=True, help_text="What is said on it.")
    channel = GuildForeignKey(
        Channel, on_delete=models.CASCADE, related_name="+", help_text="Where it is posted."
    )
    style = models.CharField(
        max_length=7, choices=Style, default=Style.BUTTONS, help_text="How they choose."
    )
    is_unique = models.BooleanField(
        "one at a time", default=False, help_text="Choosing one gives back the others on it."
    )
    required_role = GuildForeignKey(
        Role,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Only who has this role may choose; empty is everybody.",
    )
    is_enabled = models.BooleanField("open", default=True, help_text="People may choose on it.")
    message_id = models.BigIntegerField(
        null=True, blank=True, help_text="Discord's id of the message, once it is posted."
    )
    posted_in_id = models.BigIntegerField(
        null=True, blank=True, help_text="Discord's id of the channel in which it stands."
    )

    class Meta:
        verbose_name = "role panel"
        constraints = [
            guild_key("community_rolepanel"),
            SameGuildFK(field="channel", name="community_rolepanel_channel_in_same_guild"),
            SameGuildFK(field="required_role", name="community_rolepanel_required_in_same_guild"),
            models.CheckConstraint(
                condition=models.Q(message_id=None, posted_in_id=None)
                | models.Q(message_id__isnull=False, posted_in_id__isnull=False),
                name="community_rolepanel_stands_somewhere_or_nowhere",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class RoleChoice(GuildScoped):
    """One role on a panel."""

    retention = kept_with_guild()

    panel = GuildForeignKey(
        RolePanel, on_delete=models.CASCADE, related_name="choices", help_text="The panel."
    )
    role = GuildForeignKey(
        Role, on_delete=models.CASCADE, related_name="+", help_text="What is chosen."
    )
    label = models.CharField(
        max_length=80, blank=True, help_text="What stands on it; empty is the role's name."
    )
    emoji = models.CharField(
        max_length=64, blank=True, help_text="An emoji, or a server's own like <:name:123>."
    )
    description = models.CharField(
        max_length=100, blank=True, help_text="A line below it; menus show it."
    )
    position = models.PositiveSmallIntegerField(default=0, help_text="Its place on the panel.")

    class Meta:
        verbose_name = "role to choose"
        verbose_name_plural = "roles to choose"
        constraints = [
            guild_key("community_rolechoice"),
            SameGuildFK(field="panel", name="community_rolechoice_panel_in_same_guild"),
            SameGuildFK(field="role", name="community_rolechoice_role_in_same_guild"),
            models.UniqueConstraint(
                fields=["guild", "panel", "role"], name="community_rolechoice_once_per_panel"
            ),
        ]

    def __str__(self) -> str:
        return self.label or f"Role {self.role_id}"
