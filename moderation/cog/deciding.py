"""From somebody's words on Discord to a decision: asked first where it is heavy, done once."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from re import Match
from typing import Any, Self

import discord
from discord.ui import Button, DynamicItem, View

from community.bridge import call
from community.cog.buttons import complain
from community.cog.card import harmless
from community.errors import HouseError
from moderation.cog.describing import describe_brief
from moderation.errors import AskFirst
from moderation.services.answers import Act, carry_out, rehearse
from moderation.services.docket import Decision
from moderation.services.lookups import brief_on

MOST_OPEN = 1_000
LONGEST = 2_000
LONGEST_WAIT = timedelta(minutes=15)
SHALL_I = "Shall I?\n"
RAN_OUT = "This question ran out, and nothing was done: ask again."


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody was asked before it is done."""

    decision: Decision
    act: Act
    about: int | None


# Questions that wait for an answer; None stands for one that has its answer. Who restarts the bot
# is asked again: nothing was done yet.
_open: dict[str, Question | None] = {}


def decision_of(interaction: discord.Interaction) -> Decision:
    """Return who decides here, and what Discord says they may; one interaction counts once."""
    return Decision(
        guild_id=interaction.guild_id or 0,
        moderator_id=interaction.user.id,
        source_id=str(interaction.id),
        permissions=interaction.permissions.value,
        at=interaction.created_at,  # Discord's time, by which it ends
    )


async def decide(
    interaction: discord.Interaction,
    act: Act,
    *,
    about: int | None = None,
    is_heavy: bool = False,
) -> None:
    """Do what somebody decided and tell them what came of it; ask first what is heavy."""
    if not interaction.response.is_done():
        await interaction.response.defer(ephemeral=True, thinking=True)
    question = Question(decision_of(interaction), act, about)
    try:
        # What would be refused is refused now, and not after the question.
        told = await call(rehearse if is_heavy else carry_out, decision=question.decision, act=act)
    except AskFirst as doubt:
        await _ask(interaction, question, harmless(str(doubt)))
        return
    await (_ask(interaction, question, SHALL_I + told) if is_heavy else _tell(interaction, told))


async def decide_after(interaction: discord.Interaction, look: Act, act: Act) -> None:
    """Do what somebody decided once they have seen, by a look that locks nothing, what it means."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    question = Question(decision_of(interaction), act, None)
    told = await call(carry_out, decision=question.decision, act=look)
    await _ask(interaction, question, SHALL_I + told)


async def _tell(interaction: discord.Interaction, told: str) -> None:
    await interaction.followup.send(told[:LONGEST], ephemeral=True)


async def _ask(interaction: discord.Interaction, question: Question, words: str) -> None:
    key = _keep(question)
    view = View(timeout=None)
    view.add_item(Answer(key, is_yes=True)).add_item(Answer(key, is_yes=False))
    embeds = await _brief(question)
    await interaction.followup.send(words[:LONGEST], embeds=embeds, view=view, ephemeral=True)
    view.stop()  # the house listens for its buttons, whatever becomes of this one


def _keep(question: Question) -> str:
    """Keep a question until its answer; the oldest gives way."""
    key = secrets.token_hex(8)
    _open[key] = question
    while len(_open) > MOST_OPEN:
        del _open[next(iter(_open))]
    return key


async def _brief(question: Question) -> list[discord.Embed]:
    if question.about is None:
        return []
    about = {"guild_id": question.decision.guild_id, "user_id": question.about}
    return [describe_brief(await call(brief_on, **about))]


class Answer(DynamicItem[Button[Any]], template=r"decide:(?P<key>[0-9a-f]{16}):(?P<yes>yes|no)"):
    """The button below a question; it knows its question by a key, also after many others."""

    def __init__(self, key: str, *, is_yes: bool) -> None:
        self.key, self.is_yes = key, is_yes
        style = discord.ButtonStyle.danger if is_yes else discord.ButtonStyle.secondary
        word = "yes" if is_yes else "no"
        label = "Do it" if is_yes else "Leave it"
        super().__init__(Button(label=label, style=style, custom_id=f"decide:{key}:{word}"))

    @classmethod
    async def from_custom_id(
        cls, _: discord.Interaction, __: discord.ui.Item[Any], match: Match[str], /
    ) -> Self:
        """Return the button that was pressed."""
        return cls(match["key"], is_yes=match["yes"] == "yes")

    async def callback(self, interaction: discord.Interaction) -> None:
        """Do what was asked about, once, or leave it."""
        try:
            await self._answer(interaction)
        except Exception as error:  # noqa: BLE001 - told in the same words as of any command
            await complain(interaction, error)

    async def _answer(self, interaction: discord.Interaction) -> None:
        await interaction.response.defer()
        if self.key in _open and _open[self.key] is None:
            return  # pressed twice: the first press tells what came of it
        question = _open.get(self.key)
        is_current = question and interaction.created_at - question.decision.at < LONGEST_WAIT
        told = await self._told(question, interaction) if question and is_current else RAN_OUT
        await interaction.edit_original_response(content=told[:LONGEST], embeds=[], view=None)

    async def _told(self, question: Question, interaction: discord.Interaction) -> str:
        _open[self.key] = None
        try:
            return await _do(question, interaction) if self.is_yes else "Nothing was done."
        except HouseError as refusal:
            return harmless(str(refusal))
        except Exception:
            _open[self.key] = question  # nothing was done: it may be tried again
            raise


async def _do(question: Question, interaction: discord.Interaction) -> str:
    """Do what was asked about, as who answered may at this moment."""
    allowed, now = interaction.permissions.value, interaction.created_at
    decision = replace(question.decision, is_sure=True, permissions=allowed, at=now)
    return await call(carry_out, decision=decision, act=question.act)


def act_of(service: Callable[..., Any], told: Callable[[Any], str], /, **given: Any) -> Act:
    """Return a service as an act, with what its moderator is told of the result."""
    return partial(_act, service, told, given)


def _act(
    service: Callable[..., Any],
    told: Callable[[Any], str],
    given: dict[str, Any],
    decision: Decision,
) -> str:
    return told(service(decision=decision, **given))
