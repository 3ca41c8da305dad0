"""What newcomers and leavers are told: when, where, and in which words."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from community.errors import HouseError
from community.models import Channel, Grant, Guild, GuildSettings, Member, Staff, Stay
from community.services.errands import send_errand
from community.services.grants import require
from community.services.wording import (
    SHARED,
    SOMEBODY,
    Person,
    as_seen,
    know_person,
    person_of,
    refuse_unknown,
    write_words,
)

WELCOME, GOODBYE = "welcome", "goodbye"
WORDS = {WELCOME: "welcome_text", GOODBYE: "goodbye_text"}
By = GuildSettings.WelcomeBy


def welcome_member(*, settings: GuildSettings, stay: Stay, user_id: int) -> None:
    """Have a newcomer welcomed, where the server wants it."""
    if not (settings.welcome_enabled and settings.welcome_text.strip()):
        return
    of = f"welcome:{stay.member_id}:{stay.joined_at.timestamp():.3f}"
    if settings.welcome_by != By.DIRECT and settings.welcome_channel_id:
        _send(settings.guild_id, WELCOME, user_id, of, settings.welcome_channel_id)
    if settings.welcome_by != By.CHANNEL:
        _send(settings.guild_id, WELCOME, user_id, f"{of}:direct", None)


def why_nobody_is_told(settings: GuildSettings) -> dict[str, str]:
    """Say which greetings are on and still said to nobody, and what they lack."""
    direct = settings.welcome_by == By.DIRECT
    told = {
        WELCOME: (settings.welcome_enabled, settings.welcome_text, settings.welcome_channel_id),
        GOODBYE: (settings.goodbye_enabled, settings.goodbye_text, settings.goodbye_channel_id),
    }
    lacking = {}
    for what, (is_on, text, channel_id) in told.items():
        has_place = channel_id or (what == WELCOME and direct)
        lacks = [name for name, has in (("text", text.strip()), ("channel", has_place)) if not has]
        if is_on and lacks:
            lacking[what] = f"Nothing is said yet: there is no {' and no '.join(lacks)}."
    return lacking


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


def refuse_unreadable_greetings(*, told: Mapping[str, Any]) -> None:
    """Refuse, of the settings that change, texts that cannot be read."""
    if texts := [told[name] for name in WORDS.values() if told.get(name)]:
        refuse_unknown(texts, SHARED)


def compose_greeting(*, guild_id: int, payload: Mapping[str, Any]) -> str:
    """Return what is said now; nothing when the text was taken back or the person was erased."""
    settings = GuildSettings.objects.get(guild_id=guild_id)
    text: str = getattr(settings, WORDS[payload["what"]])
    people = Member.objects.filter(guild_id=guild_id, user_id=int(payload["about"]))
    member = people.select_related("user", "guild").first()
    if member is None or member.user.erased_at is not None:
        return ""
    return write_words(text, _known(text, member.guild, person_of(member)))


def preview_greeting(*, guild_id: int, text: str, user_id: int) -> str:
    """Return how a greeting of somebody would read, whether it is kept yet or not."""
    refuse_unknown([text], SHARED)
    people = Member.objects.of(guild_id).filter(user_id=user_id).select_related("user")
    member = people.first()
    person = person_of(member) if member else SOMEBODY
    known = _known(text, Guild.objects.get(pk=guild_id), person)
    return write_words(text, as_seen(known, person))


def _known(text: str, guild: Guild, person: Person) -> dict[str, Any]:
    return know_person(guild=guild, person=person, sources=[text])


def _send(guild_id: int, what: str, user_id: int, key: str, channel_id: int | None) -> None:
    payload = {"what": what, "about": str(user_id)}
    if channel_id:
        if not Channel.objects.standing().filter(guild_id=guild_id, pk=channel_id).exists():
            return
        payload["channel_id"] = str(channel_id)
    send_errand(
        guild_id=guild_id, kind="greeting", dedupe_key=key, payload=payload, user_id=user_id
    )
