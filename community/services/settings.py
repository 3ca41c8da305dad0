"""Settings of a server, from all apps: in sections which each app names, and saved by each app.

An app's `setting_sections()` says which columns of which row belong together, and which service
changes them. The desk and Discord show and change them by that alone.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias, cast

from django.db import models

from community.errors import HouseError
from community.models import GuildSettings, Staff
from community.scope import guild_scope
from community.services.audit import OnDiscord
from community.services.guilds import change_settings
from community.services.neighbours import apps_that_answer
from community.services.setting_values import offered_values, read_value, say_value

Field: TypeAlias = "models.Field[Any, Any]"
SERVER, NEWCOMERS, MODERATION, ACTIVITY = "Server", "Newcomers", "Moderation", "Activity"
COINS = "Coins"
TOPICS = (SERVER, NEWCOMERS, MODERATION, ACTIVITY, COINS)
DEFAULT = "default"
MOST_OFFERED = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Settings that belong together and are saved together."""

    name: str
    topic: str
    title: str
    model: type[models.Model]
    fields: tuple[str, ...]
    row: Callable[[int], models.Model]
    change: Callable[..., Any]

    def field(self, name: str) -> Field:
        """Return the column of a setting."""
        return cast("Field", self.model._meta.get_field(name))

    def default(self, name: str) -> Any:
        """Return what a setting is until somebody says otherwise."""
        return self.field(name).get_default()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One setting in words: what it is called, what it is now, what it would be."""

    name: str
    label: str
    value: str
    default: str
    help: str


def setting_sections() -> list[Section]:
    """Return the sections of what every server has."""
    return [
        Section(
            name=name, topic=topic, title=title, model=GuildSettings, fields=fields,
            row=_of_server, change=change_settings,
        )
        for name, topic, title, fields in OWN
    ]  # fmt: skip


@cache
def all_sections() -> tuple[Section, ...]:
    """Return every app's sections, by topic."""
    found = [
        each for app in apps_that_answer("setting_sections") for each in app.setting_sections()
    ]
    return tuple(sorted(found, key=lambda each: TOPICS.index(each.topic)))


def sections_about(*, topic: str = "", words: str = "") -> list[Section]:
    """Return the sections of a topic that say all of these words somewhere."""
    about = [each for each in all_sections() if not topic or each.topic == topic]
    return [each for each in about if _says(each, words.lower().split())]


def section_called(name: str) -> Section:
    """Return a section by its name."""
    for section in all_sections():
        if section.name == name:
            return section
    raise HouseError("There is no such section.")


def show_section(*, guild_id: int, name: str) -> list[Shown]:
    """Return a section's settings as they are now, in words."""
    with guild_scope(guild_id):
        section = section_called(name)
        row = section.row(guild_id)
        return [_shown(section, row, each) for each in section.fields]


def set_setting(*, guild_id: int, by: Staff | OnDiscord, name: str, typed: str) -> Shown:
    """Change one setting to what somebody typed; `default` makes it what it was at first."""
    with guild_scope(guild_id):
        section, column = _setting_called(name)
        field = section.field(column)
        if typed.strip().lower() == DEFAULT:
            value = section.default(column)
        else:
            value = read_value(field, typed, guild_id=guild_id)
        section.change(guild_id=guild_id, by=by, **{column: value})
        return _shown(section, section.row(guild_id), column)


def names_like(typed: str) -> list[tuple[str, str]]:
    """Return the settings that say these words, as (what is shown, its name)."""
    words = typed.lower().replace("_", " ").split()
    found = [
        (f"{section.title}: {label_of(section.field(column))}", section, column)
        for section in all_sections()
        for column in section.fields
    ]
    named = [
        (shown, f"{section.name}.{column}")
        for shown, section, column in found
        if all(word in f"{shown} {column}".lower().replace("_", " ") for word in words)
    ]
    return named[:MOST_OFFERED]


def values_like(*, guild_id: int, name: str, typed: str) -> list[str]:
    """Return what may be typed for a setting, where that can be said."""
    try:
        section, column = _setting_called(name)
    except HouseError:
        return []
    with guild_scope(guild_id):
        offered = [*offered_values(section.field(column)), DEFAULT]
    return [each for each in offered if typed.lower() in each.lower()][:MOST_OFFERED]


def changed_in(section: Section, row: models.Model) -> list[str]:
    """Return which settings of a section are not as they were in the beginning."""
    return [each for each in section.fields if getattr(row, each) != section.default(each)]


def label_of(field: Field) -> str:
    """Return what a setting is called."""
    words = str(field.verbose_name)
    return words[0].upper() + words[1:]


def _setting_called(name: str) -> tuple[Section, str]:
    of, _, column = name.strip().partition(".")
    for section in all_sections():
        if section.name == of and column in section.fields:
            return section, column
    raise HouseError("There is no such setting: choose one from the list.")


def _shown(section: Section, row: models.Model, column: str) -> Shown:
    field = section.field(column)
    return Shown(
        name=f"{section.name}.{column}",
        label=label_of(field),
        value=say_value(field, getattr(row, column)),
        default=say_value(field, section.default(column)),
        help=str(field.help_text),
    )


def _says(section: Section, words: Collection[str]) -> bool:
    told = " ".join(_words(section)).lower()
    return all(word in told for word in words)


def _words(section: Section) -> Iterator[str]:
    yield from (section.topic, section.title)
    for column in section.fields:
        field = section.field(column)
        yield from (str(field.verbose_name), str(field.help_text))


def _of_server(guild_id: int) -> models.Model:
    return GuildSettings.objects.select_related(*POINTS).get(guild_id=guild_id)


LOGS = ("moderation_log", "member_log", "message_log", "role_log", "voice_log")
POINTS = (*LOGS, "welcome_channel", "goodbye_channel", "mute_role")
WELCOME = ("welcome_enabled", "welcome_by", "welcome_waits", "welcome_channel", "welcome_text")
GOODBYE = ("goodbye_enabled", "goodbye_channel", "goodbye_text")
OWN = (
    ("commands", SERVER, "Commands", ("prefix",)),
    ("logs", SERVER, "Where things are told", LOGS),
    ("welcome", NEWCOMERS, "Welcome", WELCOME),
    ("goodbye", NEWCOMERS, "Goodbye", GOODBYE),
    ("newcomers", NEWCOMERS, "When roles come", ("auto_role_delay", "sticky_roles")),
    (
        "moderation",
        MODERATION,
        "Punishments and warnings",
        ("mute_role", "appeal_text", "warning_lifetime", "escalation_window"),
    ),
    (
        "kept",
        ACTIVITY,
        "What is done at all",
        ("xp_enabled", "presence_enabled", "archive_enabled"),
    ),
    ("economy", COINS, "Economy", ("economy_enabled", "currency_name")),
)
