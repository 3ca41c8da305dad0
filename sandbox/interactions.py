"""Interactions: a human uses a command, a button or a form, and the bot has three seconds."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.ask import By
from sandbox.commands import ON_MESSAGE, ON_USER, SLASH, Filled, NotPossible, Place, find, nested
from sandbox.deeds import messages
from sandbox.deeds.messages import EPHEMERAL
from sandbox.parts import find_part, submitted, used
from sandbox.refusals import Refusal
from sandbox.wire import Json, Upload, iso

if TYPE_CHECKING:
    from sandbox.heart import Sandbox

COMMAND, COMPONENT, COMPLETION, FORM = 2, 3, 4, 5
SECONDS_TO_ANSWER, SECONDS_TO_FOLLOW_UP = 3.0, 900.0
KEPT = 5_000
LOADING = 128
ORDINARY_MESSAGE, REPLY, FROM_SLASH, FROM_MENU = 0, 19, 20, 23


@dataclass(slots=True)
class Interaction:
    """One thing that a human did with the bot, and what the bot made of it."""

    id: str
    token: str
    kind: int
    place: Place
    at: float
    data: Json
    source: Json | None = None  # the message that a component is on
    answer: int = 0  # the type of the callback
    flags: int = 0
    original: str = ""
    said: list[str] = field(default_factory=list)  # every message, in order
    choices: list[Json] = field(default_factory=list)
    form: Json | None = None
    cause: "Interaction | None" = None  # which one was answered with the form

    def state(self, now: float) -> str:
        """Say how it stands, as a client shows it."""
        if self.answer:
            return "answered"
        return "waiting" if now - self.at <= SECONDS_TO_ANSWER else "failed"


class Interactions:
    """All interactions of the last while, and the messages that only one human sees."""

    def __init__(self, sandbox: "Sandbox") -> None:
        self._sandbox = sandbox
        self.by_id: dict[str, Interaction] = {}
        self.by_token: dict[str, Interaction] = {}
        self.hidden: dict[str, tuple[str, Json]] = {}  # who sees it, and the message

    def use(
        self, user_id: str | int, channel_id: str | int, name: str, /, **given: Any
    ) -> Interaction:
        """Use a slash command: `use(user, channel, "case show", number=4)`."""
        place = self._place(user_id, channel_id)
        command, way = find(place, name)
        filled = Filled(place)
        filled.fill((way[-1] if way else command).get("options") or [], given)
        data = {**_named(command), "options": nested(way, filled.options)}
        return self._begin(COMMAND, place, {**data, "resolved": filled.resolved})

    def complete(
        self, user_id: str | int, channel_id: str | int, name: str, focused: str, /, **given: Any
    ) -> Interaction:
        """Type into an option that completes itself."""
        place = self._place(user_id, channel_id)
        command, way = find(place, name)
        filled = Filled(place)
        filled.fill((way[-1] if way else command).get("options") or [], given, focused=focused)
        data = {**_named(command), "options": nested(way, filled.options)}
        return self._begin(COMPLETION, place, {**data, "resolved": filled.resolved})

    def use_on_user(
        self, user_id: str | int, channel_id: str | int, name: str, target_id: str | int
    ) -> Interaction:
        """Use a command from the menu of a person."""
        place = self._place(user_id, channel_id)
        command, _ = find(place, name, ON_USER)
        filled = Filled(place)
        filled.point_at(6, str(target_id))
        data = {**_named(command), "target_id": str(target_id), "resolved": filled.resolved}
        return self._begin(COMMAND, place, data)

    def use_on_message(
        self, user_id: str | int, channel_id: str | int, name: str, message_id: str | int
    ) -> Interaction:
        """Use a command from the menu of a message."""
        place = self._place(user_id, channel_id)
        command, _ = find(place, name, ON_MESSAGE)
        message = self.message(str(user_id), str(channel_id), str(message_id))
        resolved = {"messages": {message["id"]: messages.message_wire(self._sandbox, message)}}
        data = {**_named(command), "target_id": message["id"], "resolved": resolved}
        return self._begin(COMMAND, place, data)

    def press(
        self,
        user_id: str | int,
        channel_id: str | int,
        message_id: str | int,
        mark: str,
        values: Iterable[str] = (),
    ) -> Interaction:
        """Press a button, or choose from a menu."""
        place = self._place(user_id, channel_id)
        message = self.message(str(user_id), str(channel_id), str(message_id))
        data = used(place, find_part(message, mark), [str(each) for each in values])
        return self._begin(COMPONENT, place, data, message)

    def submit(self, interaction_id: str | int, given: dict[str, Any]) -> Interaction:
        """Send the form that an interaction was answered with."""
        asked = self.by_id.get(str(interaction_id))
        if asked is None or asked.form is None:
            raise NotPossible("There is no form to send any more.")
        data = submitted(asked.place, asked.form["components"], given)
        data["custom_id"] = asked.form["custom_id"]
        begun = self._begin(FORM, asked.place, data, asked.source)
        begun.cause = asked
        asked.form = None
        return begun

    def message(self, user_id: str, channel_id: str, message_id: str) -> Json:
        """Return a message that somebody sees, whoever else does."""
        seen_by, hidden = self.hidden.get(message_id, ("", {}))
        if seen_by == user_id:
            return hidden
        found = self._sandbox.world.messages.get(channel_id, {}).get(message_id)
        if found is None:
            raise Refusal(10008)
        return found

    def _place(self, user_id: str | int, channel_id: str | int) -> Place:
        return Place.of(self._sandbox, str(user_id), str(channel_id))

    def _begin(
        self, kind: int, place: Place, data: Json, source: Json | None = None
    ) -> Interaction:
        sandbox = self._sandbox
        interaction_id = sandbox.world.next_id(sandbox.now)
        token = f"sandbox{sandbox.chance.getrandbits(160):040x}"
        begun = Interaction(interaction_id, token, kind, place, sandbox.now, data, source)
        self.by_id[interaction_id] = self.by_token[token] = begun
        self._forget_old()
        guild_id = place.guild.id if place.guild else None
        twice = sandbox.faults.strike(("interaction_twice",), data.get("name", ""), guild_id or "")
        told = {"user_id": place.user_id, "name": data.get("name") or data.get("custom_id")}
        sandbox.by_hand("interaction", told, [f"{place.user_id} began interaction {begun.id}"])
        for _ in range(2 if twice else 1):
            sandbox.emit("INTERACTION_CREATE", self._wire(begun), guild_id)
        return begun

    def _forget_old(self) -> None:
        while len(self.by_id) > KEPT:
            oldest = self.by_id.pop(next(iter(self.by_id)))
            del self.by_token[oldest.token]
            for message_id in oldest.said:
                self.hidden.pop(message_id, None)

    def _wire(self, begun: Interaction) -> Json:
        """Return INTERACTION_CREATE."""
        world, place = self._sandbox.world, begun.place
        told: Json = {
            "id": begun.id,
            "application_id": world.application["id"],
            "type": begun.kind,
            "token": begun.token,
            "version": 1,
            "channel_id": place.channel["id"],
            "channel": {**place.channel, "permissions": str(place.allowed_to(place.user_id))},
            "data": begun.data,
            "locale": "en-US",
            "entitlements": [],
            "attachment_size_limit": 10 << 20,
            "app_permissions": str(place.allowed_to(world.bot_id)),
            "context": 0 if place.guild else 1,
            "authorizing_integration_owners": {"0": place.guild.id if place.guild else "0"},
        }
        if begun.source:
            told["message"] = messages.message_wire(self._sandbox, begun.source)
        if place.guild is None:
            return {**told, "user": world.users[place.user_id]}
        about = {"id": place.guild.id, "locale": "en-US", "features": []}
        return {
            **told,
            "guild_id": place.guild.id,
            "guild": about,
            "guild_locale": "en-US",
            "member": place.person(place.user_id),
        }

    def say(
        self, asked: Interaction, body: Json, *, files: tuple[Upload, ...] = (), flags: int = 0
    ) -> Json:
        """Let the bot say something; what only one human may see stays out of the channel."""
        sandbox = self._sandbox
        flags |= body.get("flags") or 0
        more = {
            **_kind_of_message(asked),
            "application_id": sandbox.world.application["id"],
            "webhook_id": sandbox.world.application["id"],
            "interaction_metadata": _metadata(sandbox, asked),
            "flags": flags,
        }
        channel_id, bot_id = asked.place.channel["id"], sandbox.world.bot_id
        said = messages.compose(sandbox, channel_id, bot_id, body, files=files, **more)
        asked.said.append(said["id"])
        if flags & EPHEMERAL:
            self._whisper(asked, said)
        else:
            messages.publish(sandbox, said)
        return said

    def _whisper(self, asked: Interaction, message: Json) -> None:
        sandbox = self._sandbox
        self.hidden[message["id"]] = asked.place.user_id, message
        sandbox.changes += 1
        sandbox.note(f"message {message['id']} shown to {asked.place.user_id} alone")
        # Nobody hears of it but the human's own client; the page listens for it.
        sandbox.emit("@hidden", {"user_id": asked.place.user_id})

    def rewrite(
        self, asked: Interaction, message_id: str, body: Json, *, files: tuple[Upload, ...] = ()
    ) -> Json:
        """Change a message of an interaction, or of its component; files come to those it has."""
        before = self.message(asked.place.user_id, asked.place.channel["id"], message_id)
        carried = [*before["attachments"], *messages.attach(self._sandbox, files)]
        calm = {**before, "flags": before["flags"] & ~LOADING, "attachments": carried}
        flags = {"flags": calm["flags"] | (body.get("flags") or 0)}
        if message_id not in self.hidden:
            return messages.edit(self._sandbox, calm, {**body, **flags})
        sandbox, author = self._sandbox, before["author"]["id"]
        kept = {key: before[key] for key in ("content", "embeds", "components")}
        fresh = messages.compose(sandbox, before["channel_id"], author, {**kept, **body})
        stays = ("id", "timestamp", "type", "interaction_metadata", "attachments")
        same = {key: calm[key] for key in stays}
        changed = {**fresh, **same, **flags, "edited_timestamp": iso(sandbox.now)}
        self._whisper(asked, changed)
        return changed

    def erase(self, asked: Interaction, message_id: str) -> None:
        """Take a message of an interaction back."""
        if self.hidden.pop(message_id, None) is None:
            found = self._sandbox.world.messages[asked.place.channel["id"]][message_id]
            messages.delete(self._sandbox, By(self._sandbox.world.bot_id), found)
        asked.said = [each for each in asked.said if each != message_id]


def _named(command: Json) -> Json:
    told = {key: command[key] for key in ("id", "name", "type")}
    return {**told, **({"guild_id": command["guild_id"]} if "guild_id" in command else {})}


def _kind_of_message(asked: Interaction) -> Json:
    """Return the type of a message, and what it follows."""
    before = next(iter(asked.said), asked.source["id"] if asked.source else "")
    if before:
        reference = {"type": 0, "message_id": before, "channel_id": asked.place.channel["id"]}
        return {"type": REPLY, "message_reference": reference}
    if asked.kind != COMMAND:
        return {"type": ORDINARY_MESSAGE}
    return {"type": FROM_SLASH if asked.data["type"] == SLASH else FROM_MENU}


def _metadata(sandbox: "Sandbox", asked: Interaction) -> Json:
    user = sandbox.world.users[asked.place.user_id]
    told: Json = {"id": asked.id, "type": asked.kind, "user": user}
    told["authorizing_integration_owners"] = {}
    if asked.kind == COMMAND:
        told["name"] = asked.data["name"]
        told["command_type"] = asked.data["type"]
    elif asked.kind == COMPONENT and asked.source:
        told["interacted_message_id"] = asked.source["id"]
    elif asked.cause:
        told["triggering_interaction_metadata"] = _metadata(sandbox, asked.cause)
    return told
