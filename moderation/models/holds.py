"""What we know about cases that must be kept whole, whatever their time: who said so and why."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from community.fields import GuildForeignKey, GuildScoped, SameGuildFK, guild_key
from community.models import Staff
from community.retention import kept_with_guild
from moderation.models.cases import Case


class CaseHold(GuildScoped):
    """A case of which nothing may leave: neither its rows nor what it rests on; until lifted."""

    retention = kept_with_guild("leaves with its case")

    case = GuildForeignKey(
        Case, on_delete=models.CASCADE, related_name="keeps", help_text="The case."
    )
    reason = models.CharField(max_length=400, help_text="Why it must be kept.")
    set_by = models.ForeignKey(
        Staff, on_delete=models.PROTECT, related_name="+", help_text="Who said so."
    )
    set_at = models.DateTimeField(default=timezone.now, help_text="Since when.")
    lifted_by = models.ForeignKey(
        Staff,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who lifted it; empty while it holds.",
    )
    lifted_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was lifted; empty while it holds."
    )

    class Meta:
        verbose_name = "hold"
        constraints = [
            guild_key("moderation_casehold"),
            SameGuildFK(field="case", name="moderation_casehold_case_in_same_guild"),
            models.UniqueConstraint(
                fields=["guild", "case"],
                condition=Q(lifted_at=None),
                name="moderation_casehold_held_once",
            ),
        ]

    def __str__(self) -> str:
        return f"Hold of case {self.case_id}"
