"""What we know of backups that were put back: until somebody approves, the house only looks."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from community.models.staff import Staff
from community.querysets.house import RestorationQuerySet
from community.retention import kept_for_ever


class Restoration(models.Model):
    """A backup that took the place of everything: what came after it is known to Discord alone."""

    retention = kept_for_ever("says from when on history may have a hole")

    backup = models.CharField(max_length=100, help_text="The name of the backup.")
    sha256 = models.CharField(max_length=64, help_text="Checksum of its file.")
    shows_at = models.DateTimeField(help_text="The moment that it shows.")
    restored_at = models.DateTimeField(default=timezone.now, help_text="When it was put back.")
    missing = models.JSONField(
        default=list,
        blank=True,
        help_text="What of histories was there before, and is not in it, a sentence each.",
    )
    approved_at = models.DateTimeField(
        null=True, blank=True, help_text="When the house was let go on; until then it only looks."
    )
    approved_by = models.ForeignKey(
        Staff,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who let it go on; empty for whoever runs the machine.",
    )

    objects = RestorationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["approved_at"],
                condition=Q(approved_at=None),
                nulls_distinct=False,
                name="community_restoration_one_waits_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return self.backup
