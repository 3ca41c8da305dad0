"""What we know about a server's own commands: what they answer, by which names, and to whom."""

from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from community.fields import GuildForeignKey, GuildScoped, SameGuildFK, guild_key
from community.querysets.commands import CustomCommandManager
from community.retention import deleted, kept_with_guild

LONGEST_SOURCE = 10_000
LONGEST_NAME = 32
NAME = r"^[\w-]+\Z"
# Only such an address stands behind a button or a picture.
secure_address = RegexValidator(r"^https://[^\s<>\"]+\Z", "An address begins with https://.")


class CustomCommand(GuildScoped):
    """A command that a server made itself: a name, and the template of its answer."""

    class Pings(models.TextChoices):
        """Whom an answer may call."""

        NOBODY = "nobody", "Nobody"
        CALLER = "caller", "Who used it"
        PEOPLE = "people", "Every person it names"

    retention = kept_with_guild()

    name = models.CharField(
        max_length=LONGEST_NAME,
        validators=[RegexValidator(NAME, "A name has letters, digits, - and _ only.")],
        help_text="What it is called by, after the prefix: letters, digits, - and _.",
    )
    response = models.TextField(
        max_length=LONGEST_SOURCE, blank=True, help_text="The template of what is answered."
    )
    embed_title = models.CharField(
        "title of the card",
        max_length=256,
        blank=True,
        help_text="A template; stands above the card.",
    )
    embed_text = models.TextField(
        "text of the card",
        max_length=LONGEST_SOURCE,
        blank=True,
        help_text="A template; stands on the card.",
    )
    embed_colour = models.PositiveIntegerField(
        "colour of the card", default=0x5B6EE1, help_text="As 0xRRGGBB."
    )
    embed_picture = models.CharField(
        "picture of the card",
        max_length=500,
        blank=True,
        validators=[secure_address],
        help_text="Address of a picture below the text; begins with https://.",
    )
    buttons = models.JSONField(
        default=list, blank=True, help_text="Links below the answer, five at most."
    )
    user_pause = models.DurationField(
        "pause for one person",
        default=timedelta(seconds=3),
        help_text="How long one person waits before using it again.",
    )
    channel_pause = models.DurationField(
        "pause in one channel",
        default=timedelta(0),
        help_text="How long a channel waits before anybody uses it there again.",
    )
    role_ids = ArrayField(
        models.BigIntegerField(),
        default=list,
        blank=True,
        verbose_name="roles",
        help_text="Only who holds one of these may use it; none: everybody.",
    )
    channel_ids = ArrayField(
        models.BigIntegerField(),
        default=list,
        blank=True,
        verbose_name="channels",
        help_text="It may be used only here, and in their threads; none: everywhere.",
    )
    pings = models.CharField(
        max_length=6,
        choices=Pings,
        default=Pings.NOBODY,
        help_text="Whom its answer may call; never roles, never everyone.",
    )
    is_enabled = models.BooleanField("on", default=True, help_text="Answers at present.")
    uses = models.PositiveBigIntegerField(default=0, help_text="How often it has answered.")
    used_at = models.DateTimeField(null=True, blank=True, help_text="When it last answered.")
    last_error = models.CharField(
        max_length=300, blank=True, help_text="Why it could not answer, the last time it tried."
    )
    creator_id = models.BigIntegerField(
        "maker", null=True, blank=True, help_text="Discord id of its maker, when known."
    )
    made_at = models.DateTimeField(default=timezone.now, help_text="When it was made.")

    objects = CustomCommandManager()  # type: ignore[assignment, misc]

    class Meta:
        verbose_name = "custom command"
        constraints = [
            guild_key("community_customcommand"),
            models.UniqueConstraint(
                fields=["guild", "name"], name="community_customcommand_once_per_name"
            ),
            models.CheckConstraint(
                condition=~Q(name="") & Q(name=Lower("name")),
                name="community_customcommand_name_is_small",
            ),
            models.CheckConstraint(
                condition=~Q(response="", embed_title="", embed_text="", embed_picture=""),
                name="community_customcommand_answers_something",
                violation_error_message="Say what it answers: a text, a card, or both.",
            ),
            models.CheckConstraint(
                condition=Q(embed_colour__lte=0xFFFFFF),
                name="community_customcommand_colour_is_rgb",
            ),
            models.CheckConstraint(
                condition=Q(user_pause__gte=timedelta(0), channel_pause__gte=timedelta(0)),
                name="community_customcommand_pauses_are_not_negative",
                violation_error_message="A pause cannot be less than nothing.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CommandName(GuildScoped):
    """A name that calls a custom command, its first or another; each calls one in a server."""

    retention = kept_with_guild("goes with its command")

    command = GuildForeignKey(
        CustomCommand, on_delete=models.CASCADE, related_name="names", help_text="What it calls."
    )
    name = models.CharField(max_length=LONGEST_NAME, help_text="The name, in small letters.")

    class Meta:
        verbose_name = "name of a command"
        verbose_name_plural = "names of commands"
        constraints = [
            guild_key("community_commandname"),
            SameGuildFK(field="command", name="community_commandname_command_in_same_guild"),
            models.UniqueConstraint(
                fields=["guild", "name"], name="community_commandname_calls_one_command"
            ),
            models.CheckConstraint(
                condition=~Q(name="") & Q(name=Lower("name")),
                name="community_commandname_is_small",
            ),
        ]
        indexes = [models.Index(fields=["guild", "command"], name="community_commandname_of")]

    def __str__(self) -> str:
        return self.name


class CommandPause(GuildScoped):
    """Until when a person or a channel waits before a custom command answers again."""

    retention = deleted(since="until", days=1, why="a pause that is over stops nobody")

    command = GuildForeignKey(
        CustomCommand, on_delete=models.CASCADE, related_name="pauses", help_text="Which command."
    )
    subject_id = models.BigIntegerField(
        "person or channel", help_text="Discord id of the person or channel that waits."
    )
    until = models.DateTimeField(help_text="When the pause is over.")

    class Meta:
        verbose_name = "pause of a command"
        verbose_name_plural = "pauses of commands"
        constraints = [
            guild_key("community_commandpause"),
            SameGuildFK(field="command", name="community_commandpause_command_in_same_guild"),
            models.UniqueConstraint(
                fields=["guild", "command", "subject_id"], name="community_commandpause_once"
            ),
        ]
        indexes = [models.Index(fields=["until"], name="community_commandpause_over")]

    def __str__(self) -> str:
        return f"Pause of {self.subject_id}"
