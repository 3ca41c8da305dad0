"""What we know about reminders: what somebody wants to be told, and when by whose clock."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from community.fields import GuildScoped, guild_key
from community.querysets.reminders import ReminderManager
from community.retention import as_chosen, deleted


class Reminder(GuildScoped):
    """Something that somebody wants to be told, once or again and again.

    What a clock on the wall of its zone shows is the truth; the moment follows from it.
    """

    class State(models.TextChoices):
        """How far it has come."""

        OPEN = "open", "To come"
        SAID = "said", "Said"
        DELETED = "deleted", "Deleted"
        FAILED = "failed", "Could not be said"

    retention = as_chosen(
        deleted(since="ended_at", days=30, why="a month to snooze what was said"), between=(1, 365)
    )

    user_id = models.BigIntegerField("person", help_text="Discord id of who is reminded.")
    channel_id = models.BigIntegerField(
        "channel", null=True, blank=True, help_text="Where it is said; empty is by direct message."
    )
    message = models.CharField(max_length=500, help_text="What they want to be told.")
    asked_as = models.BigIntegerField(help_text="The command that asked for it; counts once.")
    on_day = models.DateField(help_text="The day of its next time, by its zone's calendar.")
    at_time = models.TimeField(help_text="What a clock of its zone shows then.")
    tz = models.CharField(
        "time zone", max_length=64, help_text="Whose clock; UTC where a span of hours was named."
    )
    repeat = models.CharField(
        max_length=80, blank=True, help_text="How often, as an RRULE; empty is once."
    )
    due_at = models.DateTimeField(
        null=True, blank=True, help_text="The moment it is said next; empty when it has ended."
    )
    is_snoozed = models.BooleanField(
        "snoozed", default=False, help_text="Put off: it is said before its next proper time."
    )
    turn = models.PositiveIntegerField(
        default=1, help_text="Counts every moment it was set for; an old one says nothing."
    )
    misses = models.PositiveSmallIntegerField(
        default=0, help_text="How often in a row it could not be said."
    )
    state = models.CharField(
        max_length=7, choices=State, default=State.OPEN, help_text="How far it has come."
    )
    made_at = models.DateTimeField(default=timezone.now, help_text="When it was asked for.")
    said_at = models.DateTimeField(null=True, blank=True, help_text="When it was said last.")
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When it came to its end.")
    last_error = models.CharField(max_length=300, blank=True, help_text="What went wrong last.")

    objects = ReminderManager()  # type: ignore[assignment, misc]

    class Meta:
        constraints = [
            guild_key("community_reminder"),
            models.UniqueConstraint(
                fields=["guild", "asked_as"], name="community_reminder_asked_once"
            ),
            models.CheckConstraint(
                condition=Q(state="open", due_at__isnull=False, ended_at=None)
                | ~Q(state="open") & Q(due_at=None, ended_at__isnull=False),
                name="community_reminder_open_has_a_moment",
            ),
        ]
        indexes = [
            models.Index(fields=["user_id"], name="community_reminder_of_person"),
            models.Index(fields=["guild", "due_at"], name="community_reminder_by_time"),
            models.Index(fields=["ended_at"], name="community_reminder_ended"),
        ]

    def __str__(self) -> str:
        return f"Reminder {self.pk}"
