"""What a server's own commands answer: to whom they may, when they may, in the template's words.

An answer to a message is an errand, so there is one at most, whatever crashes; an answer to a slash
command goes back by the way it came.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from community.durations import say_duration
from community.errors import HouseError
from community.models import (
    Channel,
    CommandName,
    CommandPause,
    CustomCommand,
    Errand,
    Guild,
    GuildSettings,
    Member,
)
from community.pen.pen import PEN, NotWritten, Stopped
from community.scope import guild_scope
from community.services.commands import find_custom_command, refuse_unreadable, sources_of
from community.services.errands import send_errand
from community.services.wording import SOMEBODY, Person, as_seen, know_person, person_of, tame

KIND = "command_answer"
BROKEN = "This command does not work at the moment; its makers see why."
MOST_WORDS = 100
LONGEST_CARD = 4_000
LONGEST_TITLE = 256
Pings = CustomCommand.Pings


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One use of a command, as Discord told it; `id` is that of the message or interaction."""

    id: int
    guild_id: int
    channel_id: int
    user_id: int
    name: str
    said: str
    username: str
    shown: str
    role_ids: tuple[int, ...] = ()
    is_message: bool = False


class Broken(HouseError):
    """A command's template failed; its makers are told why, and its users that it did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Callable:
    """By what a server's own commands are called at present."""

    prefix: str
    names: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is answered, and whom it may call; empty when the template said nothing."""

    command: str
    message: dict[str, Any]
    mentions: dict[str, Any]


def answer_wish(*, wish: Wish) -> Answer | None:
    """Answer a use of a command; None when this very use was answered before."""
    with guild_scope(wish.guild_id):
        command = _begin(wish)
        if command is None:
            return None
        try:
            message = compose_answer(command, known_of(wish, command))
        except NotWritten as refusal:
            _note_error(command, refusal)
            raise Broken(BROKEN) from refusal
        return _settle(wish, command, message)


@transaction.atomic
def refuse_wish(*, wish: Wish, words: str) -> None:
    """Tell in the channel why nothing is answered; one person hears that once a minute at most."""
    minute = int(timezone.now().timestamp() // 60)
    message = {"content": f"<@{wish.user_id}> {words}"}
    with guild_scope(wish.guild_id):
        _send(wish, f"refusal:{wish.user_id}:{minute}", message, whom_to_call(wish.user_id))


def look_up_names(*, guild_id: int) -> Callable:
    """Return by what the commands of a server are called at present."""
    with guild_scope(guild_id):
        settings = GuildSettings.objects.of(guild_id).values_list("prefix", flat=True).first()
        names = CommandName.objects.of(guild_id).filter(command__is_enabled=True)
        return Callable(
            prefix=settings or "!", names=frozenset(names.values_list("name", flat=True))
        )


def compose_answer(command: CustomCommand, known: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a command says, as Discord takes it; empty when it says nothing."""
    content, title, text = PEN.write(sources_of(command), known)
    message: dict[str, Any] = {"content": content} if content.strip() else {}
    card: dict[str, Any] = {"title": title.strip()[:LONGEST_TITLE], "description": text.strip()}
    card = {name: words for name, words in card.items() if words}
    if command.embed_picture:
        card["image"] = {"url": command.embed_picture}
    if card:
        message["embeds"] = [{**card, "color": command.embed_colour}]
    if message and command.buttons:
        row = [{"type": 2, "style": 5, **each} for each in command.buttons]
        message["components"] = [{"type": 1, "components": row}]
    return message


def known_of(wish: Wish, command: CustomCommand) -> dict[str, Any]:
    """Return everything that a template may ask for, as plain values."""
    guild = Guild.objects.get(pk=wish.guild_id)
    channel = Channel.objects.of(wish.guild_id).filter(pk=wish.channel_id).first()
    person = Person(
        user_id=wish.user_id, username=wish.username, shown=wish.shown, role_ids=wish.role_ids
    )
    said = tame(wish.said)
    place = {"id": str(wish.channel_id), "mention": f"<#{wish.channel_id}>"}
    return {
        **know_person(guild=guild, person=person, sources=sources_of(command)),
        "channel": {**place, "name": tame(channel.name if channel else "")},
        "args": said,
        "words": said.split()[:MOST_WORDS],
        "counters": _counters(command),
    }


def whom_to_call(user_id: int, *, pings: str = Pings.CALLER) -> dict[str, Any]:
    """Return whom a message may call; never a role, never everyone."""
    if pings == Pings.PEOPLE:
        return {"parse": ["users"], "replied_user": False}
    users = [str(user_id)] if pings == Pings.CALLER else []
    return {"parse": [], "users": users, "replied_user": False}


@transaction.atomic
def _begin(wish: Wish) -> CustomCommand | None:
    """Take up a use: find its command, and refuse who may not, may not here, or not yet."""
    if _is_answered(wish):
        return None
    command = find_custom_command(guild_id=wish.guild_id, name=wish.name)
    if not command.is_enabled:
        raise HouseError("This command is switched off.")
    if command.role_ids and not {*command.role_ids} & {*wish.role_ids}:
        raise HouseError("This command is for people with certain roles only.")
    if command.channel_ids and not {*command.channel_ids} & _places(wish):
        here = " ".join(f"<#{each}>" for each in command.channel_ids[:5])
        raise HouseError(f"This command is for other channels: {here}.")
    now = timezone.now()
    for subject_id, span in (
        (wish.channel_id, command.channel_pause),
        (wish.user_id, command.user_pause),
    ):
        _take_pause(command, subject_id, now, span)
    return command


@transaction.atomic
def _settle(wish: Wish, command: CustomCommand, message: dict[str, Any]) -> Answer | None:
    """Count an answer, and have it said when it was asked for by a message."""
    if _is_answered(wish):
        return None
    rows = CustomCommand.objects.of(wish.guild_id).filter(pk=command.pk)
    rows.update(uses=F("uses") + 1, used_at=timezone.now(), last_error="")
    mentions = whom_to_call(wish.user_id, pings=command.pings)
    if wish.is_message and message:
        _send(wish, _key(wish), message, mentions)
    return Answer(command=command.name, message=message, mentions=mentions)


@transaction.atomic
def _note_error(command: CustomCommand, refusal: NotWritten) -> None:
    """Keep why a template failed; one that had to be ended by force is switched off."""
    changes: dict[str, Any] = {"last_error": str(refusal)[:300]}
    if isinstance(refusal, Stopped):
        changes["is_enabled"] = False
    CustomCommand.objects.of(command.guild_id).filter(pk=command.pk).update(**changes)


def _send(wish: Wish, key: str, message: dict[str, Any], mentions: dict[str, Any]) -> None:
    send_errand(
        guild_id=wish.guild_id,
        kind=KIND,
        dedupe_key=key,
        user_id=wish.user_id,
        payload={
            "channel_id": str(wish.channel_id),
            "message": message,
            "mentions": mentions,
        },
    )


def _key(wish: Wish) -> str:
    return f"command:{wish.id}"


def _is_answered(wish: Wish) -> bool:
    known = Errand.objects.of(wish.guild_id).filter(dedupe_key=_key(wish))
    return wish.is_message and known.exists()


def _places(wish: Wish) -> set[int]:
    """Return where a use counts as made: its channel, and the one that holds a thread."""
    here = Channel.objects.of(wish.guild_id).filter(pk=wish.channel_id, kind=Channel.Kind.THREAD)
    return {wish.channel_id, *here.values_list("parent_id", flat=True)}


def _take_pause(command: CustomCommand, subject_id: int, now: datetime, span: timedelta) -> None:
    """Begin a pause; refuse while one lasts."""
    if not span:
        return
    pauses = CommandPause.objects.of(command.guild_id)
    pause, is_new = pauses.get_or_create(
        guild_id=command.guild_id,
        command=command,
        subject_id=subject_id,
        defaults={"until": now + span},
    )
    over = pauses.filter(pk=pause.pk, until__lte=now)
    if not is_new and not over.update(until=now + span):
        left = timedelta(seconds=max(1, round((pause.until - now).total_seconds())))
        raise HouseError(f"This command takes a pause: try again in {say_duration(left)}.")


def _counters(command: CustomCommand) -> dict[str, int]:
    """Return how often each command has answered, with this time; only for who asks for it."""
    if not any("counters" in each for each in sources_of(command)):
        return {}
    uses = CustomCommand.objects.of(command.guild_id).values_list("name", "uses")
    return {**dict(uses), command.name: command.uses + 1}


def preview_answer(
    *, command: CustomCommand, person: Member | None, channel_id: int, said: str
) -> dict[str, Any]:
    """Return what a command would answer, whether it is kept yet or not; nothing is counted."""
    refuse_unreadable(command)
    who = person_of(person) if person else SOMEBODY
    roles = person.roles.filter(guild_id=person.guild_id, ended_at=None) if person else None
    wish = Wish(
        id=0,
        guild_id=command.guild_id,
        channel_id=channel_id,
        user_id=who.user_id,
        name=command.name,
        said=said,
        username=who.username,
        shown=who.shown,
        role_ids=tuple(roles.values_list("role_id", flat=True)) if roles is not None else (),
    )
    return compose_answer(command, as_seen(known_of(wish, command), who))
