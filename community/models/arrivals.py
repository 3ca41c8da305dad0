"""What we know about coming and going: who was here when, and the roles they come by."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from community.fields import GuildForeignKey, GuildScoped, SameGuildFK, guild_key
from community.models.guild import Role
from community.models.people import Member
from community.models.staff import Staff
from community.querysets.arrivals import RoleReturnManager, StayManager
from community.retention import deleted, kept_with_guild


class AutoRole(GuildScoped):
    """A role that every newcomer of the server is given."""

    retention = kept_with_guild()

    role = GuildForeignKey(
        Role, on_delete=models.CASCADE, related_name="+", help_text="What newcomers are given."
    )
    added_at = models.DateTimeField(
        default=timezone.now, help_text="Who came in from then on is given it."
    )

    class Meta:
        verbose_name = "newcomers' role"
        constraints = [
            guild_key("community_autorole"),
            SameGuildFK(field="role", name="community_autorole_role_in_same_guild"),
            models.UniqueConstraint(fields=["guild", "role"], name="community_autorole_once"),
        ]

    def __str__(self) -> str:
        return f"Role {self.role_id}"


class Stay(GuildScoped):
    """One time that somebody was in a server, from their coming to their leaving.

    Open until everything that a newcomer is owed has been asked for.
    """

    retention = deleted(
        since="closed_at", days=365, why="who returns within a year gets back what they had"
    )

    member = GuildForeignKey(
        Member, on_delete=models.CASCADE, related_name="stays", help_text="Who it was."
    )
    joined_at = models.DateTimeField(help_text="When they came in.")
    left_at = models.DateTimeField(null=True, blank=True, help_text="When they left.")
    is_first = models.BooleanField(default=True, help_text="They had not been here before.")
    greeted_at = models.DateTimeField(
        null=True, blank=True, help_text="When their welcome was seen to."
    )
    restored_at = models.DateTimeField(
        null=True, blank=True, help_text="When the roles they had before were seen to."
    )
    closed_at = models.DateTimeField(
        null=True, blank=True, help_text="When nothing was owed to them any more."
    )

    objects = StayManager()  # type: ignore[assignment, misc]

    class Meta:
        constraints = [
            guild_key("community_stay"),
            SameGuildFK(field="member", name="community_stay_member_in_same_guild"),
            models.UniqueConstraint(
                fields=["guild", "member", "joined_at"], name="community_stay_once"
            ),
            models.CheckConstraint(
                condition=Q(left_at=None) | Q(closed_at__isnull=False),
                name="community_stay_who_left_is_owed_nothing",
            ),
            models.CheckConstraint(
                condition=Q(left_at=None) | Q(left_at__gte=F("joined_at")),
                name="community_stay_ends_after_it_began",
            ),
        ]
        indexes = [
            models.Index(
                fields=["guild", "joined_at"],
                condition=Q(closed_at=None),
                name="community_stay_open",
            ),
            models.Index(fields=["closed_at"], name="community_stay_closed"),
        ]

    def __str__(self) -> str:
        return f"Stay of member {self.member_id} from {self.joined_at:%d %b %Y}"


class RoleReturn(GuildScoped):
    """A role of staff that somebody had when they left; it comes back at staff's word alone."""

    class State(models.TextChoices):
        """What was decided."""

        WAITING = "waiting", "Waiting"
        APPROVED = "approved", "Given back"
        REFUSED = "refused", "Refused"
        GONE = "gone", "They left again"

    retention = deleted(since="decided_at", days=90, why="a quarter shows who let whom back in")

    member = GuildForeignKey(
        Member, on_delete=models.CASCADE, related_name="+", help_text="Who had it."
    )
    role = GuildForeignKey(Role, on_delete=models.CASCADE, related_name="+", help_text="The role.")
    state = models.CharField(
        max_length=8, choices=State, default=State.WAITING, help_text="What was decided."
    )
    asked_at = models.DateTimeField(default=timezone.now, help_text="When they came back.")
    decided_at = models.DateTimeField(null=True, blank=True, help_text="When it was decided.")
    decided_by = models.ForeignKey(
        Staff,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who decided it; empty when nobody had to.",
    )

    objects = RoleReturnManager()  # type: ignore[assignment, misc]

    class Meta:
        verbose_name = "returning role"
        constraints = [
            guild_key("community_rolereturn"),
            SameGuildFK(field="member", name="community_rolereturn_member_in_same_guild"),
            SameGuildFK(field="role", name="community_rolereturn_role_in_same_guild"),
            models.UniqueConstraint(
                fields=["guild", "member", "role"],
                condition=Q(state="waiting"),
                name="community_rolereturn_asked_once",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_at=None)
                | (~Q(state="waiting") & Q(decided_at__isnull=False)),
                name="community_rolereturn_decided_once",
            ),
        ]
        indexes = [models.Index(fields=["decided_at"], name="community_rolereturn_decided")]

    def __str__(self) -> str:
        return f"Role {self.role_id} of member {self.member_id}"
