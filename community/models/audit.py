"""What we know about what staff did: a history that nobody can rewrite."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from community.append_only import AppendOnly
from community.fields import GuildForeignKey, GuildScoped, SameGuildFK, guild_key
from community.models.staff import Staff
from community.querysets.house import ArchiveQuerySet
from community.retention import archived, as_chosen, emptied, kept_for_ever
from community.upkeep import appended


def _own_guild_or_the_house(help_text: str) -> Any:
    """Return the guild of a row that outlives its server, or that is about the house itself."""
    return models.ForeignKey(
        "community.Guild",
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        null=True,
        blank=True,
        related_name="+",
        help_text=help_text,
    )


class AuditEntry(AppendOnly, GuildScoped):
    """One thing that staff changed, with before and after; append-only."""

    retention = as_chosen(
        archived(since="at", days=365, why="a year at hand, then in an archive file"),
        between=(90, 3650),
    )
    side_rows = ("traces",)
    upkeep = appended("only added to")

    guild = _own_guild_or_the_house("The server it is about; empty for the house itself.")
    staff = models.ForeignKey(
        Staff,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who did it; empty when the house did.",
    )
    actor = models.CharField(max_length=150, help_text="Their name at that moment.")
    verb = models.CharField(max_length=60, help_text="What was done, dotted.")
    subject_kind = models.CharField(max_length=40, help_text="What sort of thing it was done to.")
    subject_id = models.CharField(max_length=100, help_text="Which one.")
    before = models.JSONField(default=dict, blank=True, help_text="What changed, as it was.")
    after = models.JSONField(default=dict, blank=True, help_text="What changed, as it is.")
    at = models.DateTimeField(default=timezone.now, help_text="When.")

    class Meta:
        verbose_name = "audit entry"
        verbose_name_plural = "audit entries"
        constraints = [
            guild_key("community_auditentry"),
            models.CheckConstraint(
                condition=Q(verb__regex=r"^[a-z_]+(\.[a-z_]+)+$"),
                name="community_auditentry_verb_is_dotted",
            ),
        ]
        indexes = [
            models.Index(fields=["guild", "-at"], name="community_auditentry_by_time"),
            models.Index(
                fields=["guild", "subject_kind", "subject_id", "-at"],
                name="community_auditentry_of_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.actor}: {self.verb}"


class AuditTrace(GuildScoped):
    """Where an audited act came from; its texts are emptied after 30 days."""

    retention = emptied("address", "agent", since="at", days=30, why="addresses are personal data")

    guild = _own_guild_or_the_house("The server of the entry.")
    entry = GuildForeignKey(
        AuditEntry,
        on_delete=models.DO_NOTHING,
        related_name="traces",
        help_text="The entry it belongs to.",
    )
    address = models.CharField(max_length=45, blank=True, help_text="Network address.")
    agent = models.CharField(max_length=300, blank=True, help_text="Browser or program.")
    at = models.DateTimeField(default=timezone.now, help_text="When.")

    class Meta:
        verbose_name = "audit trace"
        constraints = [
            guild_key("community_audittrace"),
            SameGuildFK(field="entry", name="community_audittrace_entry_in_same_guild"),
            models.UniqueConstraint(
                fields=["guild", "entry"],
                nulls_distinct=False,
                name="community_audittrace_one_per_entry",
            ),
        ]
        indexes = [models.Index(fields=["at"], name="community_audittrace_by_time")]

    def __str__(self) -> str:
        return f"Trace of entry {self.entry_id}"


class Archive(models.Model):
    """The manifest of one archive file: the only paper on which rows of history may leave."""

    retention = kept_for_ever("says where the rows went")

    table_name = models.CharField(max_length=63, help_text="The table its rows came from.")
    guild_id = models.BigIntegerField(
        null=True, blank=True, help_text="The server its rows belong to; empty for the house's own."
    )
    named_by = models.CharField(
        max_length=63,
        default="id",
        db_default="id",
        help_text="The column that names its rows: their own id, or that of what they belong to.",
    )
    first_id = models.BigIntegerField(help_text="Lowest of those numbers in the file.")
    last_id = models.BigIntegerField(help_text="Highest of those numbers in the file.")
    row_count = models.PositiveIntegerField(help_text="Rows in the file.")
    path = models.CharField(max_length=500, help_text="Where the file is.")
    sha256 = models.CharField(max_length=64, help_text="Checksum of the file.")
    written_at = models.DateTimeField(default=timezone.now, help_text="When it was written.")
    verified_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was read back and found whole."
    )
    let_out_at = models.DateTimeField(
        null=True, blank=True, help_text="When its rows left the database."
    )
    leaving_in = models.BigIntegerField(
        null=True,
        blank=True,
        editable=False,
        help_text="Transaction in which its rows are leaving.",
    )
    size = models.PositiveBigIntegerField(default=0, db_default=0, help_text="Bytes of the file.")
    restored_at = models.DateTimeField(
        null=True, blank=True, help_text="When its rows came back; its file went."
    )
    rewritten_as = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The one in its place, since somebody in it was erased; its file went.",
    )
    dropped_at = models.DateTimeField(
        null=True, blank=True, help_text="When the time of the file was over as well; it went."
    )

    objects = ArchiveQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(last_id__gte=models.F("first_id"), row_count__gt=0),
                name="community_archive_holds_rows",
            ),
            models.CheckConstraint(
                condition=Q(let_out_at=None, leaving_in=None) | Q(verified_at__isnull=False),
                name="community_archive_verified_before_rows_leave",
            ),
            models.CheckConstraint(
                condition=Q(named_by__regex=r"^([a-z_]+_)?id$"),
                name="community_archive_names_its_rows_by_a_key",
            ),
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"),
                name="community_archive_has_a_checksum",
            ),
            models.CheckConstraint(
                condition=Q(let_out_at__isnull=False)
                | Q(restored_at=None, rewritten_as=None, dropped_at=None),
                name="community_archive_ends_after_rows_left",
            ),
        ]
        indexes = [
            models.Index(
                fields=["table_name", "guild_id", "first_id"], name="community_archive_of_table"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.row_count} rows of {self.table_name}"

    @property
    def is_standing(self) -> bool:
        """True while its rows are in its file and nowhere else."""
        ended = (self.restored_at, self.rewritten_as_id, self.dropped_at)
        return self.let_out_at is not None and not any(ended)
