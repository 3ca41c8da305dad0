"""What we know about our own looking: how far Discord's log was read, whether everything holds."""

from django.db import models

from community.fields import GuildScoped, guild_key
from community.retention import kept_for_ever, kept_with_guild


class LogReading(GuildScoped):
    """How far Discord's own audit log of one server was read."""

    retention = kept_with_guild()

    entry_id = models.BigIntegerField(
        default=0, help_text="The last entry that was read; 0 before the first."
    )
    read_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was read to its end last; empty is never."
    )
    is_closed = models.BooleanField(
        default=False, help_text="Whether Discord keeps its audit log from the bot."
    )

    class Meta:
        verbose_name = "reading of Discord's log"
        constraints = [
            guild_key("community_logreading"),
            models.UniqueConstraint(fields=["guild"], name="community_logreading_one_per_guild"),
        ]

    def __str__(self) -> str:
        return f"Read up to {self.entry_id}"


class Verdict(GuildScoped):
    """What was found when somebody last looked whether everything of one server holds."""

    retention = kept_with_guild()

    looked_at = models.DateTimeField(
        null=True, blank=True, help_text="When a look came to its end last; empty is never."
    )
    breaches = models.JSONField(
        default=list, blank=True, help_text="What did not hold, one sentence each; often none."
    )
    by_check = models.JSONField(
        default=dict, blank=True, help_text="How much did not hold, by the name of each check."
    )
    found = models.JSONField(
        default=list,
        blank=True,
        help_text="What the look that is under way has found so far, each with its check.",
    )
    seq = models.PositiveBigIntegerField(
        default=0, help_text="Up to which event of the history that look has come; 0 is none."
    )
    hash = models.CharField(max_length=64, blank=True, help_text="Hash of that event.")
    count = models.PositiveIntegerField(
        default=0, help_text="How much did not hold, also what is not listed."
    )

    class Meta:
        constraints = [
            guild_key("community_verdict"),
            models.UniqueConstraint(fields=["guild"], name="community_verdict_one_per_guild"),
        ]

    def __str__(self) -> str:
        return f"{self.count} breaches" if self.count else "Everything holds"


class CheckResult(models.Model):
    """What was found when somebody last looked whether one thing of the house holds."""

    retention = kept_for_ever("a row for each thing that must hold")

    name = models.CharField(primary_key=True, max_length=50, help_text="Which check.")
    looked_at = models.DateTimeField(help_text="When somebody looked last.")
    took = models.DurationField(help_text="How long the look took.")
    count = models.PositiveIntegerField(
        default=0, help_text="How much did not hold, also what is not listed."
    )
    breaches = models.JSONField(
        default=list, blank=True, help_text="What did not hold, one sentence each; often none."
    )

    def __str__(self) -> str:
        return self.name
