"""What we know about warnings, and what follows when there are too many."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from community.fields import GuildForeignKey, GuildScoped, SameGuildFK, guild_key
from community.retention import Erasure, archived, as_chosen, kept_with_guild
from moderation.models.cases import Case
from moderation.querysets.warnings import LadderStepManager, WarningManager


class MemberWarning(GuildScoped):
    """A warning and what it counts; it stands until its end, unless it is taken back before."""

    class Ending(models.TextChoices):
        """How it ended."""

        EXPIRED = "expired", "Run out"
        PARDONED = "pardoned", "Pardoned"
        OVERRULED = "overruled", "Overruled"

    retention = as_chosen(
        archived(
            since="ended_at",
            days=365,
            file_days=365,
            why="a year at hand, another in a file; its case says for ever that it was given",
        ),
        between=(180, 3650),
    )
    written_beside = ("fires",)
    erasure = Erasure("user_id")

    case = GuildForeignKey(
        Case, on_delete=models.CASCADE, related_name="warnings", help_text="The case."
    )
    user_id = models.BigIntegerField("person", help_text="Discord id of the person warned.")
    points = models.PositiveSmallIntegerField(
        default=1, validators=[MaxValueValidator(100)], help_text="What it counts."
    )
    given_at = models.DateTimeField(default=timezone.now, help_text="When it was given.")
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Until when it counts.")
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When it ended.")
    ended_by_id = models.BigIntegerField(
        "ended by", null=True, blank=True, help_text="Discord id of the one who took it back."
    )
    ending = models.CharField(
        max_length=9, choices=Ending, blank=True, help_text="How it ended; empty while it stands."
    )

    objects = WarningManager()  # type: ignore[assignment, misc]

    class Meta:
        verbose_name = "warning"
        constraints = [
            guild_key("moderation_memberwarning"),
            SameGuildFK(field="case", name="moderation_memberwarning_case_in_same_guild"),
            models.UniqueConstraint(
                fields=["guild", "case"], name="moderation_memberwarning_one_per_case"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ending="") | (Q(ended_at__isnull=False) & ~Q(ending="")),
                name="moderation_memberwarning_ends_in_some_way",
            ),
        ]
        indexes = [
            models.Index(fields=["guild", "user_id"], name="moderation_warning_of_user"),
            models.Index(
                fields=["guild", "id"],
                condition=Q(ending__in=["pardoned", "overruled"]),
                name="moderation_warning_taken_back",
            ),
            models.Index(
                fields=["guild", "user_id", "given_at"],
                condition=Q(ended_at=None),
                name="moderation_warning_standing",
            ),
            models.Index(
                fields=["expires_at"],
                condition=Q(ended_at=None),
                name="moderation_warning_run_out",
            ),
        ]

    def __str__(self) -> str:
        return f"Warning of {self.points} points"


class LadderStep(GuildScoped):
    """A rung: who has so many points within the window is punished so."""

    class Kind(models.TextChoices):
        """What follows."""

        MUTE = "mute", "Mute"
        KICK = "kick", "Kick"
        BAN = "ban", "Ban"

    retention = kept_with_guild()

    points = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1)], help_text="How many points it takes."
    )
    kind = models.CharField(max_length=4, choices=Kind, help_text="What follows.")
    duration = models.DurationField(
        null=True, blank=True, help_text="For how long; empty is for ever."
    )

    objects = LadderStepManager()  # type: ignore[assignment, misc]

    class Meta:
        verbose_name = "ladder step"
        ordering = ["points"]
        constraints = [
            guild_key("moderation_ladderstep"),
            models.UniqueConstraint(
                fields=["guild", "points"], name="moderation_ladderstep_one_per_points"
            ),
            models.CheckConstraint(
                condition=Q(points__gte=1), name="moderation_ladderstep_takes_points"
            ),
            models.CheckConstraint(
                condition=~Q(kind="kick", duration__isnull=False),
                name="moderation_ladderstep_kick_has_no_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.points} points: {self.get_kind_display().lower()}"


class LadderFire(GuildScoped):
    """One time that a rung was reached: which warning did it, and what followed."""

    retention = kept_with_guild()

    step = GuildForeignKey(
        LadderStep,
        on_delete=models.SET_NULL,
        null=True,
        related_name="fires",
        help_text="The rung; empty after it was taken off the ladder.",
    )
    warning = GuildForeignKey(
        MemberWarning,
        on_delete=models.CASCADE,
        related_name="fires",
        help_text="The warning that reached it.",
    )
    consequence = GuildForeignKey(
        Case,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="The case that followed; empty when the punishment could not be given.",
    )
    words = models.CharField(
        max_length=400, blank=True, help_text="Why nothing followed, when nothing did."
    )
    points = models.PositiveSmallIntegerField(help_text="The points that were reached.")
    fired_at = models.DateTimeField(default=timezone.now, help_text="When.")
    undone_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When its warning was overruled, so that it may fire again.",
    )

    class Meta:
        verbose_name = "ladder fire"
        constraints = [
            guild_key("moderation_ladderfire"),
            SameGuildFK(field="step", name="moderation_ladderfire_step_in_same_guild"),
            SameGuildFK(field="warning", name="moderation_ladderfire_warning_in_same_guild"),
            SameGuildFK(field="consequence", name="moderation_ladderfire_case_in_same_guild"),
            models.UniqueConstraint(
                fields=["guild", "step", "warning"], name="moderation_ladderfire_once_per_warning"
            ),
        ]

    def __str__(self) -> str:
        return f"Fired at {self.points} points"
