"""What newcomers and leavers are told: when, where, and in which words."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from community.errors import HouseError
from community.models import Channel, Grant, Guild, GuildSettings, Member, Staff, Stay
from community.services.errands import send_errand
from community.services.grants import require

WELCOME, GOODBYE = "welcome", "goodbye"
WORDS = {WELCOME: "welcome_text", GOODBYE: "goodbye_text"}
LONGEST = 2_000
# Every name that a greeting may hold, and what stands in its place.
PLACEHOLDERS = {
    "user.mention": "who came or left, as Discord writes them",
    "user.name": "their name in this server",
    "user.username": "their unique name on Discord",
    "server.name": "this server's name",
    "server.members": "how many are here",
}
_HOLE = re.compile(r"\{\{\s*([a-z]+\.[a-z]+)\s*\}\}")
_MARKUP = re.compile(r"([\\*_`~|>\[\]()#@<:-])")
By = GuildSettings.WelcomeBy


def render_text(text: str, told: Mapping[str, str]) -> str:
    """Return a text with its holes filled in, once; a name nobody knows stays as it is."""
    return _HOLE.sub(lambda hole: told.get(hole[1], hole[0]), text).strip()[:LONGEST]


def welcome_member(*, settings: GuildSettings, stay: Stay, user_id: int) -> None:
    """Have a newcomer welcomed, where the server wants it."""
    if not (settings.welcome_enabled and settings.welcome_text.strip()):
        return
    of = f"welcome:{stay.member_id}:{stay.joined_at.timestamp():.3f}"
    if settings.welcome_by != By.DIRECT and settings.welcome_channel_id:
        _send(settings.guild_id, WELCOME, user_id, of, settings.welcome_channel_id)
    if settings.welcome_by != By.CHANNEL:
        _send(settings.guild_id, WELCOME, user_id, f"{of}:direct", None)


def see_off(*, settings: GuildSettings, stays: Iterable[Stay]) -> None:
    """Have leavers seen off, where the server wants it."""
    channel_id = settings.goodbye_channel_id
    if not (settings.goodbye_enabled and settings.goodbye_text.strip() and channel_id):
        return
    for stay in stays:
        of = f"goodbye:{stay.member_id}:{stay.joined_at.timestamp():.3f}"
        _send(settings.guild_id, GOODBYE, stay.member.user_id, of, channel_id)


@transaction.atomic
def try_greeting(*, guild_id: int, by: Staff, what: str) -> None:
    """Send a greeting, as it stands now, to the one who asks: as if it were them."""
    require(by, Grant.Capability.CONFIGURE, guild_id=guild_id)
    if by.discord_id is None:
        raise HouseError("Your account names no person on Discord to send it to.")
    settings = GuildSettings.objects.get(guild_id=guild_id)
    if not getattr(settings, WORDS[what]).strip():
        raise HouseError("There is no text yet: write one and save it first.")
    of = f"try:{what}:{by.pk}:{timezone.now().timestamp():.3f}"
    _send(guild_id, what, by.discord_id, of, None)


def compose_greeting(*, guild_id: int, payload: Mapping[str, Any]) -> str:
    """Return what is said now; nothing when the text was taken back or the person was erased."""
    settings = GuildSettings.objects.get(guild_id=guild_id)
    text: str = getattr(settings, WORDS[payload["what"]])
    people = Member.objects.filter(guild_id=guild_id, user_id=int(payload["about"]))
    member = people.select_related("user", "guild").first()
    if member is None or member.user.erased_at is not None:
        return ""
    return render_text(text, _told_of(member, member.guild))


def _told_of(member: Member, guild: Guild) -> dict[str, str]:
    name = member.nickname or str(member.user)
    return {
        "user.mention": member.mention,
        "user.name": _harmless(name),
        "user.username": _harmless(member.user.username),
        "server.name": _harmless(guild.name),
        "server.members": f"{guild.member_count:,}",
    }


def _harmless(name: str) -> str:
    """Return a name that formats nothing and calls nobody."""
    visible = "".join(c if c.isprintable() else " " for c in name)
    return _MARKUP.sub(r"\\\1", visible)


def _send(guild_id: int, what: str, user_id: int, key: str, channel_id: int | None) -> None:
    payload = {"what": what, "about": str(user_id)}
    if channel_id:
        if not Channel.objects.standing().filter(guild_id=guild_id, pk=channel_id).exists():
            return
        payload["channel_id"] = str(channel_id)
    send_errand(
        guild_id=guild_id, kind="greeting", dedupe_key=key, payload=payload, user_id=user_id
    )
