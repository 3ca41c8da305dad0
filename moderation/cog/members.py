"""Commands about people: note, warn, mute, kick and ban them, and take it back."""

from functools import partial

import discord
from discord import app_commands
from discord.app_commands import Range

from moderation.cog.choices import offer_banned, offer_reasons, people_meant, person_meant
from moderation.cog.deciding import act_of, decide, decide_after
from moderation.models.cases import LONGEST_REASON
from moderation.services.answers import ERASED_SPANS, Wish, do_to_person, tell_bulk, tell_done
from moderation.services.bulk import bulk_ban, preview_bulk_ban
from moderation.services.records import note_about

Reason = Range[str, 0, LONGEST_REASON]
WHOM = "Whom; an id will do for somebody who is not here"
WHY = "Why: your own words, or one of the server's reasons"
ERASE = "What they wrote lately goes too; empty leaves it"
SPANS = [app_commands.Choice(name=name, value=hours) for hours, name in ERASED_SPANS.items()]
HOW_LONG = "How long: 30m, 2d4h, 1w, “until friday 18:00”; empty is for ever"


@app_commands.command()
@app_commands.guild_only()
@app_commands.default_permissions(moderate_members=True)
@app_commands.describe(person=WHOM, reason=WHY, points="What it counts; empty is as usual")
@app_commands.autocomplete(reason=offer_reasons)
async def warn(
    interaction: discord.Interaction,
    person: discord.User,
    reason: Reason,
    points: Range[int, 1, 100] | None = None,
) -> None:
    """Warn somebody; the ladder does the rest."""
    wish = Wish(kind="warn", user_id=person.id, reason=reason, points=points)
    await decide(interaction, partial(do_to_person, wish=wish), about=person.id)


@app_commands.command()
@app_commands.guild_only()
@app_commands.default_permissions(moderate_members=True)
@app_commands.describe(person=WHOM, text="What only moderators read")
async def note(
    interaction: discord.Interaction, person: discord.User, text: Range[str, 1, 2000]
) -> None:
    """Keep a note about somebody that only moderators read."""
    act = act_of(note_about, tell_done, user_id=person.id, text=text)
    await decide(interaction, act)


@app_commands.command()
@app_commands.guild_only()
@app_commands.default_permissions(moderate_members=True)
@app_commands.describe(person=WHOM, duration=HOW_LONG, reason=WHY)
@app_commands.autocomplete(reason=offer_reasons)
async def mute(
    interaction: discord.Interaction, person: discord.User, duration: str = "", reason: Reason = ""
) -> None:
    """Silence somebody; who is muted already is muted until the new end."""
    wish = Wish(kind="mute", user_id=person.id, reason=reason, length=duration)
    await decide(interaction, partial(do_to_person, wish=wish), about=person.id)


@app_commands.command()
@app_commands.guild_only()
@app_commands.default_permissions(moderate_members=True)
@app_commands.describe(person=WHOM, reason=WHY)
async def unmute(
    interaction: discord.Interaction, person: discord.User, reason: Reason = ""
) -> None:
    """Let somebody speak again."""
    wish = Wish(kind="unmute", user_id=person.id, reason=reason)
    await decide(interaction, partial(do_to_person, wish=wish))


@app_commands.command()
@app_commands.guild_only()
@app_commands.default_permissions(kick_members=True)
@app_commands.describe(person="Whom", reason=WHY)
@app_commands.autocomplete(reason=offer_reasons)
async def kick(interaction: discord.Interaction, person: discord.User, reason: Reason = "") -> None:
    """Put somebody out; they may come back."""
    wish = Wish(kind="kick", user_id=person.id, reason=reason)
    await decide(interaction, partial(do_to_person, wish=wish), about=person.id, is_heavy=True)


@app_commands.command()
@app_commands.guild_only()
@app_commands.default_permissions(ban_members=True)
@app_commands.describe(person="Whom", reason=WHY)
@app_commands.autocomplete(reason=offer_reasons)
async def softban(
    interaction: discord.Interaction, person: discord.User, reason: Reason = ""
) -> None:
    """Put somebody out with what they wrote in the last day; they may come back."""
    wish = Wish(kind="softban", user_id=person.id, reason=reason)
    await decide(interaction, partial(do_to_person, wish=wish), about=person.id, is_heavy=True)


@app_commands.command()
@app_commands.guild_only()
@app_commands.default_permissions(ban_members=True)
@app_commands.describe(person=WHOM, duration=HOW_LONG, reason=WHY, erase=ERASE)
@app_commands.autocomplete(reason=offer_reasons)
@app_commands.choices(erase=SPANS)
async def ban(
    interaction: discord.Interaction,
    person: discord.User,
    duration: str = "",
    reason: Reason = "",
    erase: int = 0,
) -> None:
    """Ban somebody, for good or for a time."""
    wish = Wish(kind="ban", user_id=person.id, reason=reason, length=duration, erased_hours=erase)
    await decide(interaction, partial(do_to_person, wish=wish), about=person.id, is_heavy=True)


@app_commands.command()
@app_commands.guild_only()
@app_commands.default_permissions(ban_members=True)
@app_commands.describe(person="Whom: an id, or pick one", reason=WHY)
@app_commands.autocomplete(person=offer_banned)
async def unban(interaction: discord.Interaction, person: str, reason: Reason = "") -> None:
    """Let somebody come back."""
    wish = Wish(kind="unban", user_id=person_meant(person), reason=reason)
    await decide(interaction, partial(do_to_person, wish=wish))


@app_commands.command()
@app_commands.guild_only()
@app_commands.default_permissions(ban_members=True)
@app_commands.describe(people="Ids, at most 200, with spaces between them", reason=WHY)
async def massban(interaction: discord.Interaction, people: str, reason: Reason = "") -> None:
    """Ban many at once; you see first who would be, and who not."""
    user_ids = people_meant(people)
    act = act_of(bulk_ban, tell_bulk, user_ids=user_ids, reason=reason)
    look = act_of(preview_bulk_ban, tell_bulk, user_ids=user_ids)
    await decide_after(interaction, look, act)
