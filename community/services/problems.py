"""What stands in the way out there, from rows alone: each trouble in words, and what mends it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Min, QuerySet
from django.db.models.functions import Now

from community.kinds import errand_kind, order_kind
from community.models import Channel, Errand, Guild, GuildSettings, StandingOrder
from community.services.heartbeats import age_of_heartbeat

LATE_AFTER = timedelta(minutes=2)
QUIET_AFTER = timedelta(minutes=1)
LATELY = timedelta(days=7)
TO_ROLES = "On Discord: Server Settings, Roles."
RIGHTS = {
    "ban": "Ban Members",
    "timeout": "Timeout Members",
    "role": "Manage Roles",
    "mute_role": "Manage Roles",
}
CLOSED = "They take no messages"
GONE = "The channel is gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that needs a hand: what, how much of it, and what mends it.

    `kind` says where in the desk its rows are; `is_grave` tells it from what is only worth knowing.
    """

    kind: str
    title: str
    fix: str
    count: int = 1
    is_grave: bool = True


def problems_of(*, guild_id: int) -> list[Problem]:
    """Return what stands in the way in one server, the grave first."""
    found = [
        *_away(guild_id),
        *_quiet_bot(),
        *_waiting_for_rights(guild_id),
        *_late(guild_id),
        *_restored(guild_id),
        *_gone_channels(guild_id),
        *_given_up(guild_id),
    ]
    return sorted(found, key=lambda problem: not problem.is_grave)


def count_problems(*, guild_id: int) -> int:
    """Return how many grave things stand in the way, for a badge."""
    return sum(problem.is_grave for problem in problems_of(guild_id=guild_id))


def _away(guild_id: int) -> Iterator[Problem]:
    guild = Guild.objects.get(pk=guild_id)
    if guild.is_away:
        fix = "Invite the bot again; everything is kept for 30 days, and goes on where it stood."
        yield Problem(kind="away", title="The bot was removed from this server.", fix=fix)
    elif not guild.available:
        fix = "Nothing to do: it goes on by itself as soon as Discord has mended it."
        yield Problem(kind="away", title="Discord cannot reach this server.", fix=fix)


def _quiet_bot() -> Iterator[Problem]:
    age = age_of_heartbeat(kind="bot")
    if age is None or age > QUIET_AFTER:
        yield Problem(
            kind="bot",
            title="The bot is not running: nothing is carried out on Discord.",
            fix="Whoever keeps the house starts it: python3 manage.py up, or runbot.",
        )


def _waiting_for_rights(guild_id: int) -> Iterator[Problem]:
    held = StandingOrder.objects.of(guild_id).held().values("kind", "last_error")
    for each in held.annotate(count=Count("pk")).order_by("kind"):
        right = RIGHTS.get(each["kind"], "it needs")
        yield Problem(
            kind="permission",
            title=f"{order_kind(each['kind']).label} ({each['count']}): {each['last_error']}",
            fix=f"Give the bot's role the permission “{right}”, and drag the role above those of "
            f"the people it shall act on. {TO_ROLES} It is tried again by itself.",
            count=each["count"],
        )


def _late(guild_id: int) -> Iterator[Problem]:
    orders = StandingOrder.objects.of(guild_id).open().filter(hold="")
    late = orders.filter(wanted=True, until__lt=Now() - LATE_AFTER)
    if count := late.count():
        yield Problem(
            kind="late",
            title=f"{count} should have ended by now, and Discord was not told.",
            fix="The bot ends them as soon as it runs and Discord answers.",
            count=count,
        )


def _restored(guild_id: int) -> Iterator[Problem]:
    if count := StandingOrder.objects.of(guild_id).filter(hold="restored").count():
        yield Problem(
            kind="restored",
            title=f"{count} wait for a word since a backup was restored.",
            fix="Look at the differences, and approve them.",
            count=count,
        )


def _gone_channels(guild_id: int) -> Iterator[Problem]:
    """Find the settings that name a channel which is no more."""
    settings = GuildSettings.objects.of(guild_id).first()
    named = {
        getattr(settings, field.attname): field.verbose_name
        for field in GuildSettings._meta.local_fields
        if field.related_model is Channel and settings is not None
    }
    gone = Channel.objects.of(guild_id).filter(pk__in=[key for key in named if key])
    for channel in gone.filter(deleted_at__isnull=False).order_by("pk"):
        yield Problem(
            kind="channel",
            title=f"{channel} was deleted, and is still the {named[channel.pk]}.",
            fix="Choose another channel in the settings.",
        )


def _given_up(guild_id: int) -> Iterator[Problem]:
    """Sum up the errands that came to nothing lately; closed doors of people are no fault."""
    dead: QuerySet[Errand] = Errand.objects.of(guild_id).filter(state="dead")
    lately = dead.filter(ended_at__gt=Now() - LATELY).values("kind", "last_error")
    for each in lately.annotate(count=Count("pk"), since=Min("ended_at")).order_by("kind"):
        yield Problem(
            kind="given_up",
            title=f"{errand_kind(each['kind']).label} ({each['count']}): {each['last_error']}",
            fix=_fix_for(each["last_error"]),
            count=each["count"],
            is_grave=not each["last_error"].startswith(CLOSED),
        )


def _fix_for(words: str) -> str:
    if words.startswith(CLOSED):
        return "People may close their messages; there is nothing to do."
    if words.startswith(GONE):
        return "Choose another channel in the settings, then try again."
    return "Mend what it says, then try again."
