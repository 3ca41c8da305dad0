"""How troubles are made at the pretend Discord, and how they end."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from drills.orders.schedule import Chances, Trouble
from sandbox import Fault
from sandbox import permissions as may

if TYPE_CHECKING:
    from drills.orders.play import Play

NEEDED = may.BAN_MEMBERS | may.MODERATE_MEMBERS | may.MANAGE_ROLES
TOO_MANY_BANS = 30035
FORBIDDEN, MISSING = 403, 50013


def always(chances: Chances) -> list[Fault]:
    """Return what may go wrong at any call, all the time."""
    return [
        Fault("lost", chance=chances.lost_reply),
        Fault("status", chance=chances.server_error, status=500),
        Fault("reset", chance=chances.server_error),
        Fault("ban_keeps_member", chance=chances.ban_keeps_member),
    ]


async def make(play: "Play", trouble: Trouble) -> None:
    """Let one trouble begin, last and end."""
    begins = _TROUBLES[trouble.what]
    play.story.tell(f"trouble: {trouble.what} for {trouble.span:.0f} s")
    ends = begins(play)
    await asyncio.sleep(trouble.span)
    ends()
    play.story.tell(f"trouble ends: {trouble.what}")


Ends = Callable[[], object]


def _fault(play: "Play", fault: Fault) -> Ends:
    discord = play.town.discord
    discord.add_fault(fault)
    return lambda: discord.end_fault(fault.id)


def _outage(play: "Play") -> Ends:
    ends = _fault(play, Fault("outage"))
    play.gateway.sessions.clear()

    def come_back() -> None:
        ends()
        play.begin_sessions()

    return come_back


def _rate_limit(play: "Play") -> Ends:
    return _fault(play, Fault("rate_limit", chance=0.7, seconds=2.0))


def _refuse(play: "Play") -> Ends:
    return _fault(play, Fault("refuse", route="* /guilds/*", status=FORBIDDEN, code=MISSING))


def _too_many_bans(play: "Play") -> Ends:
    return _fault(play, Fault("refuse", route="PUT /guilds/*/bans/*", code=TOO_MANY_BANS))


def _permission(play: "Play") -> Ends:
    people, guild_id = play.town.discord.people, play.town.guild_id
    people.take_permissions(guild_id, NEEDED)
    return lambda: people.give_permissions(guild_id, NEEDED)


def _unheard(play: "Play") -> Ends:
    """Let Discord's answers to what is said be lost on their way."""
    return _fault(play, Fault("lost", route="POST /channels/*"))


def _closed_dms(play: "Play") -> Ends:
    people, person = play.town.discord.people, play.town.people[0]
    people.close_dms(person)
    return lambda: people.close_dms(person, is_closed=False)


def _deaf(play: "Play") -> Ends:
    """Cut the session without anybody knowing; what is told meanwhile is lost."""
    play.gateway.is_deaf = True

    def hear_again() -> None:
        play.gateway.is_deaf = False
        play.begin_sessions()

    return hear_again


def _frozen(play: "Play") -> Ends:
    """Let a machine stand still for longer than its lease."""
    bot = play.bots["first"]
    bot.life.freeze(play.chance.uniform(5, 60))
    return lambda: None


def _killed(play: "Play") -> Ends:
    for bot in play.bots.values():
        bot.life.die()
    return lambda: None


_TROUBLES: dict[str, Callable[["Play"], Ends]] = {
    "outage": _outage,
    "rate_limit": _rate_limit,
    "refuse": _refuse,
    "too_many_bans": _too_many_bans,
    "permission": _permission,
    "unheard": _unheard,
    "deaf": _deaf,
    "closed_dms": _closed_dms,
    "frozen": _frozen,
    "killed": _killed,
}
