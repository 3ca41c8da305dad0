"""Discord's own description of its REST interface, and what differs from it."""

import gzip
import json
import os
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import best_match
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

ROOT = Path(__file__).resolve().parents[2]
BESIDE = ROOT.parent / "shared/discord/openapi.json"
OWN_COPY = Path(__file__).with_name("openapi.json.gz")
HERE = "urn:discord"

# Where Discord takes, or gives, what its description does not know: where, what, why.
FALSE_ALARMS = (
    (
        r"request (PUT|DELETE) /guilds/{guild_id}/bans/{user_id}",
        r"a body is required",
        "Discord takes bans and unbans without a body; discord.py sends none",
    ),
    (
        r"request PUT /guilds/{guild_id}/bans/{user_id}",
        r"unknown parameter: delete_message_(seconds|days)",
        "discord.py sends it in the query, where Discord takes it as well",
    ),
    (
        r"request (PUT|POST|PATCH) .*/commands",
        r"unknown field: nsfw",
        "documented by Discord, and sent by discord.py with every command",
    ),
    (
        r"reply ",
        r"_errors/N/code: '[A-Z0-9_]+' is not of type 'integer'",
        "Discord documents these codes as words, such as BASE_TYPE_MAX_LENGTH",
    ),
    (
        r"request .*/(roles|permissions)\b",
        r"(permissions|allow|deny): '\d+' is not of type 'integer', 'null'",
        "Discord takes permissions as text, as it gives them: they outgrow 53 bits",
    ),
    (
        r"request (POST|PATCH) .*/messages",
        r"unknown field: (attachments|tts)",
        "described for new messages only, taken everywhere",
    ),
    (
        r"request (POST|PATCH) ",
        r"unknown field: embeds\.flags",
        "described for embeds that Discord gives; discord.py sends it along as 0",
    ),
)


def find_description() -> Path | None:
    """Return the file: named by DISCORD_OPENAPI, lying beside the checkout, or our own copy."""
    if named := os.environ.get("DISCORD_OPENAPI"):
        return Path(named)
    return next((each for each in (BESIDE, OWN_COPY) if each.exists()), None)


def read_description(path: Path) -> dict:
    raw = path.read_bytes()
    return json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)


class Description:
    """What Discord says of its own calls, asked by operation."""

    def __init__(self, spoken: dict):
        self.spoken = spoken
        # Several of a `oneOf` may fit, since the description tells them apart by words alone.
        told = json.loads(json.dumps(spoken).replace('"oneOf"', '"anyOf"'))
        # Discord takes ids as numbers, too; it only never gives them so.
        asked = json.loads(json.dumps(told))
        asked["components"]["schemas"]["SnowflakeType"] = {
            "anyOf": [told["components"]["schemas"]["SnowflakeType"], {"type": "integer"}]
        }
        self._validators: dict[str, Draft202012Validator] = {}
        self._registries = {"request": _registry(asked), "reply": _registry(told)}

    def operation(self, method: str, template: str) -> dict | None:
        return self.spoken["paths"].get(template, {}).get(method.lower())

    def request_differences(self, method: str, template: str, call) -> Iterator[str]:
        """Say what of a call Discord's description does not allow."""
        operation = self.operation(method, template)
        if operation is None:
            yield "no such operation"
            return
        yield from self._query_differences(operation, template, dict(call.query))
        described = operation.get("requestBody", {})
        kinds = described.get("content", {})
        if call.body is None:
            if described.get("required") and not call.files:
                yield "a body is required"
        elif "application/json" in kinds:
            place = f"{_pointer('paths', template, method.lower())}/requestBody/content"
            pointer = f"{place}/application~1json/schema"
            yield from self._differences("request", pointer, call.body)
            yield from self._unknown(kinds["application/json"]["schema"], call.body, "")
        elif not kinds:
            yield "a body where none is described"

    def reply_differences(self, method: str, template: str, reply) -> Iterator[str]:
        """Say what of a reply Discord's description does not allow."""
        operation = self.operation(method, template)
        if operation is None or reply.is_reset or reply.status >= 500 or _is_page(reply):
            return
        responses = operation["responses"]
        keys = (str(reply.status), f"{reply.status // 100}XX")
        key = next((each for each in keys if each in responses), "")
        if not key:
            yield f"status {reply.status} is not described"
            return
        place = _pointer("paths", template, method.lower(), "responses", key)
        response = responses[key]
        if "$ref" in response:
            place = response["$ref"].removeprefix("#")
            response = self.spoken["components"]["responses"][place.rsplit("/", 1)[1]]
        if "content" not in response:
            if reply.body is not None:
                yield "a body where none is described"
            return
        schema = f"{place}/content/application~1json/schema"
        yield from self._differences("reply", schema, reply.body)

    def _query_differences(self, operation: dict, template: str, query: dict) -> Iterator[str]:
        shared = self.spoken["paths"][template].get("parameters", [])
        described = {
            each["name"]: each["schema"]
            for each in [*shared, *operation.get("parameters", [])]
            if each["in"] == "query"
        }
        for name, value in query.items():
            if name not in described:
                yield f"unknown parameter: {name}"
            elif described[name].get("type") == "integer" and not re.fullmatch(r"-?\d+", value):
                yield f"parameter {name} is no whole number: {value}"

    def _differences(self, direction: str, pointer: str, body) -> Iterator[str]:
        validator = self._validators.get(direction + pointer)
        if validator is None:
            validator = self._validators[direction + pointer] = Draft202012Validator(
                {"$ref": f"{HERE}#{pointer}"},
                registry=self._registries[direction],
                format_checker=FORMATS,
            )
        if (error := best_match(validator.iter_errors(body))) is not None:
            while error.context:  # of several forms, the one that fits furthest down
                error = max(error.context, key=lambda each: len(each.absolute_path))
            place = "/".join(re.sub(r"^\d+$", "N", str(each)) for each in error.absolute_path)
            yield f"{place or '.'}: {re.sub(r'[0-9]{6,}', 'ID', error.message)[:200]}"

    def _unknown(self, schema: dict, value, place: str) -> Iterator[str]:
        """Say which fields are nowhere described; Discord passes over them in silence."""
        if isinstance(value, list):
            items = [each["items"] for each in self._forms(schema) if "items" in each]
            for each in value if items else ():
                yield from self._unknown({"anyOf": items}, each, place)
        elif isinstance(value, dict):
            yield from self._unknown_fields(schema, value, place)

    def _unknown_fields(self, schema: dict, value: dict, place: str) -> Iterator[str]:
        forms = [each for each in self._forms(schema) if "properties" in each]
        if not forms or any("additionalProperties" in each for each in self._forms(schema)):
            return
        for key, inner in value.items():
            known = [each["properties"][key] for each in forms if key in each["properties"]]
            if known:
                yield from self._unknown({"anyOf": known}, inner, f"{place}{key}.")
            else:
                yield f"unknown field: {place}{key}"

    def _forms(self, schema: dict) -> Iterator[dict]:
        """Walk through everything that a schema may be."""
        yield schema
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            yield from self._forms(self.spoken["components"]["schemas"][name])
        for key in ("anyOf", "oneOf", "allOf"):
            for each in schema.get(key, ()):
                yield from self._forms(each)


def excuse_for(where: str, what: str) -> str:
    """Why a difference is none; empty when it is one."""
    known = (why for w, m, why in FALSE_ALARMS if re.match(w, where) and re.search(m, what))
    return next(known, "")


FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-time", raises=ValueError)
def _is_moment(value):
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@FORMATS.checks("int32")
def _is_small(value):
    return not isinstance(value, int) or -(2**31) <= value < 2**31


@FORMATS.checks("snowflake")
def _is_id(value):
    return not isinstance(value, str) or (value.isdigit() and int(value) < 2**64)


def _is_page(reply) -> bool:
    return isinstance(reply.body, str)


def _registry(document: dict) -> Registry:
    resource = Resource.from_contents(document, default_specification=DRAFT202012)
    return Registry().with_resource(HERE, resource)


def _pointer(*parts: str) -> str:
    return "".join("/" + each.replace("~", "~0").replace("/", "~1") for each in parts)
