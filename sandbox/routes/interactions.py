"""How the bot answers interactions: at once, later, and afterwards; the token is the right to."""

from collections.abc import Callable

from sandbox.ask import Ask
from sandbox.checks import check_message, check_parts
from sandbox.deeds import messages
from sandbox.deeds.messages import EPHEMERAL
from sandbox.interactions import (
    COMPLETION,
    COMPONENT,
    FORM,
    LOADING,
    SECONDS_TO_ANSWER,
    SECONDS_TO_FOLLOW_UP,
    Interaction,
)
from sandbox.refusals import Refusal, invalid
from sandbox.routing import route
from sandbox.wire import Json

CALLBACK = "/interactions/{interaction_id}/{interaction_token}/callback"
FOLLOW_UP = "/webhooks/{webhook_id}/{webhook_token}"
ORIGINAL, ONE = FOLLOW_UP + "/messages/@original", FOLLOW_UP + "/messages/{message_id}"
MESSAGE, LATER, UPDATE_LATER, UPDATE, CHOICES, SHOW_FORM = 4, 5, 6, 7, 8, 9
MOST_CHOICES, MOST_IN_FORM = 25, 5


@route("POST", CALLBACK, is_open=True)
def answer_interaction(ask: Ask) -> Json | None:
    """Answer an interaction: within three seconds, and only once."""
    asked = ask.sandbox.interactions.by_token.get(ask.values["interaction_token"])
    if asked is None or asked.id != ask.values["interaction_id"]:
        raise Refusal(10062)
    if asked.answer:
        raise Refusal(40060)
    if ask.now - asked.at > SECONDS_TO_ANSWER:
        raise Refusal(10062)
    kind = ask.body.get("type")
    if kind not in ANSWERS or not _fits(asked, kind):
        raise invalid("type", "INTERACTION_CALLBACK_TYPE_INVALID", "Not an answer to this.")
    said = ANSWERS[kind](ask, asked, ask.body.get("data") or {})
    asked.answer = kind
    ask.sandbox.note(f"interaction {asked.id} answered with {kind}")
    ask.sandbox.emit("@hidden", {"user_id": asked.place.user_id})
    return _told(asked, kind, said) if _wants_response(ask) else None


def _wants_response(ask: Ask) -> bool:
    return ask.call.query.get("with_response", "").lower() in ("1", "true")


def _told(asked: Interaction, kind: int, said: Json | None) -> Json:
    about: Json = {"id": asked.id, "type": asked.kind}
    if not said:
        return {"interaction": about}
    about["response_message_id"] = said["id"]
    about["response_message_ephemeral"] = bool(said["flags"] & EPHEMERAL)
    about["response_message_loading"] = bool(said["flags"] & LOADING)
    if kind not in (MESSAGE, UPDATE):
        return {"interaction": about}
    return {"interaction": about, "resource": {"type": kind, "message": said}}


def _fits(asked: Interaction, kind: int) -> bool:
    if (asked.kind == COMPLETION) != (kind == CHOICES):
        return False
    if kind in (UPDATE, UPDATE_LATER):
        return asked.source is not None
    return not (kind == SHOW_FORM and asked.kind == FORM)


def _message(ask: Ask, asked: Interaction, data: Json) -> Json:
    check_message(data, files=len(ask.call.files))
    said = ask.sandbox.interactions.say(asked, data, files=ask.call.files)
    asked.original = said["id"]
    return said


def _later(ask: Ask, asked: Interaction, data: Json) -> Json:
    asked.flags = data.get("flags") or 0
    said = ask.sandbox.interactions.say(asked, {"flags": asked.flags}, flags=LOADING)
    asked.original = said["id"]
    return said


def _update_later(_ask: Ask, asked: Interaction, _data: Json) -> None:
    asked.original = _source(asked)["id"]


def _update(ask: Ask, asked: Interaction, data: Json) -> Json:
    check_parts(data)
    asked.original = _source(asked)["id"]
    return ask.sandbox.interactions.rewrite(asked, asked.original, data)


def _source(asked: Interaction) -> Json:
    if asked.source is None:
        raise Refusal(10008)
    return asked.source


def _choices(_ask: Ask, asked: Interaction, data: Json) -> None:
    choices = data.get("choices") or []
    if len(choices) > MOST_CHOICES:
        words = f"Must be {MOST_CHOICES} or fewer in length."
        raise invalid("data.choices", "BASE_TYPE_MAX_LENGTH", words)
    for index, each in enumerate(choices):
        if not 1 <= len(each.get("name") or "") <= 100 or each.get("value") in (None, ""):
            words = "Must be between 1 and 100 in length."
            raise invalid(f"data.choices.{index}.name", "BASE_TYPE_BAD_LENGTH", words)
    asked.choices = choices


def _show_form(_ask: Ask, asked: Interaction, data: Json) -> None:
    if not 1 <= len(data.get("title") or "") <= 45 or not data.get("custom_id"):
        words = "Must be between 1 and 45 in length."
        raise invalid("data.title", "BASE_TYPE_BAD_LENGTH", words)
    if not 1 <= len(data.get("components") or []) <= MOST_IN_FORM:
        words = f"Must be between 1 and {MOST_IN_FORM} in length."
        raise invalid("data.components", "BASE_TYPE_BAD_LENGTH", words)
    asked.form = data


ANSWERS: dict[int, Callable[[Ask, Interaction, Json], Json | None]] = {
    MESSAGE: _message,
    LATER: _later,
    UPDATE_LATER: _update_later,
    UPDATE: _update,
    CHOICES: _choices,
    SHOW_FORM: _show_form,
}


@route("POST", FOLLOW_UP, is_open=True)
def follow_up(ask: Ask) -> Json:
    """Say something more; the first words after a deferred answer take its place."""
    asked = _answered(ask)
    check_message(ask.body, files=len(ask.call.files))
    if asked.original and _is_loading(ask, asked):
        first, files = asked.original, ask.call.files
        return ask.sandbox.interactions.rewrite(asked, first, ask.body, files=files)
    return ask.sandbox.interactions.say(asked, ask.body, files=ask.call.files)


def _is_loading(ask: Ask, asked: Interaction) -> bool:
    return asked.original in asked.said and bool(
        _one(ask, asked, asked.original)["flags"] & LOADING
    )


@route("GET", ORIGINAL, is_open=True)
@route("GET", ONE, is_open=True)
def get_answer(ask: Ask) -> Json:
    """Look at what was answered."""
    asked = _answered(ask)
    return _one(ask, asked, _meant(ask, asked))


@route("PATCH", ORIGINAL, is_open=True)
@route("PATCH", ONE, is_open=True)
def change_answer(ask: Ask) -> Json:
    """Change what was answered; a deferred answer gets its words."""
    asked = _answered(ask)
    check_parts(ask.body)
    message_id = _meant(ask, asked)
    _one(ask, asked, message_id)
    files = ask.call.files
    return ask.sandbox.interactions.rewrite(asked, message_id, ask.body, files=files)


@route("DELETE", ORIGINAL, is_open=True)
@route("DELETE", ONE, is_open=True)
def take_back_answer(ask: Ask) -> None:
    """Take back what was answered."""
    asked = _answered(ask)
    message_id = _meant(ask, asked)
    _one(ask, asked, message_id)
    ask.sandbox.interactions.erase(asked, message_id)


def _answered(ask: Ask) -> Interaction:
    """Return the interaction of a token that still counts, and that was answered."""
    asked = ask.sandbox.interactions.by_token.get(ask.values["webhook_token"])
    known = ask.values["webhook_id"] == ask.world.application["id"]
    if asked is None or not known or not asked.answer:
        raise Refusal(10015)
    if ask.now - asked.at > SECONDS_TO_FOLLOW_UP:
        raise Refusal(50027)
    return asked


def _meant(ask: Ask, asked: Interaction) -> str:
    named = ask.values.get("message_id", "@original")
    return asked.original if named == "@original" else named


def _one(ask: Ask, asked: Interaction, message_id: str) -> Json:
    of_source = asked.kind in (COMPONENT, FORM) and message_id == asked.original
    if message_id not in asked.said and not of_source:
        raise Refusal(10008)
    place = asked.place
    found = ask.sandbox.interactions.message(place.user_id, place.channel["id"], message_id)
    return messages.message_wire(ask.sandbox, found)
