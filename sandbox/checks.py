"""What a message may hold: Discord's lengths and counts, refused as Discord refuses them."""

from collections.abc import Iterator
from typing import Any

from sandbox.refusals import Refusal, invalid
from sandbox.wire import Json

CONTENT, NONCE, EMBEDS, EMBED_SUM, FILES, ROWS, PARTS = 2000, 25, 10, 6000, 10, 5, 40
IN_EMBED = {"title": 256, "description": 4096}
FIELDS, FIELD_NAME, FIELD_VALUE, FOOTER, AUTHOR = 25, 256, 1024, 2048, 256
NEW_COMPONENTS = 1 << 15
CARRIERS = ("content", "embeds", "components", "sticker_ids", "poll", "attachments")


def check_message(body: Json, *, files: int = 0) -> None:
    """Refuse a message that is empty or too long."""
    if not files and not any(body.get(each) for each in CARRIERS):
        raise Refusal(50006)
    if (body.get("flags") or 0) & NEW_COMPONENTS and (body.get("content") or body.get("embeds")):
        raise invalid("content", "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", "No.")
    check_parts(body)
    if files > FILES:
        raise invalid("attachments", "BASE_TYPE_MAX_LENGTH", f"Must be {FILES} or fewer in length.")


def check_parts(body: Json) -> None:
    """Refuse what is too long in a new or a changed message."""
    _at_most(body.get("content"), CONTENT, "content")
    _at_most(body.get("nonce"), NONCE, "nonce")
    embeds = body.get("embeds") or []
    _at_most(embeds, EMBEDS, "embeds")
    for index, embed in enumerate(embeds):
        check_embed(embed, f"embeds.{index}")
    if sum(_length(embed) for embed in embeds) > EMBED_SUM:
        words = f"Embed size exceeds maximum size of {EMBED_SUM}"
        raise invalid("embeds", "MAX_EMBED_SIZE_EXCEEDED", words)
    _check_components(body.get("components") or [], (body.get("flags") or 0) & NEW_COMPONENTS)


def check_embed(embed: Json, place: str) -> None:
    """Refuse an embed with a part that is too long or a field that is empty."""
    for key, most in IN_EMBED.items():
        _at_most(embed.get(key), most, f"{place}.{key}")
    _at_most((embed.get("footer") or {}).get("text"), FOOTER, f"{place}.footer.text")
    _at_most((embed.get("author") or {}).get("name"), AUTHOR, f"{place}.author.name")
    fields = embed.get("fields") or []
    _at_most(fields, FIELDS, f"{place}.fields")
    for index, field in enumerate(fields):
        for key, most in ("name", FIELD_NAME), ("value", FIELD_VALUE):
            _present(field.get(key), f"{place}.fields.{index}.{key}")
            _at_most(field.get(key), most, f"{place}.fields.{index}.{key}")


def _check_components(components: list[Json], is_new: int) -> None:
    if not is_new:
        _at_most(components, ROWS, "components")
    parts = list(walk(components))
    if len(parts) > PARTS:
        raise invalid("components", "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", f"Most: {PARTS}")
    marks = [each["custom_id"] for each in parts if each.get("custom_id")]
    if len(marks) != len(set(marks)):
        words = "Component custom id cannot be duplicated"
        raise invalid("components", "COMPONENT_CUSTOM_ID_DUPLICATED", words)
    for mark in marks:
        _at_most(mark, 100, "components.custom_id")


def walk(components: list[Json]) -> Iterator[Json]:
    """Walk through components and those within them."""
    for each in components:
        yield each
        yield from walk(each.get("components") or [])
        if each.get("accessory"):
            yield each["accessory"]


def _length(embed: Json) -> int:
    texts = [embed.get("title"), embed.get("description")]
    texts += [(embed.get("footer") or {}).get("text"), (embed.get("author") or {}).get("name")]
    for field in embed.get("fields") or []:
        texts += [field.get("name"), field.get("value")]
    return sum(len(text) for text in texts if text)


def _at_most(value: Any, most: int, place: str) -> None:
    if value is not None and not isinstance(value, int) and len(value) > most:
        raise invalid(place, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")


def _present(value: Any, place: str) -> None:
    if not value:
        raise invalid(place, "BASE_TYPE_REQUIRED", "This field is required")
