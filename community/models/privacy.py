"""What we know of people who want to see what is kept about them, or to be forgotten."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from community.models.staff import Staff
from community.querysets.house import PrivacyRequestQuerySet
from community.retention import deleted


class PrivacyRequest(models.Model):
    """Somebody's wish for a copy of everything about a person, or that they be a stranger."""

    class Kind(models.TextChoices):
        """What is wanted."""

        COPY = "copy", "Copy of everything"
        ERASURE = "erasure", "Erasure"

    class State(models.TextChoices):
        """How far it has come."""

        WAITING = "waiting", "Waiting"
        DONE = "done", "Done"
        REFUSED = "refused", "Refused"

    retention = deleted(since="asked_at", days=30, why="a copy is fetched within a week")

    user_id = models.BigIntegerField(
        "person", null=True, help_text="Whom it is about; empty once they were erased."
    )
    kind = models.CharField(max_length=8, choices=Kind, help_text="What is wanted.")
    state = models.CharField(
        max_length=8, choices=State, default=State.WAITING, help_text="How far it has come."
    )
    asked_at = models.DateTimeField(default=timezone.now, help_text="When it was asked for.")
    asked_by = models.ForeignKey(
        Staff,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who asked at the desk; empty when the person did on Discord.",
    )
    answered_in = models.BigIntegerField(
        null=True, blank=True, help_text="The server through whose bot the person is answered."
    )
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When it came to its end.")
    words = models.CharField(max_length=300, blank=True, help_text="What came of it.")
    path = models.CharField(max_length=500, blank=True, help_text="Where the copy lies.")
    size = models.PositiveBigIntegerField(default=0, help_text="Bytes of the copy.")

    objects = PrivacyRequestQuerySet.as_manager()

    class Meta:
        verbose_name = "request"
        constraints = [
            models.UniqueConstraint(
                fields=["user_id", "kind"],
                condition=Q(state="waiting"),
                name="community_privacyrequest_asked_once",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", ended_at=None)
                | Q(state__in=["done", "refused"], ended_at__isnull=False),
                name="community_privacyrequest_ends_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"
