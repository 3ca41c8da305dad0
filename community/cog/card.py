"""How the bot lays out what it shows: one look, within Discord's limits."""

from collections.abc import Mapping

import discord
from discord.utils import escape_markdown, escape_mentions

COLOUR = discord.Colour(0x5B6EE1)
LONGEST_VALUE = 1024
LONGEST_LINE = 30


def harmless(words: str) -> str:
    """Return words that people had a part in: they format nothing, call nobody, turn nothing."""
    visible = "".join(c if c.isprintable() or c == "\n" else " " for c in words)
    return escape_mentions(escape_markdown(visible))


def card(title: str, facts: Mapping[str, str], *, footer: str = "") -> discord.Embed:
    """Return facts under their names; short ones stand side by side, empty ones are left out."""
    embed = discord.Embed(title=title[:256], colour=COLOUR)
    for name, value in facts.items():
        if value:
            is_short = len(value) <= LONGEST_LINE or "\n" in value
            embed.add_field(name=name, value=value[:LONGEST_VALUE], inline=is_short)
    return embed.set_footer(text=footer) if footer else embed
