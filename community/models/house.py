"""What we know about the house itself: who leads, who is alive, what the clock did."""

from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from community.querysets.house import (
    BackupQuerySet,
    HeartbeatQuerySet,
    JobQuerySet,
    JobRunQuerySet,
)
from community.retention import deleted, kept_for_ever


class Lease(models.Model):
    """A right that one process holds until a moment; the row is the truth, not the process."""

    retention = kept_for_ever("a handful of rows")

    name = models.CharField(primary_key=True, max_length=50, help_text="What is held.")
    holder = models.CharField(max_length=100, blank=True, help_text="Who holds it.")
    until = models.DateTimeField(default=timezone.now, help_text="When it falls free by itself.")
    epoch = models.PositiveBigIntegerField(
        default=0,
        help_text="Counts every change of hands; an old holder's writes are refused by it.",
    )

    def __str__(self) -> str:
        return f"{self.name} of {self.holder}"


class Heartbeat(models.Model):
    """The last sign of life of one process."""

    retention = deleted(since="seen_at", days=30, why="a process that is gone for good")

    process = models.CharField(primary_key=True, max_length=100, help_text="Which process.")
    started_at = models.DateTimeField(default=timezone.now, help_text="When it started.")
    seen_at = models.DateTimeField(default=timezone.now, help_text="When it was last alive.")
    version = models.CharField(max_length=20, blank=True, help_text="Guildhall's version it runs.")
    figures = models.JSONField(default=dict, blank=True, help_text="What it says of itself.")

    objects = HeartbeatQuerySet.as_manager()

    def __str__(self) -> str:
        return self.process


class CommandSync(models.Model):
    """What an application's slash commands were when Discord last heard of them."""

    retention = kept_for_ever("a row for each bot the house ever was")

    application_id = models.BigIntegerField(
        primary_key=True, help_text="Discord's id of the application the bot belongs to."
    )
    fingerprint = models.CharField(max_length=64, help_text="Of the commands as we describe them.")
    receipt = models.CharField(max_length=64, help_text="Of the versions Discord gave them.")
    synced_at = models.DateTimeField(default=timezone.now, help_text="When they were told.")

    def __str__(self) -> str:
        return f"Commands of {self.application_id}"


class Job(models.Model):
    """Something the clock does again and again; parked when it killed its worker three times."""

    retention = kept_for_ever("a handful of rows")

    name = models.CharField(primary_key=True, max_length=100, help_text="The task's dotted name.")
    period = models.DurationField(help_text="How often it is rung.")
    longest = models.DurationField(
        default=timedelta(minutes=1), help_text="How long a run may take before it is ended."
    )
    unfinished_starts = models.PositiveSmallIntegerField(
        default=0, help_text="Starts in a row that never came to an end."
    )
    parked_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was set aside; Run now takes it up again."
    )
    last_success_at = models.DateTimeField(null=True, blank=True, help_text="When it last worked.")
    last_words = models.TextField(blank=True, help_text="What it said last.")

    objects = JobQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(unfinished_starts__lte=3),
                name="community_job_parked_after_three_starts",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class JobRun(models.Model):
    """One ringing of one job; its slot is unique, so two clocks ring it once."""

    class State(models.TextChoices):
        """How far it has come."""

        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        PARKED = "parked", "Parked"

    retention = deleted(since="slot", days=30, why="a month shows every pattern")

    job = models.ForeignKey(
        Job, on_delete=models.CASCADE, related_name="runs", help_text="What was rung."
    )
    slot = models.DateTimeField(help_text="The moment it was due; once per job.")
    state = models.CharField(
        max_length=8, choices=State, default=State.WAITING, help_text="How far it has come."
    )
    starts = models.PositiveSmallIntegerField(default=0, help_text="How often it was begun.")
    lease_until = models.DateTimeField(
        null=True, blank=True, help_text="Until then its worker is believed to be alive."
    )
    started_at = models.DateTimeField(null=True, blank=True, help_text="When it first began.")
    finished_at = models.DateTimeField(null=True, blank=True, help_text="When it ended.")
    words = models.TextField(blank=True, help_text="What it said, or what went wrong.")
    rung_at = models.DateTimeField(db_default=Now(), help_text="When the clock rang it last.")
    progress = models.PositiveIntegerField(default=0, help_text="How much of it is done.")
    whole = models.PositiveIntegerField(
        default=0, help_text="How much there is to do; 0 where nobody says."
    )

    objects = JobRunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "slot"], name="community_jobrun_once_per_slot"),
            models.UniqueConstraint(
                fields=["job"],
                condition=Q(state="running"),
                name="community_jobrun_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state="running", lease_until__isnull=False) | ~Q(state="running"),
                name="community_jobrun_running_has_a_lease",
            ),
        ]
        indexes = [models.Index(fields=["slot"], name="community_jobrun_by_slot")]

    def __str__(self) -> str:
        return f"{self.job_id} at {self.slot:%d %b %H:%M:%S}"

    @property
    def lateness(self) -> timedelta | None:
        """How long after its slot it first began; None when it has not."""
        return None if self.started_at is None else self.started_at - self.slot

    @property
    def took(self) -> timedelta | None:
        """How long it took, with every time it was tried; None when it has not ended."""
        if self.started_at is None or self.finished_at is None:
            return None
        return self.finished_at - self.started_at


class Backup(models.Model):
    """A backup that lies in the folder of backups, as its paper says."""

    retention = kept_for_ever("goes with its file, by the rule for backups")

    name = models.CharField(
        primary_key=True, max_length=100, help_text="The name of its files, without an ending."
    )
    made_at = models.DateTimeField(help_text="The moment it shows, when it was begun.")
    took = models.DurationField(help_text="How long it took to make.")
    size = models.PositiveBigIntegerField(help_text="Bytes of the file.")
    row_count = models.PositiveBigIntegerField(help_text="Rows in it.")
    verified_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When it was last restored for trial and was found the same.",
    )
    trouble = models.TextField(blank=True, help_text="What was wrong with it when last looked at.")

    objects = BackupQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["-made_at"], name="community_backup_newest_first")]

    def __str__(self) -> str:
        return self.name


class TableSize(models.Model):
    """How large one table was on one day; one that is parted by months counts as one."""

    retention = deleted(since="measured_at", days=400, why="a year's growth, day by day")

    table_name = models.CharField("what", max_length=63, help_text="The table.")
    day = models.DateField(help_text="Which day, of UTC.")
    measured_at = models.DateTimeField(help_text="When it was measured.")
    rows = models.BigIntegerField(help_text="How many rows it had, as PostgreSQL estimates.")
    dead_rows = models.BigIntegerField(help_text="Rows that are gone and not cleaned away yet.")
    table_bytes = models.BigIntegerField(help_text="Bytes of its rows.")
    index_bytes = models.BigIntegerField(help_text="Bytes of its indexes.")
    toast_bytes = models.BigIntegerField(help_text="Bytes of long texts, which lie beside it.")

    class Meta:
        verbose_name = "size of a table"
        verbose_name_plural = "sizes of tables"
        constraints = [
            models.UniqueConstraint(
                fields=["table_name", "day"], name="community_tablesize_once_a_day"
            ),
        ]
        indexes = [models.Index(fields=["day"], name="community_tablesize_by_day")]

    def __str__(self) -> str:
        return f"{self.table_name} on {self.day}"

    @property
    def bytes(self) -> int:
        """All that it takes on the disk."""
        return self.table_bytes + self.index_bytes + self.toast_bytes
