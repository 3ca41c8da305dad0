"""What a message is worth: a little chance that never changes, times what its place and writer say.

The chance is made of the message's own id, so that counting again comes to the same.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from activity.models import XpRule
from community.models import Channel, MemberRole

if TYPE_CHECKING:
    from activity.services.messages import Message

CHANNEL = XpRule.Subject.CHANNEL.value
USUAL = 100
HALF_WORD, WORD = 32, (1 << 64) - 1
# An odd constant near 2**64 divided by the golden ratio spreads neighbouring ids apart.
SPREAD = 0x9E3779B97F4A7C15


@dataclass(frozen=True, slots=True)
class Terms:
    """What one server says about XP."""

    least: int = 15
    most: int = 25
    pause_ms: int = 60_000
    by_channel: dict[int, int] = field(default_factory=dict)
    by_role: dict[int, int] = field(default_factory=dict)

    def chance(self, message_id: int) -> int:
        """Return what a message earns before anything multiplies it."""
        mixed = (message_id * SPREAD & WORD) >> HALF_WORD
        return self.least + mixed % (self.most - self.least + 1)


class Market:
    """The terms of the servers of some messages, and what these multiply."""

    def __init__(self, messages: Collection["Message"], told: Sequence[tuple[Any, ...]]) -> None:
        self._messages, self._told = messages, told

    @cached_property
    def terms(self) -> Mapping[int, Terms]:
        """The terms of each server in which members earn levels."""
        terms: dict[int, Terms] = {}
        for guild_id, low, high, pause, *rule in self._told:
            own = Terms() if low is None else Terms(low, high, _ms(pause))
            subject, subject_id, percent = rule
            of = terms.setdefault(guild_id, own)
            if subject:
                (of.by_channel if subject == CHANNEL else of.by_role)[subject_id] = percent
        return terms

    def worth(self, message: "Message") -> int:
        """Return what a message earns, if nothing else stands against it."""
        terms = self.terms[message.guild_id]
        place, writer = USUAL, USUAL
        if terms.by_channel:
            place = self._places.get(message.channel_id, USUAL)
        if terms.by_role:
            writer = self._writers.get((message.guild_id, message.user_id), USUAL)
        return terms.chance(message.id) * place * writer // (USUAL * USUAL)

    @cached_property
    def _places(self) -> Mapping[int, int]:
        """How much counts in each channel: its own rule, or that of what it stands in."""
        ruled = {key: each.by_channel for key, each in self.terms.items() if each.by_channel}
        channel_ids = {each.channel_id for each in self._messages if each.guild_id in ruled}
        found = Channel.objects.filter(guild_id__in=list(ruled), pk__in=channel_ids).values_list(
            "guild_id", "pk", "parent_id", "parent__parent_id"
        )
        chains = {key: (guild_id, (key, *above)) for guild_id, key, *above in found}
        return {
            key: next((ruled[of][each] for each in chain if each in ruled[of]), USUAL)
            for key, (of, chain) in chains.items()
        }

    @cached_property
    def _writers(self) -> Mapping[tuple[int, int], int]:
        """How much counts of each writer: the best of their roles, unless one says nothing."""
        ruled = {key: each.by_role for key, each in self.terms.items() if each.by_role}
        user_ids = {each.user_id for each in self._messages if each.guild_id in ruled}
        role_ids = {role_id for by_role in ruled.values() for role_id in by_role}
        held = MemberRole.objects.standing().filter(
            guild_id__in=list(ruled), role_id__in=role_ids, member__user_id__in=user_ids
        )
        percents: dict[tuple[int, int], list[int]] = {}
        for guild_id, user_id, role_id in held.values_list(
            "guild_id", "member__user_id", "role_id"
        ):
            percents.setdefault((guild_id, user_id), []).append(ruled[guild_id][role_id])
        return {key: 0 if 0 in each else max(each) for key, each in percents.items()}


def _ms(pause: timedelta) -> int:
    return pause // timedelta(milliseconds=1)
