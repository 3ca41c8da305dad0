"""What somebody wants from Guildhall in every server."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import available_timezones

from django.db import transaction
from django.utils import timezone

from community.errors import HouseError
from community.models import Guild, Preference, User
from community.scope import guild_scope
from community.spans import zone_called

MOST_OFFERED = 25
# By the code that readers of dates know them by.
LANGUAGES = {
    "en": "English", "de": "Deutsch", "fr": "Français", "es": "Español", "it": "Italiano",
    "pt": "Português", "nl": "Nederlands", "sv": "Svenska", "da": "Dansk", "nb": "Norsk",
    "fi": "Suomi", "pl": "Polski", "cs": "Čeština", "hu": "Magyar", "ro": "Română",
    "tr": "Türkçe", "el": "Ελληνικά", "ru": "Русский", "uk": "Українська", "bg": "Български",
    "ja": "日本語", "ko": "한국어", "zh": "中文", "vi": "Tiếng Việt",
}  # fmt: skip
USUAL = {"no": "nb"}  # Discord's code, where it is another


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody wants, with their server's ways where they chose nothing."""

    zone: str
    has_own_zone: bool
    language: str
    dm_reminders: bool
    dm_levels: bool
    on_leaderboards: bool


@transaction.atomic
def choose_to_be_shown(*, user_id: int, is_shown: bool) -> None:
    """Let leaderboards and ranks show somebody to others, or not."""
    _choose(user_id, {"on_leaderboards": is_shown})


@transaction.atomic
def choose_preferences(
    *, user_id: int, zone: str | None = None, language: str | None = None, **switches: bool | None
) -> None:
    """Change what somebody names, and nothing else; an empty zone or language is their server's."""
    wanted: dict[str, str | bool] = {k: v for k, v in switches.items() if v is not None}
    if zone is not None:
        wanted["tz"] = zone_meant(zone)
    if language is not None:
        wanted["language"] = _language_meant(language)
    if wanted:
        _choose(user_id, wanted)


def preferences_of(*, guild_id: int | None, user_id: int) -> Wanted:
    """Return what somebody wants: their own choice, or else what their server goes by."""
    own = Preference.objects.filter(pk=user_id).first() or Preference()
    zone, language = _ways_of(guild_id)
    return Wanted(
        zone=own.tz or zone,
        has_own_zone=bool(own.tz),
        language=own.language or language,
        dm_reminders=own.dm_reminders,
        dm_levels=own.dm_levels,
        on_leaderboards=own.on_leaderboards,
    )


def zone_meant(text: str) -> str:
    """Return the zone that somebody names, in any case; empty for their server's."""
    said = text.strip().replace(" ", "_").lower()
    if said in ("", "server"):
        return ""
    for name in available_timezones():
        if name.lower() == said:
            return name
    raise HouseError(f"“{text[:50]}” is no time zone. Choose one from the list: Europe/Berlin.")


def offer_zones(*, typed: str, now: datetime) -> list[tuple[str, str]]:
    """Return zones that fit what somebody typed so far, with what their clocks show."""
    said = typed.strip().replace(" ", "_").lower()
    names = [each for each in available_timezones() if "/" in each and not each.startswith("Etc")]
    fit = [each for each in [*names, "UTC"] if said in each.lower()]
    # Where the city begins with it is most likely meant.
    fit.sort(key=lambda each: (not each.lower().rpartition("/")[2].startswith(said), each))
    return [(f"{each} ({_clock(each, now)})", each) for each in fit[:MOST_OFFERED]]


def _clock(zone: str, now: datetime) -> str:
    return f"{timezone.localtime(now, zone_called(zone)):%H:%M}"


def _language_meant(text: str) -> str:
    said = text.strip().lower()
    if said in ("", "server"):
        return ""
    if said not in LANGUAGES:
        raise HouseError(f"I do not know the language “{text[:20]}”. Choose one from the list.")
    return said


def _ways_of(guild_id: int | None) -> tuple[str, str]:
    if guild_id is None:
        return "UTC", "en"
    with guild_scope(guild_id):
        found = Guild.objects.filter(pk=guild_id).values_list("tz", "locale").first()
    zone, locale = found or ("UTC", "en")
    code = locale.partition("-")[0]
    return zone, USUAL.get(code, code)


def _choose(user_id: int, wanted: dict[str, str | bool]) -> None:
    if not User.objects.filter(pk=user_id).exists():
        raise HouseError("We have only just met; try again in a moment.")
    Preference.objects.update_or_create(user_id=user_id, defaults=wanted)
