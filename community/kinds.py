"""The kinds of errands and of standing orders: what each app can have done out there.

An app's `errands.py` registers its kinds; services find them here by name and ask what follows.
What they do on Discord is asynchronous and knows the library; what follows is a service's.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

from django.apps import apps
from django.utils.module_loading import module_has_submodule

if TYPE_CHECKING:
    from datetime import datetime

    from discord.http import HTTPClient

    from community.models import Errand, StandingOrder

Result = dict[str, Any]


class NotWorthIt(Exception):
    """It need not be done any more; the words say why."""


@dataclass(frozen=True, slots=True)
class Seen:
    """How things are on Discord, and whose doing that is."""

    owner: str
    mark: str = ""
    words: str = ""


ABSENT = Seen("none")


class ErrandKind(ABC):
    """One kind of thing to be done once."""

    name: ClassVar[str]
    label: ClassVar[str]
    valid_for: ClassVar[timedelta]
    # How long after a call whose outcome nobody knows the same call is safe; None: for ever.
    repeatable_for: ClassVar[timedelta | None] = None

    @abstractmethod
    async def perform(self, http: HTTPClient, errand: Errand) -> Result:
        """Do it; return what must be remembered of it."""

    def lane(self, errand: Errand) -> str:
        """Return what it is about, its channel or its person: of one lane, one at a time."""
        told = errand.payload
        return str(told.get("lane") or told.get("channel_id") or errand.user_id or errand.pk)

    def window(self, errand: Errand) -> timedelta | None:
        """Return how long after a call in doubt this one may be repeated; None: for ever."""
        return self.repeatable_for

    def done(self, errand: Errand) -> None:  # noqa: B027 - most need nothing
        """Write down what follows, in the transaction that marks it done."""

    def failed(self, errand: Errand) -> None:  # noqa: B027 - most need nothing
        """Write down what follows when it came to nothing, in the same transaction."""


class OrderKind(ABC):
    """One kind of state that is kept true."""

    name: ClassVar[str]
    label: ClassVar[str]
    # Whether Discord itself shows whose doing it is, without our having written it down.
    is_signed: ClassVar[bool] = False

    @abstractmethod
    async def perform(self, http: HTTPClient, order: StandingOrder) -> None:
        """Make it so."""

    @abstractmethod
    async def read_back(self, http: HTTPClient, order: StandingOrder, now: datetime) -> Seen:
        """Look whether it is so, and by whom."""

    @abstractmethod
    async def undo(self, http: HTTPClient, order: StandingOrder) -> None:
        """Take it back; that it is not so is as good."""

    async def was_set_since(self, http: HTTPClient, order: StandingOrder, moment: datetime) -> bool:
        """Tell whether people set it after a moment: what was decided before is not about that."""
        return False

    def mark(self, order: StandingOrder, now: datetime) -> str:
        """Return what it will be known by, written down before it is made so; often nothing."""
        return ""

    def renew_at(self, order: StandingOrder, now: datetime) -> datetime | None:
        """Return when it must be made so again, though nothing changed."""
        return None

    def has_run_out(self, order: StandingOrder, now: datetime) -> bool:
        """Tell whether it may be gone though nobody took it away: it was set for a while only."""
        return False

    def asked_by(self, order: StandingOrder) -> int | None:
        """Return the Discord id of who decided it, where that is known."""
        return None

    def served(self, order: StandingOrder, now: datetime) -> None:
        """Write down that its time is over, in the transaction that takes it up."""
        order.wanted = False
        order.wanted_rev += 1

    def drifted(self, order: StandingOrder, seen: Seen, now: datetime) -> bool:
        """Accept what somebody changed by hand (True), or want it as it was (False)."""
        return True

    def confirmed(  # noqa: B027 - most need nothing
        self, order: StandingOrder, seen: Seen, now: datetime
    ) -> None:
        """Write down what follows once Discord has confirmed it."""

    def refused(  # noqa: B027 - most need nothing
        self, order: StandingOrder, words: str, now: datetime
    ) -> None:
        """Write down what follows when Discord refuses it until somebody mends something."""


_errands: dict[str, ErrandKind] = {}
_orders: dict[str, OrderKind] = {}


def register(*kinds: ErrandKind | OrderKind) -> None:
    """Make kinds known by their names; two of one name are a mistake."""
    for kind in kinds:
        known: dict[str, Any] = _errands if isinstance(kind, ErrandKind) else _orders
        if type(known.get(kind.name, kind)) is not type(kind):
            raise ValueError(f"There are two kinds called {kind.name}.")
        known[kind.name] = kind


def errand_kind(name: str) -> ErrandKind:
    """Return a kind of errand."""
    _open_doors()
    return _errands[name]


def order_kind(name: str) -> OrderKind:
    """Return a kind of standing order."""
    _open_doors()
    return _orders[name]


def known_errands() -> list[str]:
    """Name the kinds of errands that some app can carry out."""
    _open_doors()
    return [*_errands]


def known_orders() -> list[str]:
    """Name the kinds of standing orders that some app can keep."""
    _open_doors()
    return [*_orders]


def label_of(name: str) -> str:
    """Return what people call a kind; one that nobody registers any more goes by its name."""
    _open_doors()
    kind = _errands.get(name) or _orders.get(name)
    return kind.label if kind else name


def signed_kinds() -> list[str]:
    """Name the kinds of orders whose work is known as ours wherever it is found."""
    _open_doors()
    return [name for name, kind in _orders.items() if kind.is_signed]


def all_kinds() -> list[ErrandKind | OrderKind]:
    """Return everything that the house can have done out there."""
    _open_doors()
    return [*_errands.values(), *_orders.values()]


@cache
def _open_doors() -> None:
    """Let every app name its kinds; only who needs one pays for reading Discord's library."""
    for app in apps.get_app_configs():
        if app.module is not None and module_has_submodule(app.module, "errands"):
            import_module(f"{app.name}.errands")
