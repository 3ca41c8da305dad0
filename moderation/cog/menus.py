"""What a click on somebody's name offers: warn them, or see their record."""

from functools import partial

import discord
from discord import app_commands
from discord.ui import Label, Modal, TextInput

from community.cog.buttons import complain
from community.errors import HouseError
from moderation.cog.deciding import decide
from moderation.cog.history import show_history
from moderation.models.cases import LONGEST_REASON
from moderation.services.answers import Wish, do_to_person

LONGEST_NAME = 30
MOST_POINTS = 100


@app_commands.context_menu(name="Warn")
@app_commands.guild_only()
@app_commands.default_permissions(moderate_members=True)
async def warn_menu(interaction: discord.Interaction, person: discord.User) -> None:
    """Ask for the reason and the points of a warning."""
    await interaction.response.send_modal(WarningForm(person))


@app_commands.context_menu(name="History")
@app_commands.guild_only()
@app_commands.default_permissions(moderate_members=True)
async def history_menu(interaction: discord.Interaction, person: discord.User) -> None:
    """Show somebody's record."""
    await show_history(interaction, person.id)


class WarningForm(Modal):
    """The form of a warning."""

    def __init__(self, person: discord.User | discord.Member) -> None:
        super().__init__(title=f"Warn {person.display_name[:LONGEST_NAME]}")
        self.person_id = person.id
        self.reason: TextInput[Modal] = TextInput(
            style=discord.TextStyle.paragraph, max_length=LONGEST_REASON
        )
        self.points: TextInput[Modal] = TextInput(default="1", max_length=3, required=False)
        self.add_item(Label(text="Reason, which they are told", component=self.reason))
        self.add_item(Label(text="Points", component=self.points))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        """Warn them."""
        points = points_meant(self.points.value)
        said = self.reason.value
        wish = Wish(kind="warn", user_id=self.person_id, reason=said, points=points)
        await decide(interaction, partial(do_to_person, wish=wish), about=self.person_id)

    async def on_error(  # type: ignore[override]
        self, interaction: discord.Interaction, error: Exception, /
    ) -> None:
        """Say what went wrong in the words of any command."""
        await complain(interaction, error)


def points_meant(typed: str) -> int:
    """Return the points that somebody typed; nothing is one."""
    said = typed.strip() or "1"
    if not (said.isascii() and said.isdecimal() and 1 <= int(said) <= MOST_POINTS):
        raise HouseError(f"Points lie between 1 and {MOST_POINTS}.")
    return int(said)
