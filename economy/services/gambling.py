"""What somebody stakes against the house, at odds that are shown and an edge that is set."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from django.db import transaction

from economy.errors import NoCoins, NotEnoughCoins
from economy.models import EconomySettings, Transfer
from economy.models.wallets import House
from economy.services.earning import dice
from economy.services.gestures import Gesture, settings_for
from economy.services.ledger import Movement, lock_wallets, move_coins, transfer_known_as

# What a fair game would pay, and how often: the shares of each game, times what they pay, sum to 1.
GAMES: dict[str, tuple[tuple[int, Fraction], ...]] = {
    "coin": ((2, Fraction(1, 2)),),
    "dice": ((6, Fraction(1, 6)),),
    "wheel": ((2, Fraction(3, 10)), (5, Fraction(6, 100)), (20, Fraction(1, 200))),
}


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a game: what was staked, what came back for it, and what one has now."""

    game: str
    stake: int
    back: int
    balance: int


@transaction.atomic
def gamble(*, gesture: Gesture, game: str, stake: int) -> Played:
    """Stake coins on one of the house's games; told twice, it was played once."""
    settings = settings_for(gesture)
    key = f"gamble:{gesture.asked}"
    sides = (House.GAMBLING.value, gesture.user_id)
    held = lock_wallets(guild_id=gesture.guild_id, owner_ids=sides)[gesture.user_id]
    told = transfer_known_as(guild_id=gesture.guild_id, key=key)
    if told is not None:
        is_lost = told.source.owner_id == gesture.user_id
        change = -told.amount if is_lost else told.amount
    else:
        _refuse_stake(settings, game, stake)
        if held < stake:
            raise NotEnoughCoins(f"There are not {stake:,} coins to stake.")
        change = stake * (draw(GAMES[game], settings.house_edge, dice.random()) - 1)
    moved = move_coins(movement=_movement(gesture, key, change))
    balance = moved.target_after if change > 0 else moved.source_after
    return Played(game, stake, stake + change, balance)


def draw(prizes: Sequence[tuple[int, Fraction]], edge: int, luck: float) -> int:
    """Return how many times the stake comes back for a number from 0 to 1; mostly not at all."""
    for times, share in odds(prizes, edge):
        if luck < share:
            return times
        luck -= float(share)
    return 0


def odds(prizes: Sequence[tuple[int, Fraction]], edge: int) -> list[tuple[int, Fraction]]:
    """Return what is paid and how often, once the house has its edge; this is what is shown."""
    return [(times, share * Fraction(100 - edge, 100)) for times, share in prizes]


def _refuse_stake(settings: EconomySettings, game: str, stake: int) -> None:
    if not settings.gambling_enabled:
        raise NoCoins("There is no gambling in this server.")
    if game not in GAMES:
        raise NoCoins("There is no such game.")
    if not settings.stake_least <= stake <= settings.stake_most:
        least, most = settings.stake_least, settings.stake_most
        raise NoCoins(f"Stake from {least:,} to {most:,}.")


def _movement(gesture: Gesture, key: str, change: int) -> Movement:
    """Return the one transfer of a game."""
    house, player = House.GAMBLING.value, gesture.user_id
    return Movement(
        guild_id=gesture.guild_id,
        kind=Transfer.Kind.GAMBLE,
        source=house if change > 0 else player,
        target=player if change > 0 else house,
        amount=abs(change),
        key=key,
        asked=gesture.asked,
        actor_id=gesture.user_id,
    )
