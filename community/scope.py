"""Whose rows may be touched now: one server's or, for a reason that is written down, more.

No scope is no access: a question asked outside every scope raises before it reaches the database.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


class NoScope(RuntimeError):
    """Rows of a server were asked for without saying of which server."""


class OutOfScope(RuntimeError):
    """A row of one server was written, or its scope entered, from within another's."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The servers whose rows may be touched; `guild_ids` is None for all of them."""

    guild_ids: frozenset[int] | None
    reason: str = ""

    def holds(self, guild_id: int | None) -> bool:
        """Tell whether rows of this server (None: the house's own) may be touched."""
        return self.guild_ids is None or guild_id in self.guild_ids

    @property
    def is_marked(self) -> bool:
        """Tell whether somebody wrote down why more than one server is touched."""
        return bool(self.reason)


_scope: ContextVar[Scope | None] = ContextVar("scope", default=None)


def current_scope() -> Scope:
    """Return the scope in force, or raise NoScope."""
    if (scope := _scope.get()) is None:
        raise NoScope("Say whose rows these are: guild_scope(guild_id), or cross_guild(reason).")
    return scope


@contextmanager
def guild_scope(guild_id: int) -> Iterator[None]:
    """Touch rows of this server only; from within a narrower scope there is no way to it."""
    outer = _scope.get()
    if outer is not None and not outer.holds(guild_id):
        raise OutOfScope(f"Server {guild_id} lies outside the scope in force.")
    yield from _enter(Scope(frozenset({guild_id})))


@contextmanager
def cross_guild(reason: str, *, among: Iterable[int] | None = None) -> Iterator[None]:
    """Touch rows of several servers (all of them, unless `among` names some), and say why."""
    if not reason:
        raise ValueError("Crossing servers needs a reason.")
    yield from _enter(Scope(None if among is None else frozenset(among), reason))


def keep_scope(steps: Iterable[T]) -> Iterator[T]:
    """Run each step of an iterator in the scope that is in force now.

    A streamed answer is produced after its request's scope has ended.
    """
    return _step_within(current_scope(), iter(steps))


def _step_within(scope: Scope, steps: Iterator[T]) -> Iterator[T]:
    while True:
        token = _scope.set(scope)
        try:
            step = next(steps)
        except StopIteration:
            return
        finally:
            _scope.reset(token)
        yield step


def _enter(scope: Scope) -> Iterator[None]:
    token = _scope.set(scope)
    try:
        yield
    finally:
        _scope.reset(token)
