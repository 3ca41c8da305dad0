"""What we know about messages: that they were written, never what they said."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from activity.partitions import MONTHLY
from activity.querysets.messages import MessageEventManager
from activity.snowflakes import moment_of
from community.fields import GuildTally
from community.retention import dropped


class MessageEvent(GuildTally):
    """One message of a person; its id is Discord's and carries its time.

    The table is partitioned by month on the id, and its key in the database is (guild, id).
    """

    retention = dropped(days=365, why="a year of raw events; the daily counters stay")
    upkeep = MONTHLY

    id = models.BigIntegerField(primary_key=True, help_text="Discord's id of the message.")
    channel_id = models.BigIntegerField("channel", help_text="Discord id of the channel.")
    user_id = models.BigIntegerField("person", help_text="Discord id of the writer; 0 when erased.")
    characters = models.PositiveSmallIntegerField(default=0, help_text="How long its text is.")
    words = models.PositiveSmallIntegerField(default=0, help_text="How many words its text has.")
    has_attachment = models.BooleanField(default=False, help_text="Carries a file.")
    has_embed = models.BooleanField(default=False, help_text="Carries an embed.")
    is_reply = models.BooleanField(default=False, help_text="Answers another message.")
    edited_at = models.DateTimeField(null=True, blank=True, help_text="When it was last changed.")
    deleted_at = models.DateTimeField(null=True, blank=True, help_text="When it was deleted.")

    objects = MessageEventManager()  # type: ignore[assignment, misc]

    class Meta:
        verbose_name = "message"
        constraints = [
            models.CheckConstraint(condition=Q(id__gt=0), name="activity_messageevent_has_an_id"),
        ]
        indexes = [
            models.Index(fields=["guild", "user_id", "id"], name="activity_message_of_user"),
        ]

    def __str__(self) -> str:
        return f"Message {self.pk}"

    @property
    def written_at(self) -> datetime:
        """When it was written, as its id says."""
        return moment_of(self.pk)
