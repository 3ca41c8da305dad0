"""Commands about reminders: ask for one, look through them, put one off or delete it."""

from re import Match
from typing import Any, Self

import discord
from discord import SelectOption, app_commands
from discord.app_commands import Choice, Range
from discord.ui import Button, DynamicItem, Select, View

from community.bridge import call
from community.cog.buttons import complain
from community.cog.card import COLOUR, harmless
from community.models import Reminder
from community.moments import on_the_wall
from community.repeats import say_repeat
from community.services.reminders import (
    LONGEST,
    Plan,
    Wish,
    delete_reminder,
    keep_reminder,
    open_reminders_of,
    plan_reminder,
    snooze_reminder,
)
from community.words.reminders import BUTTONS, END, stamp

MOST_ASKED = 1_000
RAN_OUT = "This question ran out, and nothing was kept: ask again."
PLACES = [Choice(name="By direct message", value="dm"), Choice(name="Here", value="here")]
# Plans that wait for their answer; whoever restarts the bot is asked again.
_asked: dict[int, Plan] = {}


@app_commands.command()
@app_commands.guild_only()
@app_commands.rename(place="where")
@app_commands.describe(
    when="2h, tomorrow 18:00, friday 9:00, 2026-12-24 18:00",
    what="What you want to be told",
    repeat="daily, weekdays, every 2 weeks on monday, monthly, every 6 hours; empty is once",
    place="Where; empty is as you prefer",
)
@app_commands.choices(place=PLACES)
async def remind(
    interaction: discord.Interaction,
    when: Range[str, 1, 80],
    what: Range[str, 1, LONGEST],
    repeat: Range[str, 0, 80] = "",
    place: Choice[str] | None = None,
) -> None:
    """Let yourself be reminded of something, once or again and again."""
    await interaction.response.defer(ephemeral=True)
    wish = _wish_of(interaction, place, when=when, what=what, repeat=repeat)
    plan = await call(plan_reminder, wish=wish)
    _keep(interaction.id, plan)
    view = View(timeout=None)
    view.add_item(Confirm(interaction.id, is_yes=True))
    view.add_item(Confirm(interaction.id, is_yes=False))
    await interaction.followup.send(describe_plan(plan), view=view, ephemeral=True)
    view.stop()  # the house listens for its buttons, whatever becomes of these


@app_commands.command()
async def reminders(interaction: discord.Interaction) -> None:
    """Show what you still want to be told, and delete what you do not."""
    await interaction.response.defer(ephemeral=True)
    embed, view = await _list_of(interaction.user.id)
    await interaction.followup.send(embed=embed, view=view, ephemeral=True)
    view.stop()


class Confirm(DynamicItem[Button[Any]], template=r"plan:(?P<asked>\d+):(?P<yes>yes|no)"):
    """The buttons below what was understood: only a yes lets it count."""

    def __init__(self, asked: int, *, is_yes: bool) -> None:
        self.asked, self.is_yes = asked, is_yes
        style = discord.ButtonStyle.primary if is_yes else discord.ButtonStyle.secondary
        label = "Remind me" if is_yes else "Leave it"
        mark = f"plan:{asked}:{'yes' if is_yes else 'no'}"
        super().__init__(Button(label=label, style=style, custom_id=mark))

    @classmethod
    async def from_custom_id(
        cls, _: discord.Interaction, __: discord.ui.Item[Any], match: Match[str], /
    ) -> Self:
        """Return the button that was pressed."""
        return cls(int(match["asked"]), is_yes=match["yes"] == "yes")

    async def callback(self, interaction: discord.Interaction) -> None:
        """Keep what was planned, or leave it."""
        try:
            await interaction.response.defer()
            told = await self._told(interaction)
            await interaction.edit_original_response(content=told, view=None)
        except Exception as error:  # noqa: BLE001 - told in the same words as of any command
            await complain(interaction, error)

    async def _told(self, interaction: discord.Interaction) -> str:
        plan = _asked.get(self.asked)
        if plan is None or plan.wish.user_id != interaction.user.id:
            return RAN_OUT
        if not self.is_yes:
            del _asked[self.asked]
            return "Nothing was kept."
        kept = await call(keep_reminder, plan=plan, now=interaction.created_at)
        return f"I will remind you {when_of(kept)}: {harmless(kept.message)}"


class Press(
    DynamicItem[Button[Any]],
    template=rf"remind:(?P<deed>{'|'.join(BUTTONS)}|{END}):(?P<guild>\d+):(?P<id>\d+):\d+",
):
    """The buttons below a reminder that was said; they outlive every restart."""

    def __init__(self, deed: str, guild_id: int, reminder_id: int, custom_id: str) -> None:
        self.deed, self.about = deed, {"guild_id": guild_id, "reminder_id": reminder_id}
        super().__init__(Button(label=deed, custom_id=custom_id))

    @classmethod
    async def from_custom_id(
        cls, _: discord.Interaction, __: discord.ui.Item[Any], match: Match[str], /
    ) -> Self:
        """Return the button that was pressed."""
        return cls(match["deed"], int(match["guild"]), int(match["id"]), match.string)

    async def callback(self, interaction: discord.Interaction) -> None:
        """Put it off or delete it, if it is theirs."""
        try:
            await interaction.response.defer()
            told = await self._told(interaction)
            said = interaction.message.content if interaction.message else ""
            await interaction.edit_original_response(content=f"{said}\n-# {told}", view=None)
        except Exception as error:  # noqa: BLE001 - told in the same words as of any command
            await complain(interaction, error)

    async def _told(self, interaction: discord.Interaction) -> str:
        about: Any = {**self.about, "user_id": interaction.user.id}
        if self.deed == END:
            await call(delete_reminder, **about)
            return "Done with."
        now = interaction.created_at
        put_off = await call(snooze_reminder, **about, by=self.deed, now=now)
        return f"Put off: {when_of(put_off)}."


class Deleting(DynamicItem[Select[Any]], template=r"reminders:delete"):
    """The menu below somebody's reminders, with which they delete one."""

    def __init__(self, reminders: list[Reminder] | None = None) -> None:
        options = [
            SelectOption(
                label=f"{number}. {each.message}"[:100], value=f"{each.guild_id}:{each.pk}"
            )
            for number, each in enumerate(reminders or [], 1)
        ]
        hint = "Delete one"
        super().__init__(Select(custom_id="reminders:delete", placeholder=hint, options=options))

    @classmethod
    async def from_custom_id(
        cls, _: discord.Interaction, __: discord.ui.Item[Any], ___: Match[str], /
    ) -> Self:
        """Return the menu from which one was chosen."""
        return cls()

    async def callback(self, interaction: discord.Interaction) -> None:
        """Delete the chosen one, if it is theirs, and show what is left."""
        try:
            await interaction.response.defer()
            guild_id, reminder_id = map(int, self.item.values[0].split(":"))
            about: Any = {"guild_id": guild_id, "reminder_id": reminder_id}
            await call(delete_reminder, **about, user_id=interaction.user.id)
            embed, view = await _list_of(interaction.user.id)
            await interaction.edit_original_response(embed=embed, view=view)
        except Exception as error:  # noqa: BLE001 - told in the same words as of any command
            await complain(interaction, error)


def describe_plan(plan: Plan) -> str:
    """Say what was understood, by the clock of who asked, before it counts."""
    here = on_the_wall(plan.wall.moment, plan.zone)
    again = f", and then {say_repeat(plan.repeat)}" if plan.repeat else ""
    place = "in this channel" if plan.channel_id else "by direct message"
    hint = "" if plan.is_own_zone else "\n-# Your own time zone: `/preferences`."
    clock = f"{here:%A} {here.day} {here:%B %Y, %H:%M} ({plan.zone})"
    return (
        f"{harmless(plan.message)}\n**{clock}**, {stamp(plan.wall.moment, 'R')}{again}, {place}."
        f" Shall I?{hint}"
    )


def describe_reminders(reminders: list[Reminder]) -> discord.Embed:
    """List what somebody still wants to be told, the next first."""
    lines = [
        f"**{number}.** {when_of(each)}{_place(each)}: {harmless(each.message)}"[:150]
        for number, each in enumerate(reminders, 1)
    ]
    words = "\n".join(lines) or "You want to be reminded of nothing. `/remind` changes that."
    return discord.Embed(title="Your reminders", description=words, colour=COLOUR)


def when_of(reminder: Reminder) -> str:
    """Say when a reminder is said next, and how often."""
    moment = stamp(reminder.due_at) if reminder.due_at else "never"
    return f"{moment}, {say_repeat(reminder.repeat)}" if reminder.repeat else moment


def _place(reminder: Reminder) -> str:
    return f" in <#{reminder.channel_id}>" if reminder.channel_id else ""


def _wish_of(interaction: discord.Interaction, place: Choice[str] | None, **said: str) -> Wish:
    is_public = None if place is None else place.value == "here"
    who = {"guild_id": interaction.guild_id or 0, "user_id": interaction.user.id}
    where = {"channel_id": interaction.channel_id, "may_speak": _may_speak(interaction)}
    when = {"asked_as": interaction.id, "at": interaction.created_at}
    told: dict[str, Any] = {**who, **where, **when, **said}
    return Wish(**told, is_public=is_public, language=interaction.locale.value)


def _may_speak(interaction: discord.Interaction) -> bool:
    """Tell whether both who asks and the bot may write where it is asked."""
    in_thread = isinstance(interaction.channel, discord.Thread)
    for allowed in (interaction.permissions, interaction.app_permissions):
        if not (allowed.send_messages_in_threads if in_thread else allowed.send_messages):
            return False
    return True


def _keep(asked: int, plan: Plan) -> None:
    """Keep a plan until its answer; the oldest gives way."""
    _asked[asked] = plan
    while len(_asked) > MOST_ASKED:
        del _asked[next(iter(_asked))]


async def _list_of(user_id: int) -> tuple[discord.Embed, View]:
    found = await call(open_reminders_of, user_id=user_id)
    view = View(timeout=None)
    if found:
        view.add_item(Deleting(found))
    return describe_reminders(found), view
