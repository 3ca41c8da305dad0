"""What we know about voice: each step of a person, and the sessions they make."""

from django.db import models
from django.db.models import F, Q

from activity.querysets.voice import VoiceEventManager, VoiceSessionManager
from community.fields import GuildForeignKey, GuildScoped, SameGuildFK, guild_key
from community.retention import as_chosen, deleted


class VoiceSession(GuildScoped):
    """One stay of a person in one voice channel; who else was there: the sessions that overlap."""

    class Ending(models.TextChoices):
        """How it ended."""

        LEFT = "left", "Left"
        MOVED = "moved", "Went to another channel"
        DISCONNECTED = "disconnected", "Was disconnected"
        TIMED_OUT = "timed_out", "Was timed out"
        LOST = "lost", "Ended while the bot was away"

    retention = as_chosen(
        deleted(since="ended_at", days=365, why="a year of raw voice; the counters stay"),
        between=(90, 1095),
    )

    user_id = models.BigIntegerField("person", help_text="Discord id of the person; 0 when erased.")
    channel_id = models.BigIntegerField("channel", help_text="Discord id of the channel.")
    started_at = models.DateTimeField(help_text="When they came in.")
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When they left.")
    ending = models.CharField(
        max_length=12, choices=Ending, blank=True, help_text="How it ended; empty while it lasts."
    )
    counted_ms = models.BigIntegerField(
        "counted (ms)", default=0, help_text="How much of it counts, in milliseconds, so far."
    )
    counting_since = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Up to when it is counted, while it counts; empty while it does not.",
    )
    seen_at = models.DateTimeField(
        null=True, blank=True, help_text="When the bot last saw them there."
    )
    muted = models.BooleanField(default=False, help_text="Cannot be heard, by themselves or not.")
    deafened = models.BooleanField(default=False, help_text="Hears nothing, by themselves or not.")

    objects = VoiceSessionManager()  # type: ignore[assignment, misc]

    class Meta:
        verbose_name = "voice session"
        constraints = [
            guild_key("activity_voicesession"),
            models.UniqueConstraint(
                fields=["guild", "user_id"],
                condition=Q(ended_at=None),
                name="activity_voicesession_in_one_channel_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ending="")
                | (Q(ended_at__gte=F("started_at")) & ~Q(ending="")),
                name="activity_voicesession_ends_after_it_began",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(counting_since=None),
                name="activity_voicesession_counts_only_while_it_lasts",
            ),
            models.CheckConstraint(
                condition=Q(counted_ms__gte=0),
                name="activity_voicesession_count_is_not_negative",
            ),
        ]
        indexes = [
            models.Index(
                fields=["guild", "user_id", "started_at"], name="activity_session_of_user"
            ),
            # Who was there together is read from it alone.
            models.Index(
                fields=["guild", "channel_id", "started_at"],
                include=["ended_at", "user_id"],
                name="activity_session_of_company",
            ),
            models.Index(fields=["guild", "-started_at"], name="activity_session_by_time"),
            models.Index(
                fields=["guild", "channel_id"],
                condition=Q(ended_at=None),
                name="activity_session_open",
            ),
            models.Index(
                fields=["ended_at"],
                condition=Q(ended_at__isnull=False),
                name="activity_session_by_end",
            ),
        ]

    def __str__(self) -> str:
        return f"Voice session {self.pk}"


class VoiceEvent(GuildScoped):
    """One step of a person in voice; written once, never changed."""

    class Kind(models.TextChoices):
        """What happened."""

        JOIN = "join", "Came in"
        LEAVE = "leave", "Left"
        MOVE = "move", "Went over"
        DISCONNECT = "disconnect", "Was disconnected"
        TIMEOUT = "timeout", "Was timed out"

    retention = as_chosen(
        deleted(since="at", days=365, why="a year of raw voice; the counters stay"),
        between=(90, 1095),
    )

    user_id = models.BigIntegerField("person", help_text="Discord id of the person; 0 when erased.")
    kind = models.CharField(max_length=10, choices=Kind, help_text="What happened.")
    session = GuildForeignKey(
        VoiceSession,
        on_delete=models.CASCADE,
        related_name="events",
        help_text="The session it began or ended.",
    )
    channel_id = models.BigIntegerField("channel", help_text="Discord id of the channel.")
    at = models.DateTimeField(help_text="When it happened.")
    muted = models.BooleanField(default=False, help_text="Could not be heard then.")
    deafened = models.BooleanField(default=False, help_text="Heard nothing then.")
    actor_id = models.BigIntegerField(
        "by", null=True, blank=True, help_text="Discord id of who did it, when it was not they."
    )

    objects = VoiceEventManager()  # type: ignore[assignment, misc]

    class Meta:
        verbose_name = "voice event"
        constraints = [
            guild_key("activity_voiceevent"),
            SameGuildFK(field="session", name="activity_voiceevent_session_in_same_guild"),
        ]
        indexes = [
            models.Index(fields=["guild", "-at"], name="activity_voice_by_time"),
            models.Index(fields=["guild", "user_id", "-at"], name="activity_voice_of_user"),
            models.Index(fields=["at"], name="activity_voice_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.user_id}"
