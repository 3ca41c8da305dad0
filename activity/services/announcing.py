"""Who is told of a new level, and where."""

from collections.abc import Collection
from datetime import timedelta

from django.utils import timezone

from activity.models import ActivitySettings
from activity.services.curve import Risen
from community.models import Guild, Preference
from community.scope import guild_scope
from community.services.errands import send_errand

Announce = ActivitySettings.Announce
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
    names = dict(Guild.objects.filter(pk__in=guild_ids).values_list("pk", "name"))
    user_ids = {each.user_id for each in reached}
    shy = Preference.objects.filter(user_id__in=user_ids, dm_levels=True)
    alone = set(shy.values_list("user_id", flat=True))
    for each in reached:
        settings = own.get(each.guild_id) or ActivitySettings(guild_id=each.guild_id)
        words = level_words(settings.level_text, each, names.get(each.guild_id, ""))
        if words and settings.level_announce != Announce.NOWHERE:
            with guild_scope(each.guild_id):
                _tell(each, settings, words, is_alone=each.user_id in alone)


def level_words(text: str, reached: Risen, server: str) -> str:
    """Return what is said of a level, with its names filled in."""
    told = {"member": f"<@{reached.user_id}>", "level": str(reached.level), "server": server}
    for name, value in told.items():
        text = text.replace(f"{{{name}}}", value)
    return text.strip()[:LONGEST]


def _tell(reached: Risen, settings: ActivitySettings, words: str, *, is_alone: bool) -> None:
    is_alone = is_alone or settings.level_announce == Announce.DIRECT
    channel_id = reached.channel_id
    if settings.level_announce == Announce.CHANNEL:
        channel_id = settings.level_channel_id or 0
    if not (is_alone or channel_id):
        return
    payload = {"message": {"content": words}}
    send_errand(
        guild_id=reached.guild_id,
        kind="direct_message" if is_alone else "message",
        dedupe_key=f"level:{reached.user_id}:{reached.level}",
        payload=payload if is_alone else {"channel_id": str(channel_id), **payload},
        user_id=reached.user_id,
    )
