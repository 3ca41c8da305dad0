"""What Discord's refusals mean: in words, and for the next try."""

import random
from datetime import timedelta
from http import HTTPStatus

import aiohttp
import discord

from community.services.orders import Hold, Trouble

UNREACHABLE = (OSError, aiohttp.ClientError, TimeoutError)
FAILURES = (discord.HTTPException, discord.RateLimited, *UNREACHABLE)
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0

A_DAY = timedelta(days=1)
A_WEEK = timedelta(days=7)
AN_HOUR = timedelta(hours=1)

GONE = {
    10003: "The channel is gone.",
    10008: "The message is gone.",
    10011: "The role is gone.",
    10013: "The account is gone.",
    50007: "They take no messages from the bot.",
    50278: "They share no server with the bot any more.",
}
KNOWN = {
    10007: Trouble("They are not in the server; it waits for their return.", A_WEEK),
    30035: Trouble("Discord takes no more bans of strangers for now.", AN_HOUR, is_everybodys=True),
}
MISSING = {
    50001: "The bot may not see it.",
    50013: "The bot lacks the permission, or its role is not above theirs.",
    60003: "The server asks for two-factor authentication from the bot's owner.",
}


def trouble_of(error: Exception, *, attempts: int) -> Trouble:
    """Return what a failed call means."""
    if isinstance(error, discord.RateLimited):
        return Trouble("Discord asks us to wait.", timedelta(seconds=error.retry_after))
    if isinstance(error, UNREACHABLE) or _is_server_error(error):
        words = f"Discord does not answer ({type(error).__name__})."
        # Who could not even connect was heard by nobody.
        is_unsure = not isinstance(error, aiohttp.ClientConnectorError)
        return Trouble(words, _pause(attempts), is_unsure=is_unsure)
    return _refusal(error, attempts)


def status_of(error: Exception) -> int:
    """Return the status of Discord's answer; 0 when there was none."""
    if isinstance(error, discord.RateLimited):
        return HTTPStatus.TOO_MANY_REQUESTS
    return error.status if isinstance(error, discord.HTTPException) else 0


def _refusal(error: Exception, attempts: int) -> Trouble:
    said = f"Discord refuses it: {getattr(error, 'text', '') or error}"
    if (code := getattr(error, "code", 0)) in KNOWN:
        return KNOWN[code]
    if code in GONE:
        return Trouble(GONE[code], A_DAY, is_final=True)
    match status_of(error):
        case HTTPStatus.FORBIDDEN:
            words = MISSING.get(code, said)
            return Trouble(words, _pause(attempts), hold=Hold.PERMISSION)
        case HTTPStatus.TOO_MANY_REQUESTS:
            return Trouble("Discord asks us to wait.", _pause(attempts + 3))
    return Trouble(said, A_DAY, is_final=True)


def _is_server_error(error: Exception) -> bool:
    return status_of(error) >= HTTPStatus.INTERNAL_SERVER_ERROR


def _pause(attempts: int) -> timedelta:
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(attempts, 10))
    return timedelta(seconds=longest * random.uniform(0.75, 1.25))  # noqa: S311 - no secret
