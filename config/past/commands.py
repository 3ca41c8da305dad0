"""Commands: those that the server made itself, and how often all of them were used."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from activity.snowflakes import first_id_at
from community.models import CommandUse, CustomCommand
from community.services.uses import Use, write_uses
from config.past.town import Town

PEOPLE_FOR_A_USE = 6
OK, REFUSED, FAILED = CommandUse.Result


class Habit(NamedTuple):
    """How often a command is used beside others, how long it takes, how often it is no use."""

    command: str
    share: int
    usual_ms: int
    refused: float = 0.02
    broken: float = 0.002


HABITS = (
    Habit("/rank", 30, 90), Habit("/daily", 28, 40, refused=0.2), Habit("!rules", 16, 12),
    Habit("/balance", 14, 35), Habit("/leaderboard", 10, 240), Habit("/remind", 8, 60, refused=0.1),
    Habit("!hello", 6, 10), Habit("/shop", 6, 50), Habit("/stats", 3, 900, broken=0.05),
    Habit("/warn", 1, 180, refused=0.15), Habit("/purge", 1, 2_600, broken=0.08),
)  # fmt: skip
OWN: tuple[dict[str, Any], ...] = (
    {
        "name": "rules",
        "response": "Be kind, {{ user.name }}. The rest stands in the channel's topic.",
    },
    {"name": "hello", "response": "Good to see you, {{ user.name }}!"},
)


def use_commands(town: Town) -> None:
    """Let people use commands, of which the server made some itself."""
    uses = list(_uses(town))
    write_uses(uses=uses)
    for told in OWN:
        times = [each.used_at for each in uses if each.command == f"!{told['name']}"]
        about = {"uses": len(times), "used_at": max(times, default=None)}
        _make(town, told | about)


def _make(town: Town, told: dict[str, Any]) -> None:
    command = CustomCommand.objects.create(guild_id=town.guild_id, made_at=town.begins, **told)
    command.names.create(guild_id=town.guild_id, name=command.name)


def _uses(town: Town) -> Iterator[Use]:
    shares = [each.share for each in HABITS]
    for day, pace in town.days():
        for _ in range(round(len(town.people) / PEOPLE_FOR_A_USE * pace)):
            (habit,), at = town.chance.choices(HABITS, shares), town.moment(day)
            for user_id in town.some(at, 1) if at < town.now else ():
                yield Use(
                    id=first_id_at(at) | town.chance.getrandbits(22),
                    guild_id=town.guild_id,
                    command=habit.command,
                    user_id=user_id,
                    result=_result(town, habit),
                    took_ms=round(habit.usual_ms * town.chance.lognormvariate(0, 0.5)),
                    used_at=at,
                )


def _result(town: Town, habit: Habit) -> str:
    chances = (1 - habit.refused - habit.broken, habit.refused, habit.broken)
    return str(town.chance.choices((OK, REFUSED, FAILED), chances)[0])
