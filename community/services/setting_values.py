"""What somebody types for a setting, and how a setting is said: by the column that holds it."""

from datetime import timedelta
from typing import Any, TypeAlias

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models

from community.durations import read_duration, say_duration
from community.errors import HouseError
from community.models import Channel, Role

Field: TypeAlias = "models.Field[Any, Any]"
YES, NO = ("on", "yes", "true"), ("off", "no", "false")
NOTHING = "nothing"
LONGEST_ID = 19
MOST_NAMED = 20
WRITTEN_IN = (Channel.Kind.TEXT, Channel.Kind.NEWS)


def read_value(field: Field, typed: str, *, guild_id: int) -> Any:
    """Return what was typed as the setting's value; refuse what it cannot be."""
    said = typed.strip()
    if said.lower() == NOTHING and (field.null or field.blank):
        return _nothing(field)
    if field.choices:
        return _choice(field, said)
    for kind, read in READERS:
        if isinstance(field, kind):
            return read(field, said, guild_id)
    return _plain(field, said, guild_id)


def say_value(field: Field, value: Any) -> str:
    """Return a value in words."""
    if value is None or value in ("", [], {}):
        return NOTHING
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return next((say(value) for kind, say in SAID if isinstance(value, kind)), str(value))


def offered_values(field: Field) -> list[str]:
    """Return what may be typed, where there are only so many ways."""
    if isinstance(field, models.BooleanField):
        return [YES[0], NO[0]]
    if field.choices:
        return [str(label) for _, label in field.flatchoices]
    if points_at(field, Channel):
        found = Channel.objects.standing().filter(kind__in=WRITTEN_IN)
        return [*(str(each) for each in found.order_by("position", "pk")), NOTHING]
    if points_at(field, Role):
        roles = Role.objects.standing().filter(managed=False).order_by("-position", "pk")
        return [*(str(each) for each in roles), NOTHING]
    return [NOTHING] if field.blank else []


def points_at(field: Field, model: type[models.Model]) -> bool:
    """Tell whether a setting names a row of this table."""
    return field.is_relation and field.related_model is model


def _choice(field: Field, said: str, /) -> Any:
    for value, label in field.flatchoices:
        if said.lower() in (str(value).lower(), str(label).lower()):
            return value
    labels = ", ".join(str(label) for _, label in field.flatchoices)
    raise HouseError(f"Choose one of: {labels}.")


def _switch(_: Field, said: str, __: int) -> bool:
    if said.lower() in (*YES, *NO):
        return said.lower() in YES
    raise HouseError("Say on or off.")


def _span(_: Field, said: str, __: int) -> timedelta:
    return timedelta(0) if said.lower() in ("0", "0s", "at once") else read_duration(said)


def _row(field: Field, said: str, guild_id: int) -> Any:
    """Return the channel or role that is meant: by its id, as Discord writes it, or by name."""
    model: Any = field.related_model
    bare = said.strip("<#@&>")
    rows = model.objects.standing().filter(guild_id=guild_id)
    found = list(rows.filter(pk=int(bare)) if _is_id(bare) else rows.filter(name=bare)[:2])
    if not found:
        raise HouseError("There is none like that here.")
    if len(found) > 1:
        raise HouseError("There are several of this name: type its id.")
    if points_at(field, Channel) and found[0].kind not in WRITTEN_IN:
        raise HouseError(f"Nothing is written in {found[0]}: choose a text channel.")
    return found[0]


def _list(_: Field, said: str, __: int) -> list[int]:
    words = [each.strip("<#@&>") for each in said.replace(",", " ").split()]
    if not all(map(_is_id, words)):
        raise HouseError("Name channels as #channel, with spaces between them.")
    return [int(each) for each in words]


def _plain(field: Field, said: str, _: int) -> Any:
    try:
        return field.clean(said, None)
    except ValidationError as error:
        raise HouseError(" ".join(error.messages)) from error


def _is_id(word: str) -> bool:
    return word.isascii() and word.isdecimal() and len(word) <= LONGEST_ID


def _channels(ids: list[int]) -> str:
    """Return channels as Discord shows them, as many as a card holds."""
    more = f" and {len(ids) - MOST_NAMED} more" if len(ids) > MOST_NAMED else ""
    return " ".join(f"<#{each}>" for each in ids[:MOST_NAMED]) + more


def _nothing(field: Field) -> Any:
    if field.null:
        return None
    return [] if isinstance(field, ArrayField) else ""


READERS: tuple[tuple[Any, Any], ...] = (
    (models.BooleanField, _switch),
    (models.DurationField, _span),
    (models.ForeignKey, _row),
    (ArrayField, _list),
)
# A switch is a number, too, and comes first.
SAID: tuple[tuple[Any, Any], ...] = (
    (bool, lambda value: YES[0] if value else NO[0]),
    (timedelta, lambda value: say_duration(value) if value else "at once"),
    (list, _channels),
    (int, lambda value: f"{value:,}"),
)
