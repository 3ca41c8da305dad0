"""What people do in a story: they decide, act by hand, and have things said."""

from typing import TYPE_CHECKING, Any

from community.scope import guild_scope
from community.services.errands import send_errand, write_line
from community.services.orders import drop_order, want_order
from drills.orders.schedule import Command, Hand, Jump, Word
from drills.orders.story import Deed
from drills.virtual import away_from_loop

if TYPE_CHECKING:
    from drills.orders.play import Play
    from drills.orders.town import Town

CHANGES = {
    "ban": ("ban", True), "unban": ("ban", False),
    "timeout": ("timeout", True), "untimeout": ("timeout", False),
    "give": ("role", True), "take": ("role", False),
}  # fmt: skip


async def command(play: "Play", told: Command) -> None:
    """Let the staff decide something."""
    user_id = play.town.people[told.person]
    what = told.kind if told.wanted else f"no {told.kind}"
    play.story.tell(f"command: {what} for {user_id} until {told.until}")
    play.story.want((user_id, told.kind), wanted=told.wanted, until=told.until)
    away_from_loop(_decide, play, told, user_id)
    if told.is_heard:
        play.wake_bots()


def _decide(play: "Play", told: Command, user_id: int) -> None:
    """Write the rows, as a service of moderation would within its transaction."""
    town = play.town
    subject = town.role_id if told.kind == "role" else 0
    of: dict[str, Any] = {
        "guild_id": town.guild_id,
        "user_id": user_id,
        "kind": told.kind,
        "subject": subject,
    }
    with guild_scope(town.guild_id):
        if told.wanted:
            until = None if told.until is None else play.clocks.at(told.until)
            want_order(**of, until=until, reason=reason(told.until))
        else:
            drop_order(**of)


def reason(until: float | None) -> str:
    """Spell the reason as a case would: its number, its end, who decided it."""
    return f"[#7 {'-' if until is None else int(until)} 42] too loud"


async def by_hand(play: "Play", hand: Hand) -> None:
    """Let a human act in Discord itself."""
    user_id = play.town.people[hand.person]
    kind, is_there = CHANGES.get(hand.what, ("", False))
    was_settled = bool(kind) and play.is_settled(user_id, kind)
    stood = play.town.stands(user_id, kind) if kind else False
    logged = play.town.last_entry
    if not play.town.do_by_hand(hand) or (hand.what == "ban" and play.town.last_entry == logged):
        return  # who is banned already, where Discord keeps the first reason, is not banned anew
    play.story.tell(f"by hand: {hand.what} {user_id}{' (settled)' if was_settled else ''}")
    if kind and (stood or is_there):
        deed = Deed(play.story.passed(), hand.what, is_there, was_settled)
        play.story.deeds[user_id, kind].append(deed)


def note_departure(play: "Play", user_id: int) -> None:
    """Remember that somebody went, and all roles with them."""
    deed = Deed(play.story.passed(), "gone", is_there=False, was_settled=False)
    play.story.deeds[user_id, "role"].append(deed)


async def say(play: "Play", word: Word) -> None:
    """Have something said once."""
    town, user_id = play.town, play.town.people[word.person]
    words = f"word {word.number} of story {play.schedule.seed}."
    play.story.tell(f"word: {word.kind} {words}")
    away_from_loop(_ask_to_say, town, word, user_id, words)
    play.wake_bots()


def _ask_to_say(town: "Town", word: Word, user_id: int, words: str) -> None:
    message = {"content": words}
    with guild_scope(town.guild_id):
        if word.kind == "log_line":
            line = {"guild_id": town.guild_id, "channel_id": town.log_id}
            write_line(**line, subject=f"word {word.number}", message=message)
            return
        payload: dict[str, object] = {"message": message, "channel_id": str(town.channel_id)}
        send_errand(
            guild_id=town.guild_id,
            kind=word.kind,
            dedupe_key=f"word {word.number}",
            payload=payload,
            user_id=user_id,
        )


async def set_clock(play: "Play", jump: Jump) -> None:
    """Set the machine's clock, as nobody should."""
    play.clocks.machine_is_off_by += jump.seconds
    play.story.tell(f"the machine's clock jumps by {jump.seconds:.0f} s")
