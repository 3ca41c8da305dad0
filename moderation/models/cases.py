"""What we know about a deed: the case, and everything that ever happened to it."""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from community.append_only import AppendOnly
from community.fields import GuildForeignKey, GuildScoped, SameGuildFK, guild_key
from community.models import Channel, Staff
from community.retention import Erasure, archived_with_guild, kept_with_guild
from community.upkeep import appended
from moderation.querysets.cases import REASON_WORDS, CaseEventManager, CaseManager

LONGEST_REASON = 400
HASH = r"^[0-9a-f]{64}$"
NO_HASH = "0" * 64


class Docket(GuildScoped):
    """Where one server's case numbers and its history stand; locked by whoever adds to them."""

    retention = kept_with_guild()

    last_case = models.PositiveIntegerField(default=0, help_text="The number given last.")
    lost_cases = models.PositiveIntegerField(
        default=0,
        help_text="Numbers given before a backup was put back, whose cases are not here.",
    )
    last_event = models.PositiveBigIntegerField(
        default=0, help_text="Place of the history's last event."
    )
    head = models.CharField(
        max_length=64, default=NO_HASH, help_text="Hash of the history's last event."
    )
    bans_found_at = models.DateTimeField(
        null=True, blank=True, help_text="When the bans of before us were written down."
    )
    mutes_found_at = models.DateTimeField(
        null=True, blank=True, help_text="When the timeouts of before us were written down."
    )

    class Meta:
        constraints = [
            guild_key("moderation_docket"),
            models.UniqueConstraint(fields=["guild"], name="moderation_docket_one_per_guild"),
            models.CheckConstraint(
                condition=Q(head__regex=HASH), name="moderation_docket_head_is_a_hash"
            ),
        ]

    def __str__(self) -> str:
        return f"Docket at case {self.last_case}"


class Case(GuildScoped):
    """One deed of moderation: who did what to whom and why; what becomes of it are its events."""

    class Kind(models.TextChoices):
        """What was done."""

        NOTE = "note", "Note"
        WARN = "warn", "Warning"
        MUTE = "mute", "Mute"
        UNMUTE = "unmute", "Unmute"
        KICK = "kick", "Kick"
        BAN = "ban", "Ban"
        UNBAN = "unban", "Unban"
        SOFTBAN = "softban", "Softban"
        PURGE = "purge", "Purge"
        LOCK = "lock", "Lock"
        UNLOCK = "unlock", "Unlock"
        SLOWMODE = "slowmode", "Slowmode"

    class Source(models.TextChoices):
        """Where it was decided."""

        COMMAND = "command", "Command on Discord"
        WEB = "web", "The desk"
        RULE = "rule", "The ladder"
        DISCORD = "discord", "Discord's own buttons"
        CLOCK = "clock", "The clock"
        IMPORT = "import", "Import"

    class Message(models.TextChoices):
        """What became of the message to the person."""

        NONE = "none", "Not sent"
        WAITING = "waiting", "On its way"
        SENT = "sent", "Delivered"
        CLOSED = "closed", "They take no messages"
        FAILED = "failed", "Could not be delivered"

    retention = archived_with_guild("cases stay; a removed server's are archived first")
    written_beside = ("punishments", "locks", "keeps", "warnings")
    erasure = Erasure("user_id", {"reason": "", "comment": ""}, hides=("comment",))

    number = models.PositiveIntegerField(help_text="Its number in this server; never used again.")
    kind = models.CharField(max_length=8, choices=Kind, help_text="What was done.")
    user_id = models.BigIntegerField(
        "person", null=True, blank=True, help_text="Discord id of the person it is about."
    )
    channel = GuildForeignKey(
        Channel,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="The channel it is about.",
    )
    moderator_id = models.BigIntegerField(
        "moderator", null=True, blank=True, help_text="Discord id of the one who decided."
    )
    staff = models.ForeignKey(
        Staff,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The account that decided, when it was in the desk.",
    )
    on_behalf_of_id = models.BigIntegerField(
        "on behalf of", null=True, blank=True, help_text="Discord id of the one it was done for."
    )
    reason = models.CharField(
        max_length=LONGEST_REASON, blank=True, help_text="Why; the person is told."
    )
    comment = models.CharField(max_length=2000, blank=True, help_text="What only moderators read.")
    duration = models.DurationField(
        null=True, blank=True, help_text="How long it holds; empty is for ever, or not at all."
    )
    points = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(100)], help_text="What a warning counts."
    )
    source = models.CharField(
        max_length=8, choices=Source, default=Source.COMMAND, help_text="Where it was decided."
    )
    source_id = models.CharField(
        max_length=64, blank=True, help_text="What makes it count once: the command's own id."
    )
    cause = GuildForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="consequences",
        help_text="The case that this one follows from.",
    )
    message = models.CharField(
        "told the person",
        max_length=8,
        choices=Message,
        default=Message.NONE,
        help_text="What became of the message to the person.",
    )
    created_at = models.DateTimeField(default=timezone.now, help_text="When it was decided.")
    overruled_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was undone with all that followed."
    )

    objects = CaseManager()  # type: ignore[assignment, misc]

    class Meta:
        constraints = [
            guild_key("moderation_case"),
            SameGuildFK(field="channel", name="moderation_case_channel_in_same_guild"),
            SameGuildFK(field="cause", name="moderation_case_cause_in_same_guild"),
            models.UniqueConstraint(
                fields=["guild", "number"], name="moderation_case_number_used_once"
            ),
            models.UniqueConstraint(
                fields=["guild", "source", "source_id"],
                condition=~Q(source_id=""),
                name="moderation_case_counts_once",
            ),
            models.CheckConstraint(condition=Q(number__gt=0), name="moderation_case_has_a_number"),
            models.CheckConstraint(
                condition=Q(user_id__isnull=False)
                | Q(channel__isnull=False)
                | Q(kind__in=["lock", "unlock", "purge", "slowmode"]),
                name="moderation_case_is_about_something",
            ),
        ]
        indexes = [
            models.Index(fields=["guild", "user_id", "-id"], name="moderation_case_of_a_person"),
            # What is counted for the pictures stands in the index itself.
            models.Index(
                fields=["guild", "created_at"],
                include=["kind", "source", "moderator_id", "overruled_at"],
                name="moderation_case_counted",
            ),
            models.Index(fields=["guild", "kind", "created_at"], name="moderation_case_by_kind"),
            models.Index(
                fields=["guild", "source", "created_at"], name="moderation_case_by_source"
            ),
            models.Index(
                fields=["guild", "created_at"],
                condition=Q(overruled_at__isnull=False),
                name="moderation_case_overruled",
            ),
            GinIndex(REASON_WORDS, name="moderation_case_by_words"),
            models.Index(
                fields=["guild", "moderator_id", "created_at"], name="moderation_case_by_moderator"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.number} {self.get_kind_display()}"


class CaseEvent(AppendOnly, GuildScoped):
    """One thing that happened to a case, chained to the one before it in the server's history."""

    class Verb(models.TextChoices):
        """What happened."""

        OPENED = "opened", "Opened"
        REASON_CHANGED = "reason_changed", "Reason changed"
        DURATION_CHANGED = "duration_changed", "Duration changed"
        NOTED = "noted", "Noted"
        EVIDENCE_ADDED = "evidence_added", "Evidence added"
        EXPIRED = "expired", "Time served"
        LIFTED = "lifted", "Lifted"
        SUPERSEDED = "superseded", "Superseded"
        PARDONED = "pardoned", "Pardoned"
        OVERRULED = "overruled", "Overruled"
        DELIVERED = "delivered", "Confirmed by Discord"
        FAILED = "failed", "Refused by Discord"
        REDACTED = "redacted", "Redacted"

    retention = archived_with_guild("history; a removed server's is archived first")
    side_rows = written_beside = ("texts",)
    # What its hash promises, and whom it is about, stand in the row of its case.
    told_beside: ClassVar[dict[str, str]] = {"number": "case__number", "person": "case__user_id"}
    erasure = Erasure(
        "person",
        beside={"texts": {"words": "", "salt": ""}},
        hides=("texts", "commitment"),
    )
    upkeep = appended("only added to")

    guild = models.ForeignKey(
        "community.Guild",
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
        help_text="The server this belongs to.",
    )
    case = GuildForeignKey(
        Case, on_delete=models.DO_NOTHING, related_name="events", help_text="The case."
    )
    seq = models.PositiveBigIntegerField(help_text="Its place in the server's history.")
    verb = models.CharField(max_length=16, choices=Verb, help_text="What happened.")
    actor_id = models.BigIntegerField(
        "by", null=True, blank=True, help_text="Discord id of the one who did it."
    )
    staff = models.ForeignKey(
        Staff,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The account that did it, when it was in the desk.",
    )
    facts = models.JSONField(
        default=dict, blank=True, help_text="What changed, without anybody's words."
    )
    commitment = models.CharField(
        max_length=64, blank=True, help_text="Proof of the words said, which stand beside it."
    )
    at = models.DateTimeField(default=timezone.now, help_text="When.")
    previous = models.CharField(max_length=64, help_text="Hash of the event before it.")
    hash = models.CharField(max_length=64, help_text="Hash of this event and all before it.")

    objects = CaseEventManager()  # type: ignore[assignment, misc]

    class Meta:
        verbose_name = "case event"
        constraints = [
            guild_key("moderation_caseevent"),
            SameGuildFK(field="case", name="moderation_caseevent_case_in_same_guild"),
            models.UniqueConstraint(fields=["guild", "seq"], name="moderation_caseevent_in_order"),
            models.CheckConstraint(
                condition=Q(hash__regex=HASH, previous__regex=HASH),
                name="moderation_caseevent_is_chained",
            ),
        ]
        indexes = [models.Index(fields=["guild", "case"], name="moderation_caseevent_of_case")]

    def __str__(self) -> str:
        return f"{self.seq}: {self.get_verb_display()}"


class CaseText(GuildScoped):
    """The words of a case event; erasing a person empties them, and the history still holds."""

    retention = kept_with_guild()

    event = GuildForeignKey(
        CaseEvent,
        on_delete=models.DO_NOTHING,
        related_name="texts",
        help_text="The event they belong to.",
    )
    words = models.CharField(max_length=2000, blank=True, help_text="What was said.")
    salt = models.CharField(
        max_length=64, blank=True, help_text="Without it nobody can guess erased words."
    )

    class Meta:
        verbose_name = "case text"
        constraints = [
            guild_key("moderation_casetext"),
            SameGuildFK(field="event", name="moderation_casetext_event_in_same_guild"),
            models.UniqueConstraint(
                fields=["guild", "event"], name="moderation_casetext_one_per_event"
            ),
        ]

    def __str__(self) -> str:
        return self.words


class ReasonPreset(GuildScoped):
    """A reason that moderators give often, with what it usually costs."""

    retention = kept_with_guild()

    name = models.CharField(max_length=50, help_text="What moderators pick it by.")
    text = models.CharField(max_length=LONGEST_REASON, help_text="The reason as it is given.")
    kind = models.CharField(
        max_length=8,
        choices=Case.Kind,
        blank=True,
        help_text="Offered for this deed only; empty for all.",
    )
    points = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MaxValueValidator(100)],
        help_text="What a warning for it counts; empty is one.",
    )
    duration = models.DurationField(null=True, blank=True, help_text="How long it usually holds.")

    class Meta:
        verbose_name = "reason preset"
        constraints = [
            guild_key("moderation_reasonpreset"),
            models.UniqueConstraint(
                "guild",
                models.functions.Upper("name"),
                name="moderation_reasonpreset_name_used_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name
