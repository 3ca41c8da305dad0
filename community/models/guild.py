"""What we know about a server: the guild itself, its settings, channels, roles and invites."""

from datetime import timedelta
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from community.fields import GuildForeignKey, GuildScoped, InScope, SameGuildFK, guild_key
from community.querysets.guild import (
    ChannelManager,
    GuildsManager,
    InviteManager,
    RoleManager,
    UnscopedGuildsManager,
)
from community.retention import deleted, kept_with_guild

A_WEEK = timedelta(days=7)
# Discord's name for a picture; the only form that is ever put into an address.
picture_hash = RegexValidator(r"^(a_)?[0-9a-f]{32}$", "Discord names pictures by 32 hex digits.")


class Guild(InScope):
    """A server the bot lives in, or lived in until `left_at`."""

    retention = deleted(
        since="left_at",
        days=30,
        why="a removed server is restored whole if the bot returns in time",
        at_once=1,  # everything of the server goes with it
    )

    id = models.BigIntegerField(primary_key=True, help_text="Discord's id of the server.")
    name = models.CharField(max_length=100, help_text="The server's name.")
    icon = models.CharField(
        max_length=34,
        blank=True,
        validators=[picture_hash],
        help_text="Discord's hash of the icon.",
    )
    owner_id = models.BigIntegerField(null=True, blank=True, help_text="Discord id of the owner.")
    member_count = models.PositiveIntegerField(default=0, help_text="Members, as Discord counts.")
    locale = models.CharField(max_length=10, default="en-US", help_text="Language of the server.")
    tz = models.CharField(
        "time zone", max_length=64, default="UTC", help_text="Zone its days and reports follow."
    )
    features = ArrayField(
        models.CharField(max_length=64),
        default=list,
        blank=True,
        help_text="What Discord has switched on for this server.",
    )
    joined_at = models.DateTimeField(default=timezone.now, help_text="When the bot came in.")
    available = models.BooleanField(
        default=True, help_text="Off while Discord cannot reach the server; nothing is lost then."
    )
    left_at = models.DateTimeField(
        null=True, blank=True, help_text="When the bot was removed; its data goes 30 days later."
    )

    guild_column: ClassVar[str] = "id"

    objects = GuildsManager()  # type: ignore[assignment, misc]
    unscoped = UnscopedGuildsManager()  # type: ignore[misc]

    class Meta:
        verbose_name = "server"
        constraints = [
            models.CheckConstraint(condition=Q(id__gt=0), name="community_guild_has_a_discord_id"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_away(self) -> bool:
        """True after the bot was removed."""
        return self.left_at is not None


class Channel(GuildScoped):
    """A channel or thread; kept after its deletion because history points at it."""

    class Kind(models.TextChoices):
        """What sort of channel it is."""

        TEXT = "text", "Text"
        VOICE = "voice", "Voice"
        CATEGORY = "category", "Category"
        NEWS = "news", "Announcements"
        STAGE = "stage", "Stage"
        FORUM = "forum", "Forum"
        MEDIA = "media", "Media"
        THREAD = "thread", "Thread"

    retention = kept_with_guild()

    id = models.BigIntegerField(primary_key=True, help_text="Discord's id of the channel.")
    kind = models.CharField(max_length=10, choices=Kind, help_text="What sort of channel it is.")
    name = models.CharField(max_length=100, help_text="The channel's name.")
    topic = models.CharField(max_length=4096, blank=True, help_text="What it is about.")
    parent = GuildForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="children",
        help_text="The category it stands in, or the channel a thread belongs to.",
    )
    position = models.PositiveIntegerField(default=0, help_text="Place in Discord's list.")
    nsfw = models.BooleanField("age-restricted", default=False, help_text="For adults only.")
    slowmode = models.PositiveIntegerField(
        default=0, help_text="Seconds a member waits between two messages."
    )
    deleted_at = models.DateTimeField(null=True, blank=True, help_text="When it was deleted.")

    objects = ChannelManager()  # type: ignore[assignment, misc]

    class Meta:
        constraints = [
            guild_key("community_channel"),
            SameGuildFK(field="parent", name="community_channel_parent_in_same_guild"),
            models.CheckConstraint(
                condition=Q(slowmode__lte=21600), name="community_channel_slowmode_up_to_six_hours"
            ),
            models.CheckConstraint(
                condition=~Q(parent=F("id")), name="community_channel_is_not_its_own_parent"
            ),
        ]
        indexes = [models.Index(fields=["guild", "position"], name="community_channel_in_order")]

    def __str__(self) -> str:
        return f"#{self.name}"


class Overwrite(GuildScoped):
    """What one role or member may do, or not, in one channel."""

    class Target(models.TextChoices):
        """Whom it is about."""

        ROLE = "role", "Role"
        MEMBER = "member", "Member"

    retention = kept_with_guild()

    channel = GuildForeignKey(
        Channel,
        on_delete=models.CASCADE,
        related_name="overwrites",
        help_text="The channel it holds in.",
    )
    target = models.CharField(max_length=6, choices=Target, help_text="Whom it is about.")
    target_id = models.BigIntegerField(help_text="Discord id of the role or member.")
    allow = models.BigIntegerField(default=0, help_text="Permission bits that are given.")
    deny = models.BigIntegerField(default=0, help_text="Permission bits that are taken away.")

    class Meta:
        verbose_name = "channel permission"
        constraints = [
            guild_key("community_overwrite"),
            SameGuildFK(field="channel", name="community_overwrite_channel_in_same_guild"),
            models.UniqueConstraint(
                fields=["guild", "channel", "target_id"], name="community_overwrite_once_per_target"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_target_display()} {self.target_id}"


class Role(GuildScoped):
    """A role of a server; kept after its deletion because assignments point at it."""

    retention = kept_with_guild()

    id = models.BigIntegerField(primary_key=True, help_text="Discord's id of the role.")
    name = models.CharField(max_length=100, help_text="The role's name.")
    colour = models.PositiveIntegerField(default=0, help_text="Its colour as 0xRRGGBB; 0 is none.")
    hoist = models.BooleanField("shown apart", default=False, help_text="Listed by itself.")
    position = models.PositiveIntegerField(default=0, help_text="Rank; higher stands above lower.")
    permissions = models.BigIntegerField(default=0, help_text="Discord's permission bits.")
    managed = models.BooleanField(default=False, help_text="Belongs to a bot or to Discord.")
    deleted_at = models.DateTimeField(null=True, blank=True, help_text="When it was deleted.")

    objects = RoleManager()  # type: ignore[assignment, misc]

    class Meta:
        constraints = [
            guild_key("community_role"),
            models.CheckConstraint(
                condition=Q(colour__lte=0xFFFFFF), name="community_role_colour_is_rgb"
            ),
        ]
        indexes = [models.Index(fields=["guild", "position"], name="community_role_in_order")]

    def __str__(self) -> str:
        return f"@{self.name}"


class Invite(GuildScoped):
    """An invite link, mirrored; a join is matched to the invite whose uses rose."""

    retention = deleted(since="deleted_at", days=30, why="a dead link explains recent joins only")

    code = models.CharField(max_length=32, help_text="The part after discord.gg/.")
    channel = GuildForeignKey(
        Channel,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="invites",
        help_text="Where it leads.",
    )
    inviter_id = models.BigIntegerField(null=True, blank=True, help_text="Discord id of its maker.")
    uses = models.PositiveIntegerField(default=0, help_text="How many people came through it.")
    max_uses = models.PositiveIntegerField(default=0, help_text="How many may; 0 is no limit.")
    expires_at = models.DateTimeField(null=True, blank=True, help_text="When it stops working.")
    temporary = models.BooleanField(
        default=False, help_text="Its guests leave with their connection unless given a role."
    )
    created_at = models.DateTimeField(default=timezone.now, help_text="When it was made.")
    deleted_at = models.DateTimeField(null=True, blank=True, help_text="When it was deleted.")

    objects = InviteManager()  # type: ignore[assignment, misc]

    class Meta:
        constraints = [
            guild_key("community_invite"),
            SameGuildFK(field="channel", name="community_invite_channel_in_same_guild"),
            models.UniqueConstraint(
                fields=["guild", "code"], name="community_invite_once_per_code"
            ),
        ]

    def __str__(self) -> str:
        return self.code


def _log_channel(what: str) -> GuildForeignKey:
    """Return a setting that names the channel in which something is told."""
    return GuildForeignKey(
        Channel,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text=f"Where {what}; empty is nowhere.",
    )


class GuildSettings(GuildScoped):
    """How one server wants to be served; every change is in the audit log with before and after."""

    class WelcomeBy(models.TextChoices):
        """Where newcomers are welcomed."""

        CHANNEL = "channel", "In the channel"
        DIRECT = "direct", "By direct message"
        BOTH = "both", "Both"

    retention = kept_with_guild()

    prefix = models.CharField(max_length=5, default="!", help_text="Begins a custom command.")
    welcome_enabled = models.BooleanField(
        "welcomes", default=True, help_text="Newcomers are welcomed, where there is a text."
    )
    welcome_by = models.CharField(
        "welcomed by",
        max_length=7,
        choices=WelcomeBy,
        default=WelcomeBy.CHANNEL,
        help_text="Where newcomers are welcomed.",
    )
    welcome_waits = models.BooleanField(
        "after the rules",
        default=False,
        help_text="Who has to accept rules first is welcomed once they have.",
    )
    welcome_channel = _log_channel("newcomers are welcomed")
    welcome_text = models.CharField(
        max_length=2000,
        blank=True,
        help_text="What newcomers are told; {{ user.name }} is filled in. Empty says nothing.",
    )
    goodbye_enabled = models.BooleanField(
        "goodbyes", default=True, help_text="Leavers are seen off, where there is a text."
    )
    goodbye_channel = _log_channel("leavers are seen off")
    goodbye_text = models.CharField(
        max_length=2000,
        blank=True,
        help_text="What is said of leavers; {{ user.name }} is filled in. Empty says nothing.",
    )
    auto_role_delay = models.DurationField(
        "wait before newcomers' roles",
        default=timedelta(0),
        help_text="How long after they came newcomers get their roles; 0s is at once.",
    )
    sticky_roles = models.BooleanField(
        "roles come back", default=False, help_text="Who returns gets back the roles they had."
    )
    moderation_log = _log_channel("each case is told")
    member_log = _log_channel("joins, leaves and nicknames are told")
    message_log = _log_channel("edited and deleted messages are told")
    role_log = _log_channel("role changes are told")
    voice_log = _log_channel("voice moves are told")
    mute_role = GuildForeignKey(
        Role,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Role that silences; empty uses Discord's timeouts, which end by themselves.",
    )
    xp_enabled = models.BooleanField("levels", default=True, help_text="Members earn levels.")
    economy_enabled = models.BooleanField("economy", default=True, help_text="Members earn coins.")
    presence_enabled = models.BooleanField(
        "presence", default=False, help_text="Minutes online are counted; off unless asked for."
    )
    archive_enabled = models.BooleanField(
        "message archive",
        default=False,
        help_text="The text of messages is kept; off unless asked.",
    )
    currency_name = models.CharField(max_length=32, default="coins", help_text="Name of the coins.")
    appeal_text = models.CharField(
        "how to appeal",
        max_length=300,
        blank=True,
        help_text="A link or words, told to whoever is warned, muted, put out or banned.",
    )
    warning_lifetime = models.DurationField(
        default=timedelta(days=90), help_text="How long a warning counts."
    )
    escalation_window = models.DurationField(
        default=timedelta(days=30), help_text="Warnings within this span climb the ladder together."
    )

    class Meta:
        verbose_name = "server settings"
        verbose_name_plural = "server settings"
        constraints = [
            guild_key("community_guildsettings"),
            models.UniqueConstraint(fields=["guild"], name="community_guildsettings_one_per_guild"),
            *(
                SameGuildFK(field=field, name=f"community_guildsettings_{field}_in_same_guild")
                for field in (
                    "welcome_channel",
                    "goodbye_channel",
                    "moderation_log",
                    "member_log",
                    "message_log",
                    "role_log",
                    "voice_log",
                    "mute_role",
                )
            ),
            models.CheckConstraint(
                condition=~Q(prefix=""), name="community_guildsettings_prefix_is_something"
            ),
            models.CheckConstraint(
                condition=~Q(currency_name=""), name="community_guildsettings_coins_have_a_name"
            ),
            models.CheckConstraint(
                condition=Q(warning_lifetime__gt=timedelta(0)),
                name="community_guildsettings_warnings_last",
            ),
            models.CheckConstraint(
                condition=Q(escalation_window__gt=timedelta(0)),
                name="community_guildsettings_window_lasts",
            ),
            models.CheckConstraint(
                condition=Q(auto_role_delay__gte=timedelta(0), auto_role_delay__lte=A_WEEK),
                name="community_guildsettings_roles_come_within_a_week",
                violation_error_message="Newcomers wait a week for their roles at most.",
            ),
        ]

    def __str__(self) -> str:
        return "Settings"
