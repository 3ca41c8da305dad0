"""What a server wants counted, and how."""

from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from activity.querysets.settings import ActivitySettingsManager
from community.fields import GuildForeignKey, GuildScoped, SameGuildFK, guild_key
from community.models import Channel
from community.retention import kept_with_guild


class ActivitySettings(GuildScoped):
    """How one server wants to be counted; without a row all stands as the fields begin."""

    class Announce(models.TextChoices):
        """Where a new level is told."""

        NOWHERE = "nowhere", "Nowhere"
        SAME = "same", "In the channel of the message"
        CHANNEL = "channel", "In one channel"
        DIRECT = "direct", "To the person alone"

    class Rewards(models.TextChoices):
        """Which of the roles that levels bring are held."""

        STACK = "stack", "All that were reached"
        HIGHEST = "highest", "Only the highest"

    retention = kept_with_guild()

    messages_counted = models.BooleanField(default=True, help_text="Messages are counted.")
    voice_counted = models.BooleanField(default=True, help_text="Time in voice is counted.")
    ignored_channel_ids = ArrayField(
        models.BigIntegerField(),
        default=list,
        blank=True,
        verbose_name="ignored channels",
        help_text="Nothing is counted there; a category stands for its channels.",
    )
    alone_counts = models.BooleanField(
        default=False, help_text="Time alone in a voice channel counts."
    )
    deafened_counts = models.BooleanField(
        default=False, help_text="Time in which somebody hears nothing counts."
    )
    afk_channel_counts = models.BooleanField(
        "AFK channel counts", default=False, help_text="Time in the server's AFK channel counts."
    )
    afk_channel_id = models.BigIntegerField(
        "AFK channel", null=True, blank=True, help_text="Mirrored from Discord."
    )
    xp_min = models.PositiveSmallIntegerField(
        "least XP", default=15, help_text="What a message earns at least."
    )
    xp_max = models.PositiveSmallIntegerField(
        "most XP", default=25, help_text="What a message earns at most."
    )
    xp_cooldown = models.DurationField(
        "XP pause",
        default=timedelta(seconds=60),
        help_text="After a message that earned, none earns for this long.",
    )
    level_announce = models.CharField(
        max_length=8, choices=Announce, default=Announce.SAME, help_text="Where a level is told."
    )
    level_channel = GuildForeignKey(
        Channel,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="The channel for new levels, when it is one channel.",
    )
    level_text = models.CharField(
        max_length=2000,
        blank=True,
        default="{{ user.mention }} has reached level {{ level }}.",
        help_text="What is said; {{ user.mention }}, {{ level }}, {{ server.name }} are filled in.",
    )
    rewards = models.CharField(
        max_length=7, choices=Rewards, default=Rewards.STACK, help_text="Which roles are held."
    )

    objects = ActivitySettingsManager()  # type: ignore[assignment, misc]

    class Meta:
        verbose_name = "activity settings"
        verbose_name_plural = "activity settings"
        constraints = [
            guild_key("activity_activitysettings"),
            SameGuildFK(
                field="level_channel", name="activity_activitysettings_channel_in_same_guild"
            ),
            models.UniqueConstraint(
                fields=["guild"], name="activity_activitysettings_one_per_guild"
            ),
            models.CheckConstraint(
                condition=Q(xp_max__gte=F("xp_min"), xp_max__lte=1000),
                name="activity_activitysettings_most_is_not_under_least",
            ),
            models.CheckConstraint(
                condition=Q(xp_cooldown__gte=timedelta(0)),
                name="activity_activitysettings_pause_is_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return "Activity settings"
