"""What we know about people: users everywhere, members of one server, and what they prefer."""

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils import timezone

from community.fields import GuildForeignKey, GuildScoped, SameGuildFK, guild_key
from community.models.guild import Role, picture_hash
from community.querysets.people import MemberManager, MemberRoleManager
from community.retention import (
    Erasure,
    archived,
    as_chosen,
    kept_for_ever,
    kept_with_guild,
)


class User(models.Model):
    """A person (or bot) on Discord, whatever the server; never deleted, only erased."""

    retention = kept_for_ever("history points at it; erasure empties it")

    id = models.BigIntegerField(primary_key=True, help_text="Discord's id of the person.")
    username = models.CharField(max_length=32, blank=True, help_text="Unique name on Discord.")
    global_name = models.CharField(max_length=32, blank=True, help_text="Name they go by.")
    avatar = models.CharField(
        max_length=34, blank=True, validators=[picture_hash], help_text="Discord's hash of it."
    )
    is_bot = models.BooleanField("bot", default=False, help_text="A program, not a person.")
    direct_channel_id = models.BigIntegerField(
        "conversation",
        null=True,
        blank=True,
        help_text="Discord id of the channel in which the bot speaks to them alone.",
    )
    first_seen = models.DateTimeField(default=timezone.now, help_text="When we first met.")
    erased_at = models.DateTimeField(
        null=True, blank=True, help_text="When everything personal was emptied at their wish."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id__gt=0), name="community_user_has_a_discord_id"),
            models.CheckConstraint(
                condition=Q(erased_at=None)
                | Q(username="", global_name="", avatar="", direct_channel_id=None),
                name="community_user_erased_is_empty",
            ),
        ]
        indexes = [
            models.Index(
                OpClass(Upper("username"), name="text_pattern_ops"),
                name="community_user_by_username",
            ),
            models.Index(
                OpClass(Upper("global_name"), name="text_pattern_ops"),
                name="community_user_by_name",
            ),
            models.Index(
                fields=["id"],
                condition=Q(is_bot=True) | Q(erased_at__isnull=False),
                name="community_user_no_person",
            ),
        ]

    def __str__(self) -> str:
        return self.global_name or self.username or f"Erased person {self.pk}"


class Member(GuildScoped):
    """One person in one server; leaving sets `left_at`, coming back clears it."""

    retention = as_chosen(
        archived(
            since="left_at",
            days=180,
            why="half a year at hand after they left; whoever returns is as they were",
        ),
        between=(30, 3650),
    )
    written_beside = ("roles", "stays")
    returns_by = "user_id"  # in an archive file are people, and each may be back before the others
    erasure = Erasure(
        "user_id", {"nickname": "", "last_seen": None}, beside={"roles": {"assigned_by_id": None}}
    )

    user = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="members", help_text="Who it is."
    )
    nickname = models.CharField(max_length=32, blank=True, help_text="Name in this server.")
    joined_at = models.DateTimeField(default=timezone.now, help_text="When they last came in.")
    left_at = models.DateTimeField(null=True, blank=True, help_text="When they left.")
    pending = models.BooleanField(default=False, help_text="Has not accepted the rules yet.")
    premium_since = models.DateTimeField(
        "boosting since", null=True, blank=True, help_text="Boosts."
    )
    timed_out_until = models.DateTimeField(
        null=True, blank=True, help_text="Discord's timeout; a time in the past means none."
    )
    last_seen = models.DateTimeField(
        null=True, blank=True, help_text="When they last did anything."
    )
    came_by = models.CharField(
        "came by",
        max_length=32,
        blank=True,
        help_text="The invite they came through; empty when that could not be told.",
    )

    objects = MemberManager()  # type: ignore[assignment, misc]

    class Meta:
        constraints = [
            guild_key("community_member"),
            models.UniqueConstraint(
                fields=["guild", "user"], name="community_member_once_per_guild"
            ),
        ]
        indexes = [
            models.Index(fields=["guild", "-joined_at"], name="community_member_by_arrival"),
            # The beginning of a name is looked up in any case; the members list does so all day.
            models.Index(
                "guild",
                OpClass(Upper("nickname"), name="text_pattern_ops"),
                name="community_member_by_nickname",
            ),
            models.Index(
                fields=["guild", "-left_at"],
                condition=Q(left_at__isnull=False),
                name="community_member_by_departure",
            ),
        ]

    def __str__(self) -> str:
        return self.nickname or f"Member {self.user_id}"

    @property
    def mention(self) -> str:
        """How Discord writes the person's name."""
        return f"<@{self.user_id}>"


class MemberRole(GuildScoped):
    """One time that a member held a role; never deleted, it ends."""

    retention = kept_with_guild()

    member = GuildForeignKey(
        Member, on_delete=models.CASCADE, related_name="roles", help_text="Who holds it."
    )
    role = GuildForeignKey(
        Role, on_delete=models.CASCADE, related_name="holders", help_text="What they hold."
    )
    assigned_at = models.DateTimeField(default=timezone.now, help_text="When it was given.")
    assigned_by_id = models.BigIntegerField(
        null=True, blank=True, help_text="Discord id of the giver, when known."
    )
    expires_at = models.DateTimeField(null=True, blank=True, help_text="When it ends by itself.")
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When it was taken away.")

    objects = MemberRoleManager()  # type: ignore[assignment, misc]

    class Meta:
        verbose_name = "role assignment"
        constraints = [
            guild_key("community_memberrole"),
            SameGuildFK(field="member", name="community_memberrole_member_in_same_guild"),
            SameGuildFK(field="role", name="community_memberrole_role_in_same_guild"),
            models.UniqueConstraint(
                fields=["guild", "member", "role"],
                condition=Q(ended_at=None),
                name="community_memberrole_held_once",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("assigned_at")),
                name="community_memberrole_ends_after_it_began",
            ),
            models.CheckConstraint(
                condition=Q(expires_at=None) | Q(expires_at__gt=F("assigned_at")),
                name="community_memberrole_expires_after_it_began",
            ),
        ]
        indexes = [
            models.Index(fields=["guild", "role"], name="community_memberrole_by_role"),
            models.Index(
                fields=["expires_at"],
                condition=Q(ended_at=None, expires_at__isnull=False),
                name="community_memberrole_run_out",
            ),
        ]

    def __str__(self) -> str:
        return f"Role {self.role_id} of member {self.member_id}"


class Preference(models.Model):
    """What a person wants from Guildhall, in every server."""

    retention = kept_for_ever("goes when the person is erased")

    user = models.OneToOneField(
        User,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="preference",
        help_text="Whose wishes these are.",
    )
    tz = models.CharField("time zone", max_length=64, blank=True, help_text="Empty: the server's.")
    language = models.CharField(max_length=10, blank=True, help_text="Empty: the server's.")
    dm_reminders = models.BooleanField("reminders by DM", default=True, help_text="Sent by DM.")
    dm_levels = models.BooleanField("levels by DM", default=False, help_text="Sent by DM.")
    on_leaderboards = models.BooleanField(default=True, help_text="Shown on leaderboards.")

    def __str__(self) -> str:
        return f"Preferences of {self.user_id}"
