"""How leaderboards and ranks look on Discord."""

import discord

from activity.models.days import MS_PER_HOUR
from activity.services.boards import Board, Line, Measure, Span, Standing
from community.cog.card import card, harmless

TITLES: dict[Measure, str] = {
    "xp": "XP",
    "messages": "Messages",
    "voice": "Time in voice",
    "coins": "Coins",
}
SPANS: dict[Span, str] = {
    "day": "today",
    "week": "last 7 days",
    "month": "last 30 days",
    "ever": "ever",
}
NOBODY = "Nobody yet."


def describe_board(board: Board) -> discord.Embed:
    """List a page of a leaderboard, and where the one who asked stands."""
    embed = card(f"{TITLES[board.measure]}, {SPANS[board.span]}", {})
    embed.description = "\n".join(_line(board, each) for each in board.lines) or NOBODY
    if board.mine:
        value = _value(board.measure, board.mine.value)
        embed.set_footer(text=f"You are #{board.mine.place:,} with {value}.")
    return embed


def describe_rank(rank: Standing) -> str:
    """Say in a line what the picture of a rank shows."""
    place = f", #{rank.place:,} here" if rank.place else ""
    step = rank.step
    to_go = f"{step.cost - step.done:,} XP to level {step.level + 1}"
    return f"**{harmless(rank.name)}** is level {step.level}{place}; {to_go}."


def _line(board: Board, line: Line) -> str:
    return f"`{line.place:>3}` {harmless(line.name)}: {_value(board.measure, line.value)}"


def _value(measure: Measure, value: int) -> str:
    if measure == "voice":
        return f"{value / MS_PER_HOUR:,.1f} h"
    noun = {"xp": "XP", "coins": "coin"}.get(measure, "message")
    return f"{value:,} {noun}{'' if value == 1 or measure == 'xp' else 's'}"
