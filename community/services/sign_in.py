"""Signing in: who tries too often waits a little; nobody is ever locked out."""

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Network, ip_address
from math import ceil

from django.db import transaction

from community.errors import TooManyTries
from community.models import LoginTry

# Tries at once see each other; those dated later were made before a clock was set back.
AT_ONCE = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Limit:
    """How many sign-ins alike may fail within a span of time."""

    alike: tuple[str, ...]
    tries: int
    span: timedelta

    def wait_for(self, mine: LoginTry) -> timedelta:
        """Return how long this one has to wait for its turn."""
        others = LoginTry.objects.like(mine, in_all_of=self.alike)
        near = others.between(mine.tried_at - self.span, mine.tried_at + AT_ONCE)
        nearest = near.values_list("tried_at", flat=True)[self.tries - 1 : self.tries]
        return max((at + self.span - mine.tried_at for at in nearest), default=timedelta())


LIMITS = (
    Limit(("username", "network"), tries=5, span=timedelta(minutes=15)),
    Limit(("network",), tries=25, span=timedelta(minutes=5)),
    Limit(("username",), tries=25, span=timedelta(hours=1)),
)


def note_try(*, username: str, network: str) -> None:
    """Count a sign-in before its password is looked at; raise TooManyTries when it has to wait."""
    # Committed before it is compared: of many at once, each sees those that came before it.
    with transaction.atomic(durable=True):
        mine = LoginTry.objects.create(username=_one_spelling(username), network=network)
    if wait := max(limit.wait_for(mine) for limit in LIMITS):
        # One that was turned away does not count, or trying again would make the wait longer.
        mine.delete()
        raise TooManyTries(f"Too many sign-ins have failed. Try again in {_in_words(wait)}.")


def forget_tries(*, username: str, network: str) -> None:
    """Begin again at nothing after a success."""
    LoginTry.objects.filter(username=_one_spelling(username), network=network).delete()


def client_network(address: str) -> str:
    """Return what one customer of a provider has: an IPv4 address, or the half of an IPv6 one."""
    try:
        found = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or IPv6Network((int(found) >> 64 << 64, 64)))


def _one_spelling(username: str) -> str:
    # At least as wide as the database's comparison, to which a dotless i is an I, too.
    return username.upper().casefold()[:150]


def _in_words(wait: timedelta) -> str:
    minutes = ceil(wait / timedelta(minutes=1))
    return "a minute" if minutes == 1 else f"{minutes} minutes"
