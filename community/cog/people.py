"""Commands about people: who somebody is in this server."""

from collections.abc import Iterator

import discord
from discord import app_commands
from discord.utils import escape_markdown, format_dt, snowflake_time
from django.utils import timezone

from community.bridge import call
from community.cog.card import card
from community.services.portraits import Person, portray_person

MOST_ROLES = 30


@app_commands.command()
@app_commands.guild_only()
@app_commands.default_permissions(moderate_members=True)
@app_commands.describe(person="Whom you ask about; they may have left")
async def whois(interaction: discord.Interaction, person: discord.User) -> None:
    """Show who somebody is here: names, roles, standing and record."""
    await _tell_of(interaction, person.id)


@app_commands.context_menu(name="Who is this?")
@app_commands.guild_only()
@app_commands.default_permissions(moderate_members=True)
async def who_is_this(interaction: discord.Interaction, person: discord.User) -> None:
    """Show who somebody is here, from a click on their name."""
    await _tell_of(interaction, person.id)


async def _tell_of(interaction: discord.Interaction, user_id: int) -> None:
    await interaction.response.defer(ephemeral=True)
    person = await call(portray_person, guild_id=interaction.guild_id or 0, user_id=user_id)
    await interaction.followup.send(embed=describe_person(person), ephemeral=True)


def describe_person(person: Person) -> discord.Embed:
    """Put a person on one card."""
    told = {
        "Names": _names(person),
        "On Discord since": format_dt(snowflake_time(person.user_id), "D"),
        "Joined": format_dt(person.joined_at, "D"),
        "Standing": describe_standing(person),
        "Roles": _roles(person.role_ids),
        "Record": "\n".join(person.record),
    }
    return card(_names(person).partition("\n")[0], told, footer=f"Id {person.user_id}")


def describe_standing(person: Person) -> str:
    """Say how somebody stands in the server now."""
    words = ", ".join(_standings(person)) or "in good standing"
    return words[0].upper() + words[1:]


def _standings(person: Person) -> Iterator[str]:
    if person.is_bot:
        yield "a bot"
    if person.left_at:
        yield f"left {format_dt(person.left_at, 'R')}"
    elif person.pending:
        yield "has not accepted the rules yet"
    if person.timed_out_until and person.timed_out_until > timezone.now():
        yield f"timed out until {format_dt(person.timed_out_until)}"
    if person.premium_since and not person.left_at:
        yield f"boosting since {format_dt(person.premium_since, 'D')}"


def _names(person: Person) -> str:
    told = (person.nickname, person.global_name, f"@{person.username}" if person.username else "")
    return "\n".join(escape_markdown(name) for name in dict.fromkeys(told) if name) or "erased"


def _roles(role_ids: list[int]) -> str:
    shown = " ".join(f"<@&{role_id}>" for role_id in role_ids[:MOST_ROLES])
    more = f" and {len(role_ids) - MOST_ROLES} more" if len(role_ids) > MOST_ROLES else ""
    return shown + more or "none"
