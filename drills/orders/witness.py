"""Who stands at Discord's door and sees every call of the bot, and what it did."""

import re

from drills.orders.story import Key, Story
from drills.orders.town import Town
from sandbox import Call, Reply

BAN = re.compile(r"/guilds/\d+/bans/(\d+)$")
MEMBER = re.compile(r"/guilds/\d+/members/(\d+)$")
ROLE = re.compile(r"/guilds/\d+/members/(\d+)/roles/\d+$")
REFUSED = 400
SHOWN = ("content", "communication_disabled_until")


class Witness:
    """Passes calls on, and judges those that lift something."""

    def __init__(self, town: Town, story: Story) -> None:
        self.town, self.story = town, story
        self.touched: dict[Key, float] = {}  # when the bot last called about it

    def request(self, call: Call) -> Reply:
        """Let the pretend Discord answer, and see what comes of it."""
        lifted = self._lifted_by(call)
        is_by_hand = lifted is not None and self.town.is_by_hand(*lifted)
        reply = self.town.discord.request(call)
        self._tell(call, reply)
        if lifted and 0 < reply.status < REFUSED:
            self.story.judge_lift(lifted, is_by_hand=is_by_hand)
        self._note(call)
        return reply

    def _lifted_by(self, call: Call) -> Key | None:
        """Name what a call lifts, if that stands now."""
        key: Key | None = None
        if call.method == "DELETE" and (found := BAN.search(call.path)):
            key = int(found[1]), "ban"
        elif call.method == "DELETE" and (found := ROLE.search(call.path)):
            key = int(found[1]), "role"
        elif call.method == "PATCH" and (found := MEMBER.search(call.path)):
            body = call.body or {}
            is_lift = body.get("communication_disabled_until", "") is None
            key = (int(found[1]), "timeout") if is_lift else None
        return key if key and self.town.stands(*key) else None

    def _note(self, call: Call) -> None:
        for key in _keys_of(call):
            self.touched[key] = self.story.passed()
            if call.method == "GET":
                self.story.look(key)

    def _tell(self, call: Call, reply: Reply) -> None:
        fate = " (lost)" if reply.is_lost else " (reset)" if reply.is_reset else ""
        body = {name: value for name, value in (call.body or {}).items() if name in SHOWN}
        said = f" {body}" if body else ""
        self.story.tell(f"    {call.method} {call.path}{said} -> {reply.status}{fate}")


def _keys_of(call: Call) -> list[Key]:
    """Name what a call may see or change."""
    if found := BAN.search(call.path):
        return [(int(found[1]), kind) for kind in ("ban", "timeout", "role")]
    if found := MEMBER.search(call.path) or ROLE.search(call.path):
        return [(int(found[1]), kind) for kind in ("timeout", "role")]
    return []
