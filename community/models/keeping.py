"""What we know about what is kept: how long a server wants it, and who lies in archive files."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from community.fields import GuildScoped, guild_key
from community.models.audit import Archive
from community.retention import kept_with_guild


class RetentionChoice(GuildScoped):
    """How long one server keeps the rows of one table, in the place of what the house does."""

    retention = kept_with_guild()

    table_name = models.CharField("what", max_length=63, help_text="The table.")
    days = models.PositiveIntegerField(help_text="Days its rows are kept.")
    chosen_at = models.DateTimeField(default=timezone.now, help_text="When it was first chosen.")

    class Meta:
        verbose_name = "own span"
        verbose_name_plural = "own spans"
        constraints = [
            guild_key("community_retentionchoice"),
            models.UniqueConstraint(
                fields=["guild", "table_name"], name="community_retentionchoice_once_per_table"
            ),
            models.CheckConstraint(
                condition=Q(days__gt=0), name="community_retentionchoice_keeps_for_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.table_name} for {self.days} days"


class GoneMember(GuildScoped):
    """Somebody who left long ago: in which file they lie, as they were."""

    retention = kept_with_guild("goes when they return, or with the server")

    user_id = models.BigIntegerField("person", help_text="Discord id of the person.")
    archive = models.ForeignKey(
        Archive, on_delete=models.PROTECT, related_name="+", help_text="The file they lie in."
    )
    left_at = models.DateTimeField(help_text="When they left.")

    class Meta:
        verbose_name = "member in an archive"
        verbose_name_plural = "members in archives"
        constraints = [
            guild_key("community_gonemember"),
            models.UniqueConstraint(
                fields=["guild", "user_id"], name="community_gonemember_once_per_guild"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}, gone"
