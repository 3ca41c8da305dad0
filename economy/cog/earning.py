"""Commands that bring coins, or may take them: a day's, work, and games against the house."""

from fractions import Fraction

import discord
from discord import app_commands
from discord.app_commands import Range
from discord.utils import format_dt

from community.bridge import call
from economy.cog.wishes import carry_out
from economy.models.settings import MOST_AT_ONCE
from economy.services import gambling
from economy.services.earning import Earned, take_daily
from economy.services.earning import work as work_for_coins
from economy.services.gambling import GAMES, Played, odds
from economy.services.showing import rules_of

GAMES_OFFERED = [
    app_commands.Choice(name="A coin: half the time twice the stake", value="coin"),
    app_commands.Choice(name="A die: one time in six six times the stake", value="dice"),
    app_commands.Choice(name="The wheel: 2, 5 or 20 times the stake", value="wheel"),
]


@app_commands.command()
@app_commands.guild_only()
async def daily(interaction: discord.Interaction) -> None:
    """Take your coins of the day; days in a row bring more."""
    await interaction.response.defer()
    earned = await carry_out(interaction, take_daily)
    await interaction.followup.send(describe_earned("Your day brings", earned))


@app_commands.command()
@app_commands.guild_only()
async def work(interaction: discord.Interaction) -> None:
    """Work for coins; after it there is a pause."""
    await interaction.response.defer()
    earned = await carry_out(interaction, work_for_coins)
    await interaction.followup.send(describe_earned("Your work brings", earned))


@app_commands.command()
@app_commands.guild_only()
@app_commands.choices(game=GAMES_OFFERED)
@app_commands.describe(game="Which game", stake="How many coins; empty shows the odds")
async def gamble(
    interaction: discord.Interaction, game: str, stake: Range[int, 1, MOST_AT_ONCE] | None = None
) -> None:
    """Stake coins against the house, or look at the odds."""
    await interaction.response.defer()
    if stake is None:
        rules = await call(rules_of, guild_id=interaction.guild_id or 0)
        await interaction.followup.send(describe_odds(game, rules.house_edge))
        return
    played = await carry_out(interaction, gambling.gamble, game=game, stake=stake)
    await interaction.followup.send(describe_played(played))


def describe_earned(words: str, earned: Earned) -> str:
    """Say what came, what one has now, and when there is more."""
    streak = f" {earned.streak} days in a row." if earned.streak > 1 else ""
    more = f"There is more {format_dt(earned.again_at, 'R')}."
    return f"{words} **{earned.coins:,}**.{streak} You have {earned.balance:,}. {more}"


def describe_played(played: Played) -> str:
    """Say how a game went."""
    if not played.back:
        return f"You lost **{played.stake:,}**. You have {played.balance:,}."
    won = played.back - played.stake
    return f"You won **{won:,}** with {played.stake:,}. You have {played.balance:,}."


def describe_odds(game: str, edge: int) -> str:
    """Say how often a game pays what; the house's edge is part of it."""
    told = [
        f"{times} times the stake: {_percent(share)}" for times, share in odds(GAMES[game], edge)
    ]
    return "\n".join([*told, f"The house keeps {edge} % of all stakes, at length."])


def _percent(share: Fraction) -> str:
    return f"{float(share * 100):.2f} %"
