"""Coins of a story: everybody has some, and buys a role that ends; a simple memory knows of it."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import connection

from community.append_only import guard_history
from community.errors import HouseError
from community.models import GuildSettings
from community.scope import guild_scope
from drills.moderation.schedule import Decision
from drills.orders.schedule import HOUR, MINUTE
from drills.virtual import away_from_loop
from economy.models import ShopItem, Wallet
from economy.models.wallets import House
from economy.services.buying import buy_item
from economy.services.gestures import Gesture
from economy.services.ledger import Movement, move_coins
from economy.services.proof import find_breaches

if TYPE_CHECKING:
    from drills.restore.play import RestorePlay

AT_FIRST, PRICE = 25, 10
SPANS = (10 * MINUTE, 2 * HOUR)
ROLE = "role"
BOOKS = (
    "economy_purchasereturn",
    "economy_purchase",
    "economy_transfernote",
    "economy_posting",
    "economy_transfer",
)


@dataclass
class Purses:
    """How many coins each has, and until when the role that they bought is theirs."""

    coins: dict[int, int] = field(default_factory=dict)
    ends: dict[int, float] = field(default_factory=dict)


class Market:
    """The shop of a story's town, and what everybody remembers of it."""

    def __init__(self, play: "RestorePlay") -> None:
        self._play = play
        self.purses = Purses()
        self._then = Purses()
        self.lost: dict[int, float] = {}  # who bought after the backup, and the end of it

    def open(self) -> None:
        """Give everybody coins, and offer the role for some of them."""
        town = self._play.town
        with guild_scope(town.guild_id):
            GuildSettings.objects.filter(guild_id=town.guild_id).update(economy_enabled=True)
            for span in SPANS:
                told = {"price": PRICE, "role_id": town.role_id, "lasts": timedelta(seconds=span)}
                ShopItem.objects.create(guild_id=town.guild_id, name=f"for {span:.0f} s", **told)
            for person in town.people:
                gift = {"source": House.ISSUANCE, "target": person, "amount": AT_FIRST}
                about = {"guild_id": town.guild_id, "kind": "grant", "key": f"first:{person}"}
                move_coins(movement=Movement(**about, **gift))  # type: ignore[arg-type]
        self.purses.coins = dict.fromkeys(town.people, AT_FIRST)

    def buy(self, told: Decision, person: int) -> None:
        """Let somebody buy; what is refused costs nothing."""
        play, now = self._play, self._play.loop.time()
        try:
            away_from_loop(self._buy, told, person)
        except HouseError as refusal:
            play.story.tell(f"refused: {refusal}")
            return
        play.memory.by_decision[told.number] = set()
        self.purses.coins[person] -= PRICE
        end = max(self.purses.ends.get(person, 0.0), now) + (told.span or 0.0)
        self.purses.ends[person] = end
        play.story.want((person, ROLE), wanted=True, until=end)
        play.wake_bots()

    def _buy(self, told: Decision, person: int) -> None:
        town, now = self._play.town, self._play.clocks.at(self._play.loop.time())
        asked = f"{told.number}"
        gesture = Gesture(guild_id=town.guild_id, user_id=person, asked=asked, now=now)
        with guild_scope(town.guild_id):
            item = ShopItem.objects.of(town.guild_id).get(name=f"for {told.span:.0f} s")
            buy_item(gesture=gesture, item_id=item.pk, price=PRICE)

    def remember(self) -> None:
        """Keep in mind how all stood when the backup was made."""
        self._then = deepcopy(self.purses)

    def go_back(self, backup_at: float) -> None:
        """Believe what the backup says: what was bought since is bought no more."""
        now, before = self.purses.ends, self._then.ends
        self.lost |= {who: end for who, end in now.items() if end != before.get(who)}
        self.purses = deepcopy(self._then)
        for person in self._play.town.people:
            intents = self._play.story.intents.get((person, ROLE), [])
            intents[:] = [each for each in intents if each.at < backup_at]

    def judge(self) -> Iterator[str]:
        """Say which coins were made or lost, and who has a role that is not theirs."""
        guild_id = self._play.town.guild_id
        yield from find_breaches(guild_id=guild_id)
        wallets = Wallet.objects.of(guild_id).filter(owner_id__in=self.purses.coins)
        here = dict(wallets.values_list("owner_id", "balance"))
        for person, coins in self.purses.coins.items():
            if here.get(person, 0) != coins:
                yield f"coins: {person} should have {coins}, and has {here.get(person, 0)}"
            yield from self._judge_role(person)

    def _judge_role(self, person: int) -> Iterator[str]:
        play, key = self._play, (person, ROLE)
        intent, stands = play.story.last_intent(key), play.town.stands(*key)
        if not play.town.is_member(person) or any(play.story.deeds.get(key, ())):
            return  # who went, and came again, has what whoever approves takes over
        if intent.holds(play.loop.time()) and not stands:
            yield f"undone: {person} bought a role until {intent.until}, and has it not"
        elif not stands or intent.holds(play.loop.time()):
            return
        elif person not in self.lost:
            yield f"never_expired: {person} has a role that ended at {intent.until}"
        elif not intent.wanted and not self._is_said(person):
            yield f"silent: {person} has a role that nothing accounts for, and nobody was told"

    def _is_said(self, person: int) -> bool:
        is_closed = not self._play.schedule.fate.knows_all
        return is_closed or any(str(person) in words for words in self._play.said)

    def close(self) -> None:
        """Take the books down, as only the owner of a scratch database may."""
        town = [self._play.town.guild_id]
        with guild_scope(self._play.town.guild_id), connection.cursor() as cursor:
            for table in BOOKS:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            for table in BOOKS:
                cursor.execute(f"DELETE FROM {table} WHERE guild_id = %s", town)  # noqa: S608
        guard_history()
