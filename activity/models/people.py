"""What we know about comings and goings, roles given and taken, presence, and leave."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from activity.querysets.people import (
    AfkLeaveManager,
    MemberEventManager,
    PresenceDayManager,
    RoleChangeManager,
)
from community.fields import GuildScoped, GuildTally, guild_key
from community.retention import as_chosen, deleted, kept_with_guild


class MemberEvent(GuildScoped):
    """Somebody came, left, was banned, boosted, or took another name."""

    class Kind(models.TextChoices):
        """What happened."""

        JOIN = "join", "Came in"
        LEAVE = "leave", "Left"
        BAN = "ban", "Was banned"
        UNBAN = "unban", "Was unbanned"
        BOOST = "boost", "Boosts"
        UNBOOST = "unboost", "Boosts no more"
        RENAME = "rename", "Has another nickname"

    retention = as_chosen(
        deleted(since="at", days=365, why="a year of raw events; the counters stay"),
        between=(90, 1095),
    )

    user_id = models.BigIntegerField("person", help_text="Discord id of the person; 0 when erased.")
    kind = models.CharField(max_length=8, choices=Kind, help_text="What happened.")
    at = models.DateTimeField(help_text="When it happened.")
    member_count = models.PositiveIntegerField(
        null=True, blank=True, help_text="Members of the server after it, when known."
    )
    invite = models.CharField(
        max_length=32, blank=True, help_text="The invite they came through, when known."
    )

    objects = MemberEventManager()  # type: ignore[assignment, misc]

    class Meta:
        verbose_name = "member event"
        constraints = [
            guild_key("activity_memberevent"),
            # A gateway that tells the same twice is counted once.
            models.UniqueConstraint(
                fields=["guild", "user_id", "kind", "at"],
                condition=Q(user_id__gt=0),
                name="activity_memberevent_once",
            ),
        ]
        indexes = [
            models.Index(fields=["guild", "-at"], name="activity_memberevent_by_time"),
            models.Index(fields=["at"], name="activity_memberevent_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.user_id}"


class RoleChange(GuildScoped):
    """Somebody gave or took a role; Discord's audit log says who."""

    retention = as_chosen(
        deleted(since="at", days=365, why="a year of raw events"), between=(90, 1095)
    )

    entry_id = models.BigIntegerField(help_text="Discord's id of the entry in its audit log.")
    user_id = models.BigIntegerField("person", help_text="Discord id of the person; 0 when erased.")
    role_id = models.BigIntegerField("role", help_text="Discord id of the role.")
    is_added = models.BooleanField("given", help_text="Given; otherwise taken away.")
    actor_id = models.BigIntegerField(
        "by", null=True, blank=True, help_text="Discord id of who did it, when known."
    )
    at = models.DateTimeField(help_text="When it happened.")

    objects = RoleChangeManager()  # type: ignore[assignment, misc]

    class Meta:
        verbose_name = "role change"
        constraints = [
            guild_key("activity_rolechange"),
            models.UniqueConstraint(
                fields=["guild", "entry_id", "role_id"], name="activity_rolechange_once"
            ),
        ]
        indexes = [
            models.Index(fields=["guild", "-at"], name="activity_rolechange_by_time"),
            models.Index(fields=["guild", "user_id", "-at"], name="activity_rolechange_of_user"),
            models.Index(fields=["at"], name="activity_rolechange_by_age"),
        ]

    def __str__(self) -> str:
        return f"Role {self.role_id} {'given to' if self.is_added else 'taken from'} {self.user_id}"


class PresenceDay(GuildTally):
    """How long one person was online on one day (UTC), by client; counted only if asked for."""

    class Client(models.TextChoices):
        """What they used."""

        DESKTOP = "desktop", "Desktop"
        MOBILE = "mobile", "Mobile"
        WEB = "web", "Web"

    retention = as_chosen(
        deleted(since="day", days=90, why="presence is the most personal thing we count"),
        between=(7, 365),
    )

    user_id = models.BigIntegerField("person", help_text="Discord id of the person.")
    day = models.DateField(help_text="The day, in UTC.")
    client = models.CharField(max_length=7, choices=Client, help_text="What they used.")
    online_s = models.PositiveIntegerField("online (s)", default=0, help_text="Seconds online.")
    idle_s = models.PositiveIntegerField("idle (s)", default=0, help_text="Seconds idle.")
    dnd_s = models.PositiveIntegerField(
        "busy (s)", default=0, help_text="Seconds in which they were not to be disturbed."
    )

    objects = PresenceDayManager()  # type: ignore[assignment, misc]

    class Meta:
        verbose_name = "presence"
        verbose_name_plural = "presence"
        constraints = [
            models.UniqueConstraint(
                fields=["guild", "user_id", "day", "client"], name="activity_presenceday_once"
            ),
        ]
        indexes = [
            models.Index(fields=["guild", "day"], name="activity_presence_by_day"),
            models.Index(fields=["day"], name="activity_presence_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.day} of {self.user_id}"


class AfkLeave(GuildScoped):
    """A span in which somebody said that they would be away; nothing is asked of them then."""

    retention = kept_with_guild()

    user_id = models.BigIntegerField("person", help_text="Discord id of the person.")
    starts_at = models.DateTimeField(default=timezone.now, help_text="When it begins.")
    ends_at = models.DateTimeField(help_text="When it is over.")
    reason = models.CharField(max_length=200, blank=True, help_text="Why, in their words.")
    ended_at = models.DateTimeField(
        null=True, blank=True, help_text="When they came back before its end."
    )
    given_by_id = models.BigIntegerField(
        "entered by", null=True, blank=True, help_text="Discord id of who entered it for them."
    )

    objects = AfkLeaveManager()  # type: ignore[assignment, misc]

    class Meta:
        verbose_name = "leave"
        verbose_name_plural = "leave"
        constraints = [
            guild_key("activity_afkleave"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="activity_afkleave_ends_after_it_began",
            ),
        ]
        indexes = [
            models.Index(fields=["guild", "user_id", "-ends_at"], name="activity_leave_of_user"),
            models.Index(fields=["guild", "-ends_at"], name="activity_leave_by_end"),
        ]

    def __str__(self) -> str:
        return f"Leave of {self.user_id}"
