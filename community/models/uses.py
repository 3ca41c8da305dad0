"""What we know about how commands are used: each use for a while, the sums of each day for ever."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from community.fields import GuildScoped, guild_key
from community.querysets.uses import CommandDayManager, CommandUseManager
from community.retention import as_chosen, deleted, kept_with_guild
from community.upkeep import appended, counted


def _the_guild_or_none() -> Any:
    """Return the server of a row that may belong to none: it happened in direct messages."""
    return models.ForeignKey(
        "community.Guild",
        on_delete=models.CASCADE,
        db_constraint=False,
        db_index=False,
        null=True,
        blank=True,
        related_name="+",
        help_text="The server where it was used; empty in direct messages.",
    )


class CommandUse(GuildScoped):
    """One time that somebody used a command."""

    class Result(models.TextChoices):
        """How it came out."""

        OK = "ok", "Worked"
        REFUSED = "refused", "Was refused"
        FAILED = "failed", "Broke"

    retention = as_chosen(
        deleted(since="used_at", days=90, why="sums of each day stay"), between=(7, 365)
    )
    upkeep = appended("only added to, and read by the last days")

    id = models.BigIntegerField(primary_key=True, help_text="Discord's id of the use.")
    guild = _the_guild_or_none()
    command = models.CharField(max_length=100, help_text="As people write it, with its sign.")
    user_id = models.BigIntegerField(
        "person", null=True, blank=True, help_text="Discord id of who used it; empty when erased."
    )
    result = models.CharField(
        max_length=7, choices=Result, default=Result.OK, help_text="How it came out."
    )
    took_ms = models.PositiveIntegerField(
        "time taken", default=0, help_text="Thousandths of a second until it was answered."
    )
    used_at = models.DateTimeField(default=timezone.now, help_text="When.")

    objects = CommandUseManager()  # type: ignore[assignment, misc]

    class Meta:
        verbose_name = "use of a command"
        verbose_name_plural = "uses of commands"
        constraints = [guild_key("community_commanduse")]
        indexes = [
            models.Index(fields=["guild", "used_at"], name="community_commanduse_by_time"),
            models.Index(fields=["user_id"], name="community_commanduse_of_person"),
            models.Index(fields=["used_at"], name="community_commanduse_past"),
        ]

    def __str__(self) -> str:
        return f"{self.command}, {self.get_result_display().lower()}"


class CommandDay(GuildScoped):
    """How one command was used on one day of UTC."""

    retention = kept_with_guild("sums of a day name nobody, and stay")
    upkeep = counted("raised with every batch of uses")

    guild = _the_guild_or_none()
    day = models.DateField(help_text="Which day, of UTC.")
    command = models.CharField(max_length=100, help_text="As people write it, with its sign.")
    uses = models.PositiveIntegerField(default=0, help_text="How often it was used.")
    refused = models.PositiveIntegerField(default=0, help_text="How often it was refused.")
    failed = models.PositiveIntegerField(default=0, help_text="How often it broke.")
    took_ms = models.PositiveBigIntegerField(
        "time taken", default=0, help_text="Thousandths of a second, of all uses together."
    )
    slowest_ms = models.PositiveIntegerField(
        "slowest", default=0, help_text="Thousandths of a second of the longest use."
    )

    objects = CommandDayManager()  # type: ignore[assignment, misc]

    class Meta:
        verbose_name = "day of a command"
        verbose_name_plural = "days of commands"
        constraints = [
            guild_key("community_commandday"),
            models.UniqueConstraint(
                fields=["guild", "day", "command"],
                nulls_distinct=False,
                name="community_commandday_once",
            ),
            models.CheckConstraint(
                condition=Q(uses__gte=F("refused") + F("failed")),
                name="community_commandday_parts_of_a_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.command} on {self.day}"
