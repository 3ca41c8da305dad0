"""A real discord.py bot as a guest of the pretend Discord."""

import asyncio
from contextlib import asynccontextmanager

import discord
import yarl
from discord import app_commands


class Guest(discord.Client):
    """A bot with some commands of every sort; it notes what happens to it."""

    def __init__(self):
        super().__init__(intents=discord.Intents.all(), guild_ready_timeout=0.05)
        self.tree = app_commands.CommandTree(self)
        self.troubles = []
        _teach(self)

    async def on_error(self, event, *_args, **_kwargs):
        self.troubles.append(event)

    async def heard(self, event, check=lambda *_: True):
        return await self.wait_for(event, check=check, timeout=30)


class Form(discord.ui.Modal, title="Tell us"):
    why = discord.ui.TextInput(label="Why?", custom_id="why")

    async def on_submit(self, interaction):
        await interaction.response.send_message(f"because {self.why.value}")


class Buttons(discord.ui.View):
    @discord.ui.button(label="More", custom_id="more")
    async def more(self, interaction, _button):
        await interaction.response.edit_message(content="more of it", view=None)

    @discord.ui.select(cls=discord.ui.UserSelect, custom_id="who", placeholder="Who?", min_values=0)
    async def who(self, interaction, select):
        names = ", ".join(each.name for each in select.values)
        await interaction.response.send_message(f"chosen: {names}", ephemeral=True)


def _teach(bot):
    _teach_answers(bot.tree)
    _teach_questions(bot.tree)
    _teach_menus(bot.tree)


def _teach_answers(tree):

    @tree.command(description="Greet somebody")
    async def greet(interaction: discord.Interaction, member: discord.Member, times: int = 1):
        words = f"hello {member.name} x{times} {member.guild_permissions.manage_guild}"
        await interaction.response.send_message(words, ephemeral=True)

    @tree.command(description="Think first")
    async def think(interaction: discord.Interaction):
        await interaction.response.defer()
        await interaction.followup.send("thought")
        await interaction.followup.send("and more", ephemeral=True)

    @tree.command(description="Only for those who ban")
    @app_commands.default_permissions(ban_members=True)
    async def strict(interaction: discord.Interaction):
        await interaction.response.send_message("strict", view=Buttons(timeout=None))


def _teach_questions(tree):
    @tree.command(description="Ask for words")
    async def ask(interaction: discord.Interaction):
        await interaction.response.send_modal(Form())

    @tree.command(description="Choose a fruit")
    async def fruit(interaction: discord.Interaction, name: str):
        await interaction.response.send_message(name)

    @fruit.autocomplete("name")
    async def complete(_interaction: discord.Interaction, typed: str):
        found = [each for each in ("apple", "apricot", "pear") if each.startswith(typed)]
        return [app_commands.Choice(name=each.title(), value=each) for each in found]


def _teach_menus(tree):
    @tree.context_menu(name="Look at")
    async def look(interaction: discord.Interaction, member: discord.Member):
        await interaction.response.send_message(f"seen {member.name}")

    @tree.context_menu(name="Quote")
    async def quote(interaction: discord.Interaction, message: discord.Message):
        await interaction.response.send_message(f"> {message.content}")


@asynccontextmanager
async def guest_at(sandbox, monkeypatch):
    """A bot that is ready, its commands registered; gone afterwards."""
    monkeypatch.setattr(discord.http.Route, "BASE", sandbox.url)
    gateway = yarl.URL(sandbox.gateway_url)
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", gateway)
    bot = Guest()
    await bot.login(sandbox.token)
    await bot.tree.sync()
    life = asyncio.create_task(bot.connect())
    try:
        await asyncio.wait_for(bot.wait_until_ready(), 30)
        yield bot
    finally:
        await bot.close()
        await life
