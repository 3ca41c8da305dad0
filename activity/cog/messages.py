"""Where the gateway's events of messages reach the intake."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from django.utils import timezone

from activity.intake import Intake
from activity.services.months import prepare_months
from community.bridge import call
from community.clock import DiscordClock

Payload = dict[str, Any]


class Events(Protocol):
    """What passes on every event of the gateway as it comes."""

    listeners: list[Callable[[str, Payload], None]]


class Told(Protocol):
    """The bot, as far as the intake needs it."""

    clock: DiscordClock
    events: Events
    closing: list[Callable[[], Awaitable[None]]]
    telling: list[Callable[[], dict[str, object]]]


async def listen(bot: Told) -> Intake:
    """Take in what is told of messages for as long as the bot is on Discord."""
    await call(prepare_months, now=timezone.now())
    intake = Intake(now=lambda: bot.clock.now() or timezone.now())
    bot.events.listeners.append(intake.hear)
    bot.closing.append(intake.close)
    bot.telling.append(intake.backlog.figures)
    return intake
