"""What we know day by day: counters, written in the transaction of what they count."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import Value
from django.db.models.functions import Cast

from activity.querysets.days import (
    ChannelDayManager,
    GuildHourManager,
    MemberDayManager,
    MemberTotalsManager,
)
from community.fields import GuildTally
from community.retention import kept_with_guild
from community.upkeep import counted

MS_PER_HOUR = 3_600_000
MS_PER_DAY = 24 * MS_PER_HOUR


def _count(what: str) -> "models.PositiveIntegerField[Any, Any]":
    """Return a counter."""
    return models.PositiveIntegerField(default=0, help_text=what)


def _voice_ms() -> "models.BigIntegerField[Any, Any]":
    """Return a counter of time in voice."""
    return models.BigIntegerField(
        "voice (ms)", default=0, help_text="Time in voice that counts, in milliseconds."
    )


class MemberDay(GuildTally):
    """What one person did in one server on one day (UTC)."""

    retention = kept_with_guild()
    upkeep = counted("raised with every batch of what people write and say")

    user_id = models.BigIntegerField("person", help_text="Discord id of the person.")
    day = models.DateField(help_text="The day, in UTC.")
    messages = _count("Messages written.")
    characters = _count("Characters written.")
    words = _count("Words written.")
    attachments = _count("Messages with files.")
    blocks = _count("Spans of ten minutes in which something was written.")
    # Who counts messages need not know of it.
    xp = models.PositiveIntegerField("XP", default=0, db_default=0, help_text="Experience earned.")
    voice_ms = _voice_ms()

    objects = MemberDayManager()  # type: ignore[assignment, misc]

    class Meta:
        verbose_name = "member's day"
        verbose_name_plural = "members' days"
        constraints = [
            models.UniqueConstraint(
                fields=["guild", "user_id", "day"], name="activity_memberday_once"
            ),
            models.CheckConstraint(
                condition=Q(voice_ms__gte=0, voice_ms__lte=2 * MS_PER_DAY),
                name="activity_memberday_voice_fits_a_day",
            ),
        ]
        indexes = [
            models.Index(fields=["guild", "day"], name="activity_memberday_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.day} of {self.user_id}"


class ChannelDay(GuildTally):
    """What happened in one channel on one day (UTC)."""

    retention = kept_with_guild()
    upkeep = counted("raised with every batch of what people write and say")

    channel_id = models.BigIntegerField("channel", help_text="Discord id of the channel.")
    day = models.DateField(help_text="The day, in UTC.")
    messages = _count("Messages written.")
    characters = _count("Characters written.")
    edited = _count("Messages of that day that were changed later.")
    deleted = _count("Messages of that day that were deleted later.")
    voice_ms = _voice_ms()

    objects = ChannelDayManager()  # type: ignore[assignment, misc]

    class Meta:
        verbose_name = "channel's day"
        verbose_name_plural = "channels' days"
        constraints = [
            models.UniqueConstraint(
                fields=["guild", "channel_id", "day"], name="activity_channelday_once"
            ),
            models.CheckConstraint(
                condition=Q(voice_ms__gte=0), name="activity_channelday_voice_is_not_negative"
            ),
        ]
        indexes = [
            models.Index(fields=["guild", "day"], name="activity_channelday_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.day} of channel {self.channel_id}"


class GuildHour(GuildTally):
    """What happened in one server in one hour; days of any time zone are sums of these."""

    retention = kept_with_guild()
    upkeep = counted("raised with every batch of what people write and say")

    hour = models.DateTimeField(help_text="When the hour began.")
    messages = _count("Messages written.")
    edited = _count("Messages of that hour that were changed later.")
    deleted = _count("Messages of that hour that were deleted later.")
    joins = _count("People who came in.")
    leaves = _count("People who left.")
    voice_ms = _voice_ms()

    objects = GuildHourManager()  # type: ignore[assignment, misc]

    class Meta:
        verbose_name = "server's hour"
        constraints = [
            models.UniqueConstraint(fields=["guild", "hour"], name="activity_guildhour_once"),
            models.CheckConstraint(
                condition=Q(voice_ms__gte=0), name="activity_guildhour_voice_is_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H}:00"


class MemberTotals(GuildTally):
    """What one person did in one server since we count."""

    retention = kept_with_guild()
    upkeep = counted("raised with every batch of what people write and say")

    user_id = models.BigIntegerField("person", help_text="Discord id of the person.")
    messages = models.BigIntegerField(default=0, help_text="Messages written.")
    voice_ms = _voice_ms()
    hours = models.GeneratedField(
        expression=Cast(F("voice_ms"), models.DecimalField(max_digits=20, decimal_places=2))
        / Value(MS_PER_HOUR),
        output_field=models.DecimalField(max_digits=12, decimal_places=2),
        db_persist=True,
        help_text="Hours in voice that count.",
    )
    days = models.GeneratedField(
        expression=Cast(F("voice_ms"), models.DecimalField(max_digits=20, decimal_places=2))
        / Value(MS_PER_DAY),
        output_field=models.DecimalField(max_digits=12, decimal_places=2),
        db_persist=True,
        help_text="Days in voice that count.",
    )
    first_at = models.DateTimeField(help_text="When they first did anything we counted.")
    last_at = models.DateTimeField(help_text="When they last did anything we counted.")

    objects = MemberTotalsManager()  # type: ignore[assignment, misc]

    class Meta:
        verbose_name = "member's totals"
        verbose_name_plural = "members' totals"
        constraints = [
            models.UniqueConstraint(fields=["guild", "user_id"], name="activity_membertotals_once"),
            models.CheckConstraint(
                condition=Q(messages__gte=0, voice_ms__gte=0),
                name="activity_membertotals_are_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(voice_ms__lte=10**15), name="activity_membertotals_voice_has_an_end"
            ),
            models.CheckConstraint(
                condition=Q(last_at__gte=F("first_at")),
                name="activity_membertotals_last_is_after_first",
            ),
        ]
        indexes = [
            # None by messages: it would be rewritten with every batch, which costs more than
            # to sort a server's people when somebody asks.
            models.Index(fields=["guild", "-voice_ms"], name="activity_totals_by_voice"),
        ]

    def __str__(self) -> str:
        return f"Totals of {self.user_id}"
