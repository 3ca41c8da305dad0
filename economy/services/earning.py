"""What somebody earns: the coins of a day, with a streak, and those of work."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from community.models import Guild
from economy.errors import TooEarly
from economy.models import Claim, EconomySettings, Transfer
from economy.models.wallets import House
from economy.services.gestures import Gesture, settings_for
from economy.services.ledger import Moved, Movement, move_coins, transfer_known_as

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
dice = secrets.SystemRandom()


@dataclass(frozen=True, slots=True)
class Earned:
    """What came of it: how much, what one has now, the streak, and when there is more."""

    coins: int
    balance: int
    streak: int
    again_at: datetime


@transaction.atomic
def take_daily(*, gesture: Gesture) -> Earned:
    """Take the coins of the day, once a day in the server's zone; days in a row bring more."""
    settings = settings_for(gesture)
    zone = ZoneInfo(Guild.objects.get(pk=gesture.guild_id).tz)
    today = gesture.now.astimezone(zone).date()
    again_at = datetime.combine(today + timedelta(days=1), time.min, zone)
    claim = _locked_claim(gesture, Claim.Kind.DAILY)
    # Not by their own id: the key outlives being forgotten.
    key = f"daily:{claim.pk}:{today}"
    told = transfer_known_as(guild_id=gesture.guild_id, key=key)
    # A server that moves to a zone in which it is yesterday has no second today.
    is_had = claim.day is not None and claim.day >= today
    if told.asked != gesture.asked if told else is_had:
        raise TooEarly(f"You had today's coins. There are more {_in_words(again_at)}.")
    if told is None:
        claim.streak = claim.streak + 1 if claim.day == today - timedelta(days=1) else 1
        claim.best = max(claim.best, claim.streak)
        claim.day, claim.taken_at = today, gesture.now
        claim.save(update_fields=["streak", "best", "day", "taken_at"])
    coins = told.amount if told else daily_coins(settings, claim.streak)
    moved = _issue(gesture, Transfer.Kind.DAILY, coins, key)
    return Earned(coins, moved.target_after, claim.streak, again_at)


@transaction.atomic
def work(*, gesture: Gesture) -> Earned:
    """Work for coins; after it there is a pause."""
    settings = settings_for(gesture)
    claim = _locked_claim(gesture, Claim.Kind.WORK)
    key = f"work:{gesture.asked}"
    told = transfer_known_as(guild_id=gesture.guild_id, key=key)
    again_at = claim.taken_at + settings.work_pause
    if told is None and again_at > gesture.now:
        raise TooEarly(f"You have just worked. There is more to do {_in_words(again_at)}.")
    if told is None:
        claim.taken_at = gesture.now
        claim.save(update_fields=["taken_at"])
    coins = told.amount if told else dice.randint(settings.work_least, settings.work_most)
    moved = _issue(gesture, Transfer.Kind.WORK, coins, key)
    return Earned(coins, moved.target_after, 0, claim.taken_at + settings.work_pause)


def daily_coins(settings: EconomySettings, streak: int) -> int:
    """Return what a day brings after so many in a row, this one included; at least one coin."""
    further = min(streak, max(settings.streak_days, 1)) - 1
    return max(1, settings.daily_coins + further * settings.streak_coins)


def _locked_claim(gesture: Gesture, kind: str) -> Claim:
    """Return when somebody took it last; who asks at the same time waits their turn."""
    about = {"guild_id": gesture.guild_id, "user_id": gesture.user_id, "kind": kind}
    Claim.objects.bulk_create([Claim(**about, taken_at=NEVER, streak=0)], ignore_conflicts=True)
    claim: Claim = Claim.objects.select_for_update(no_key=True).get(**about)
    return claim


def _issue(gesture: Gesture, kind: str, coins: int, key: str) -> Moved:
    wish = Movement(
        guild_id=gesture.guild_id,
        kind=kind,
        source=House.ISSUANCE,
        target=gesture.user_id,
        amount=max(1, coins),
        key=key,
        asked=gesture.asked,
        actor_id=gesture.user_id,
        at=gesture.now,
    )
    return move_coins(movement=wish)


def _in_words(moment: datetime) -> str:
    """Return a moment as Discord shows it to each in their own zone."""
    return f"<t:{int(moment.timestamp())}:R>"
