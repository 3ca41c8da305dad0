"""What we know about what must happen out there: errands to run once, orders to keep true."""

from datetime import UTC, datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from community.fields import GuildScoped, guild_key
from community.querysets.outside import ErrandManager, StandingOrderManager
from community.retention import as_chosen, deleted
from community.upkeep import taken_up

# Discord's first moment. Who is not the bot cannot know Discord's time, and says "at once" so.
AT_ONCE = datetime(2015, 1, 1, tzinfo=UTC)


class Errand(GuildScoped):
    """Something to be done once on Discord: a message, a line in a log, a kick."""

    class State(models.TextChoices):
        """How far it has come."""

        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Under way"
        DONE = "done", "Done"
        DEAD = "dead", "Given up"
        SKIPPED = "skipped", "Not done any more"

    retention = as_chosen(
        deleted(since="ended_at", days=90, why="lines in logs are edited in place"),
        between=(30, 365),
    )
    upkeep = taken_up("taken up by when they are due, many times a second")

    kind = models.CharField(max_length=30, help_text="What is to be done.")
    user_id = models.BigIntegerField(
        "person", null=True, blank=True, help_text="Discord id of the person it concerns."
    )
    payload = models.JSONField(default=dict, blank=True, help_text="What it takes to do it.")
    dedupe_key = models.CharField(max_length=100, help_text="Makes it one errand, however asked.")
    state = models.CharField(
        max_length=8, choices=State, default=State.WAITING, help_text="How far it has come."
    )
    made_at = models.DateTimeField(default=timezone.now, help_text="When it was asked for.")
    due_at = models.DateTimeField(default=AT_ONCE, help_text="When it is tried next.")
    valid_until = models.DateTimeField(
        null=True, blank=True, help_text="After this it is not worth doing any more."
    )
    attempts = models.PositiveIntegerField(default=0, help_text="How often it was tried.")
    token = models.PositiveIntegerField(
        default=0, help_text="Counts who took it up; an old one's word does not count."
    )
    called_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When Discord was first asked, as long as nobody knows whether it was done.",
    )
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When it came to its end.")
    last_error = models.CharField(max_length=300, blank=True, help_text="What went wrong last.")
    result = models.JSONField(default=dict, blank=True, help_text="What came of it.")

    objects = ErrandManager()  # type: ignore[assignment, misc]

    class Meta:
        constraints = [
            guild_key("community_errand"),
            models.UniqueConstraint(
                fields=["guild", "dedupe_key"], name="community_errand_asked_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "running"], ended_at=None)
                | Q(state__in=["done", "dead", "skipped"], ended_at__isnull=False),
                name="community_errand_ends_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=["waiting", "running"]),
                name="community_errand_due",
            ),
            models.Index(fields=["guild", "-made_at"], name="community_errand_by_time"),
            models.Index(fields=["guild", "user_id"], name="community_errand_of_person"),
            models.Index(fields=["ended_at"], name="community_errand_ended"),
            models.Index(
                fields=["guild", "ended_at"],
                condition=Q(state="dead"),
                name="community_errand_given_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class StandingOrder(GuildScoped):
    """A state that must be kept true on Discord: somebody is banned, is timed out, has a role."""

    class Owner(models.TextChoices):
        """Whose doing it is that Discord shows."""

        NONE = "none", "Nobody's"
        OURS = "ours", "Ours"
        FOREIGN = "foreign", "Somebody else's"

    class Hold(models.TextChoices):
        """What stands in its way."""

        NOTHING = "", "Nothing"
        PERMISSION = "permission", "A missing permission"
        GUILD_AWAY = "guild_away", "The server is away"
        RESTORED = "restored", "A restored backup"
        CLOCK = "clock", "No trusted time"

    retention = deleted(since="closed_at", days=30, why="a month shows what was kept true")
    upkeep = taken_up("looked at by when they are due, and due again each time")

    user_id = models.BigIntegerField("person", help_text="Discord id of the person.")
    kind = models.CharField(max_length=30, help_text="What is kept true.")
    subject = models.BigIntegerField(default=0, help_text="Which role; 0 where there is none.")
    wanted = models.BooleanField(help_text="Whether it shall be so.")
    until = models.DateTimeField(
        null=True, blank=True, help_text="Until when, by Discord's clock; empty is for ever."
    )
    lifts_all_before = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Staff decided then that it goes, whoever set it before; empty lifts only ours.",
    )
    reason = models.CharField(
        max_length=512, blank=True, help_text="What Discord's audit log is told, our mark first."
    )
    wanted_rev = models.PositiveIntegerField(
        default=1, help_text="Counts every wish, also one that changes nothing."
    )
    applied_rev = models.PositiveIntegerField(
        default=0, help_text="The wish that Discord has confirmed."
    )
    owner = models.CharField(
        max_length=7, choices=Owner, default=Owner.NONE, help_text="Whose doing Discord shows."
    )
    marks = ArrayField(
        models.CharField(max_length=40),
        default=list,
        blank=True,
        help_text="What we may have set out there, by which we know it again.",
    )
    observe = models.BooleanField(
        default=False, help_text="Something happened out there: look before believing."
    )
    next_check_at = models.DateTimeField(
        null=True, blank=True, default=AT_ONCE, help_text="When it is looked at next."
    )
    token = models.PositiveIntegerField(
        default=0, help_text="Counts who took it up; an old one's word does not count."
    )
    attempts = models.PositiveIntegerField(default=0, help_text="Tries since the last success.")
    last_error = models.CharField(max_length=300, blank=True, help_text="What went wrong last.")
    hold = models.CharField(
        max_length=10,
        choices=Hold,
        blank=True,
        default=Hold.NOTHING,
        help_text="What stands in its way.",
    )
    wanted_at = models.DateTimeField(default=timezone.now, help_text="When it was wished last.")
    confirmed_at = models.DateTimeField(
        null=True, blank=True, help_text="When Discord confirmed it last."
    )
    closed_at = models.DateTimeField(
        null=True, blank=True, help_text="When nothing was left to be kept true."
    )

    objects = StandingOrderManager()  # type: ignore[assignment, misc]

    class Meta:
        verbose_name = "standing order"
        constraints = [
            guild_key("community_standingorder"),
            models.UniqueConstraint(
                fields=["guild", "user_id", "kind", "subject"],
                name="community_standingorder_one_per_matter",
            ),
            models.CheckConstraint(
                condition=Q(applied_rev__lte=F("wanted_rev")),
                name="community_standingorder_applied_was_wanted",
            ),
            models.CheckConstraint(
                condition=Q(wanted=False) | Q(lifts_all_before=None),
                name="community_standingorder_keeps_or_lifts",
            ),
            models.CheckConstraint(
                condition=Q(applied_rev=F("wanted_rev")) | Q(next_check_at__isnull=False),
                name="community_standingorder_never_lost",
            ),
            models.CheckConstraint(
                condition=Q(wanted=False)
                | Q(until=None)
                | ~Q(applied_rev=F("wanted_rev"))
                | Q(next_check_at__isnull=False, next_check_at__lte=F("until")),
                name="community_standingorder_ends_on_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_check_at"],
                condition=Q(next_check_at__isnull=False),
                name="community_order_due",
            ),
            models.Index(fields=["guild", "-wanted_at"], name="community_order_by_time"),
            models.Index(fields=["closed_at"], name="community_order_closed"),
            models.Index(
                fields=["guild", "hold"], condition=~Q(hold=""), name="community_order_held"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.user_id}"

    @property
    def is_settled(self) -> bool:
        """True while Discord has confirmed the last wish."""
        return self.applied_rev == self.wanted_rev

    def has_served(self, now: datetime) -> bool:
        """Tell whether its time is over, though it is still wanted."""
        return self.wanted and self.until is not None and self.until <= now

    def no_later_than_its_end(self, at: datetime) -> datetime:
        """Return a moment, or the end if that comes before."""
        return min(at, self.until) if self.wanted and self.until else at
