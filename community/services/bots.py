"""The bot as the rest of the house sees it: who leads, and which commands Discord knows."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db.models.functions import Now
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from community.models import CommandSync, Errand, Heartbeat, StandingOrder
from community.scope import cross_guild

ON_DISCORD = "on Discord"
FRESH = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class BotFacts:
    """What the leading bot said of itself last."""

    process: str
    is_on_discord: bool
    words: str
    leads_since: datetime | None = None
    latency_ms: int | None = None
    waiting: int = 0
    # Of what Discord told it: how much it could not keep, and when that happened last.
    lost: int = 0
    lost_at: datetime | None = None
    # How far its machine's clock is from Discord's; None while Discord has not told the time.
    clock_off: timedelta | None = timedelta(0)
    # What it does not ask Discord to tell it, by the names of the settings.
    unheard: Collection[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCommands:
    """The commands of an application: as we describe them, and as Discord numbers them."""

    application_id: int
    fingerprint: str
    receipt: str


def look_at_bot() -> BotFacts | None:
    """Return the bot that leads; one that waits when none does; None when none is heard of."""
    heard = Heartbeat.objects.of("bot").heard(within=FRESH).order_by("-seen_at")
    by_lead = sorted(heard, key=lambda each: "leads_since" not in each.figures)
    return _facts_of(by_lead[0]) if by_lead else None


def _facts_of(beat: Heartbeat) -> BotFacts:
    figures = beat.figures
    since = parse_datetime(figures.get("leads_since", ""))
    return BotFacts(
        process=beat.process,
        is_on_discord=figures.get("state") == ON_DISCORD,
        words=figures.get("state", ""),
        leads_since=since,
        latency_ms=figures.get("latency_ms"),
        waiting=figures.get("waiting", 0),
        lost=figures.get("lost", 0),
        lost_at=parse_datetime(figures.get("lost_at") or ""),
        clock_off=_span(figures.get("clock_off_s", 0)),
        unheard=figures.get("unheard", ()),
    )


def _span(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


def count_waiting() -> int:
    """Return how much of what the house decided Discord has not confirmed yet."""
    with cross_guild("the bot says how much waits for Discord"):
        return (
            StandingOrder.objects.unsettled().count()
            + Errand.objects.open().filter(due_at__lte=Now()).count()
        )


def are_commands_known(*, known: KnownCommands) -> bool:
    """Tell whether Discord has these commands just as it took them from us."""
    return CommandSync.objects.filter(**asdict(known)).exists()


def note_commands(*, known: KnownCommands) -> None:
    """Remember what Discord was told, and what it made of it."""
    told = {**asdict(known), "synced_at": timezone.now()}
    CommandSync.objects.update_or_create(application_id=known.application_id, defaults=told)


def bot_user_id() -> int | None:
    """Return the bot's own id on Discord, which is its application's; None before it was there."""
    known = CommandSync.objects.order_by("pk").values_list("application_id", flat=True)[:2]
    return known[0] if len(known) == 1 else None
