"""Who is told of a new level, where, and in which words."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.utils import timezone

from activity.models import ActivitySettings
from activity.services.curve import Risen
from activity.services.settings import settings_of
from community.models import Guild, Member, Preference
from community.scope import guild_scope
from community.services.errands import send_errand
from community.services.wording import (
    SHARED,
    SOMEBODY,
    know_person,
    person_of,
    refuse_unknown,
    write_words,
)

Announce = ActivitySettings.Announce
KIND = "level"
KNOWN = {**SHARED, "level": "the level they have reached"}
LONGEST = 2_000
NEWS = timedelta(hours=12)


def announce_levels(reached: Collection[Risen]) -> None:
    """Have each new level told where its server wants it; who prefers so is told alone.

    What was reached long before we heard of it is no news any more.
    """
    since = timezone.now() - NEWS
    reached = [each for each in reached if each.at > since]
    guild_ids = {each.guild_id for each in reached}
    own = {s.guild_id: s for s in ActivitySettings.objects.filter(guild_id__in=guild_ids)}
    user_ids = {each.user_id for each in reached}
    shy = Preference.objects.filter(user_id__in=user_ids, dm_levels=True)
    alone = set(shy.values_list("user_id", flat=True))
    for each in reached:
        settings = own.get(each.guild_id) or ActivitySettings(guild_id=each.guild_id)
        if settings.level_text.strip() and settings.level_announce != Announce.NOWHERE:
            with guild_scope(each.guild_id):
                _tell(each, settings, is_alone=each.user_id in alone)


def compose_level(*, guild_id: int, payload: Mapping[str, Any]) -> str:
    """Return what is said of a level now; nothing when the text or the person is gone."""
    text = settings_of(guild_id).level_text
    user_id, level = int(payload["about"]), payload["level"]
    people = Member.objects.of(guild_id).filter(user_id=user_id).select_related("user")
    member = people.first()
    if member and member.user.erased_at is not None:
        return ""
    person = person_of(member) if member else replace(SOMEBODY, user_id=user_id)
    guild = Guild.objects.get(pk=guild_id)
    known = know_person(guild=guild, person=person, sources=[text])
    return write_words(text, {**known, "level": level})[:LONGEST]


def refuse_unreadable_level(*, guild_id: int, text: str) -> None:
    """Refuse new words that cannot be read, or that ask for what nobody knows."""
    if text and text != settings_of(guild_id).level_text:
        refuse_unknown([text], KNOWN)


def _tell(reached: Risen, settings: ActivitySettings, *, is_alone: bool) -> None:
    is_alone = is_alone or settings.level_announce == Announce.DIRECT
    channel_id = reached.channel_id
    if settings.level_announce == Announce.CHANNEL:
        channel_id = settings.level_channel_id or 0
    if not (is_alone or channel_id):
        return
    about = {"about": str(reached.user_id), "level": reached.level}
    send_errand(
        guild_id=reached.guild_id,
        kind=KIND,
        dedupe_key=f"level:{reached.user_id}:{reached.level}",
        payload=about if is_alone else {"channel_id": str(channel_id), **about},
        user_id=reached.user_id,
    )
