"""What we know about levels: what each person earned, what a level brings, what counts how much."""

from django.db import models
from django.db.models import Q

from activity.querysets.levels import GlobalProgressQuerySet, LevelRewardManager, ProgressManager
from community.fields import GuildForeignKey, GuildScoped, GuildTally, SameGuildFK, guild_key
from community.models import Role
from community.retention import kept_for_ever, kept_with_guild
from community.upkeep import taken_up


class Progress(GuildTally):
    """What one person earned in one server."""

    retention = kept_with_guild()
    upkeep = taken_up("listed by XP, which most messages raise")

    user_id = models.BigIntegerField("person", help_text="Discord id of the person.")
    xp = models.BigIntegerField("XP", default=0, help_text="Experience earned.")
    level = models.PositiveIntegerField(default=0, help_text="The level that this XP reaches.")
    earned_at = models.DateTimeField(
        null=True, blank=True, help_text="The message that last earned something was written then."
    )

    objects = ProgressManager()  # type: ignore[assignment, misc]

    class Meta:
        verbose_name = "level"
        constraints = [
            models.UniqueConstraint(fields=["guild", "user_id"], name="activity_progress_once"),
            models.CheckConstraint(
                condition=Q(xp__gte=0), name="activity_progress_is_not_negative"
            ),
        ]
        indexes = [models.Index(fields=["guild", "-xp"], name="activity_progress_by_xp")]

    def __str__(self) -> str:
        return f"Level {self.level} of {self.user_id}"


class GlobalProgress(models.Model):
    """What one person earned in all servers together; kept apart from who they are."""

    retention = kept_for_ever("one row per person; goes when the person is erased")

    user_id = models.BigIntegerField(
        "person", primary_key=True, help_text="Discord id of the person."
    )
    xp = models.BigIntegerField("XP", default=0, help_text="Experience earned.")

    objects = GlobalProgressQuerySet.as_manager()

    class Meta:
        verbose_name = "level everywhere"
        verbose_name_plural = "levels everywhere"
        constraints = [
            models.CheckConstraint(
                condition=Q(xp__gte=0), name="activity_globalprogress_is_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.xp} XP of {self.user_id}"


class LevelReward(GuildScoped):
    """A role that a level brings."""

    retention = kept_with_guild()

    level = models.PositiveIntegerField(help_text="The level at which it is given.")
    role = GuildForeignKey(
        Role, on_delete=models.CASCADE, related_name="+", help_text="What is given."
    )
    agreed = models.BigIntegerField(
        default=0, help_text="Staff permissions that the owner agreed to give, as Discord's bits."
    )

    objects = LevelRewardManager()  # type: ignore[assignment, misc]

    class Meta:
        verbose_name = "level reward"
        constraints = [
            guild_key("activity_levelreward"),
            SameGuildFK(field="role", name="activity_levelreward_role_in_same_guild"),
            models.UniqueConstraint(fields=["guild", "role"], name="activity_levelreward_once"),
            models.CheckConstraint(
                condition=Q(level__gte=1, level__lte=1000),
                name="activity_levelreward_level_can_be_reached",
            ),
        ]
        indexes = [models.Index(fields=["guild", "level"], name="activity_reward_by_level")]

    def __str__(self) -> str:
        return f"Level {self.level}"


class XpRule(GuildScoped):
    """How much messages count in a channel (or category), or those of a role's holders."""

    class Subject(models.TextChoices):
        """What it is about."""

        CHANNEL = "channel", "Channel"
        ROLE = "role", "Role"

    retention = kept_with_guild()

    subject = models.CharField(max_length=7, choices=Subject, help_text="What it is about.")
    subject_id = models.BigIntegerField(help_text="Discord id of the channel or role.")
    percent = models.PositiveSmallIntegerField(
        default=0, help_text="100 is as usual, 200 twice as much, 0 nothing."
    )

    class Meta:
        verbose_name = "XP rule"
        constraints = [
            guild_key("activity_xprule"),
            models.UniqueConstraint(
                fields=["guild", "subject", "subject_id"], name="activity_xprule_once"
            ),
            models.CheckConstraint(
                condition=Q(percent__lte=1000), name="activity_xprule_at_most_tenfold"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_subject_display()} {self.subject_id}: {self.percent} %"
