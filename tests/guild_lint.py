"""The guild lint: every statement of the suite names the server whose rows it touches.

A pytest plugin. It reads each SQL text once and asks: is every server's table in it held to one
server, by `guild_id = ...`, by a join on guild_id to a table that is, or by a key that already
belongs to one? A statement under `cross_guild("reason")` may cross; its reason is listed.
"""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache, lru_cache

import pytest
from sqlglot import exp, parse_one

from community.scope import _scope


class CrossesGuilds(AssertionError):
    """A statement touches rows of servers without naming one."""


@dataclass
class Ledger:
    """What the lint saw in one run."""

    statements: int = 0
    crossing: Counter[str] = field(default_factory=Counter)
    astray: list[str] = field(default_factory=list)


LEDGER = Ledger()


@lru_cache(maxsize=1)
def guild_columns() -> dict[str, tuple[str, frozenset[str]]]:
    """For each server's table: the column that names the server, and the keys that imply it."""
    from django.apps import apps

    from community.fields import GuildForeignKey, GuildScoped
    from community.models import Guild

    tables = {Guild._meta.db_table: ("id", frozenset({"id"}))}
    for model in apps.get_models():
        if issubclass(model, GuildScoped):
            keys = {model._meta.pk.column}
            keys |= {f.column for f in model._meta.local_fields if isinstance(f, GuildForeignKey)}
            tables[model._meta.db_table] = ("guild_id", frozenset(keys))
    return tables


@cache
def strays(sql: str) -> tuple[str, ...]:
    """Name the tables that this statement does not hold to one server."""
    tables = guild_columns()
    if not any(table in sql for table in tables):
        return ()
    tree = parse_one(sql, read="postgres")
    if isinstance(
        tree, (exp.Command, exp.Create, exp.Alter, exp.Drop, exp.TruncateTable, exp.Copy)
    ):
        return ()
    held: set[tuple[str, str]] = set()
    found: list[str] = []
    for where, sources in blocks(tree):
        found += _strays_of_block(where, sources, held, tables)
    return tuple(found)


def blocks(tree: exp.Expression):
    """Yield each block of a statement with its tables by alias, outer blocks first."""
    for block in tree.find_all(exp.Update, exp.Delete, exp.Select, bfs=True):
        origin = block.args.get("from_") or block.args.get("from")
        parts = [
            block.this if isinstance(block, (exp.Update, exp.Delete)) else None,
            origin and origin.this,
            *(block.args.get("using") or []),
            *(join.this for join in block.args.get("joins") or []),
        ]
        yield (
            block,
            {each.alias_or_name: each.name for each in parts if isinstance(each, exp.Table)},
        )


def _strays_of_block(block, sources, held, tables) -> list[str]:
    mine = {alias: name for alias, name in sources.items() if name in tables}
    equal: list[tuple[tuple[str, str], tuple[str, str]]] = []
    for condition in conditions(block):
        for alias, name in mine.items():
            if _is_pinned(condition, alias, name, len(sources), tables):
                held.add((alias, tables[name][0]))
        if (pair := _pair(condition, sources)) is not None:
            equal.append(pair)
    _spread(equal, held)
    return [name for alias, name in mine.items() if (alias, tables[name][0]) not in held]


def conditions(block: exp.Expression):
    """Yield what must all be true of a block's rows: WHERE and ON, taken apart at AND."""
    parts = [block.args.get("where")] + [j.args.get("on") for j in block.args.get("joins") or []]
    for part in parts:
        if part is None:
            continue
        tree = part.this if isinstance(part, exp.Where) else part
        yield from (each.unnest() for each in _and(tree))


def _and(tree: exp.Expression):
    tree = tree.unnest()
    if isinstance(tree, exp.And):
        yield from _and(tree.left)
        yield from _and(tree.right)
    else:
        yield tree


def _is_pinned(condition, alias, name, width, tables) -> bool:
    column, keys = tables[name]
    if not isinstance(condition, (exp.EQ, exp.In)):
        return False
    left = condition.this.unnest()
    if not isinstance(left, exp.Column) or (left.table or (alias if width == 1 else "")) != alias:
        return False
    if isinstance(condition, exp.EQ):
        return left.name in {column, *keys} and _is_value(condition.expression.unnest())
    values = condition.expressions
    if not values or not all(_is_value(v) for v in values):
        return False
    # One server may be named by IN (x); many keys of rows already found may be listed.
    return left.name in keys or (left.name == column and len(values) == 1)


def _is_value(tree: exp.Expression) -> bool:
    return tree.find(exp.Column) is None and tree.find(exp.Select) is None


def _pair(condition, sources):
    if not isinstance(condition, exp.EQ):
        return None
    sides = condition.left.unnest(), condition.right.unnest()
    if not all(isinstance(side, exp.Column) for side in sides):
        return None
    only = next(iter(sources)) if len(sources) == 1 else ""
    left, right = ((side.table or only, side.name) for side in sides)
    return left, right


def _spread(equal, held) -> None:
    for _ in equal:
        for left, right in equal:
            if left in held:
                held.add(right)
            elif right in held:
                held.add(left)


def lint(execute, sql, params, many, context):
    """Look at one statement, then run it."""
    LEDGER.statements += 1
    text = str(sql)
    if found := strays(text):
        scope = _scope.get()
        if scope is None or not scope.is_marked:
            # Code under test may swallow the exception; the test fails all the same.
            LEDGER.astray.append(f"{', '.join(found)} in: {text}")
            raise CrossesGuilds(LEDGER.astray[-1])
        LEDGER.crossing[scope.reason] += 1
    return execute(sql, params, many, context)


@pytest.fixture(autouse=True)
def _every_statement_names_its_server():
    """Lint every statement of a test, in its own thread's connections and in those it starts."""
    from django.db import connections
    from django.db.backends.signals import connection_created

    def watch(connection, **_):
        if lint not in connection.execute_wrappers:
            connection.execute_wrappers.append(lint)

    with ExitStack() as stack:
        for connection in connections.all(initialized_only=True):
            stack.enter_context(connection.execute_wrapper(lint))
        connection_created.connect(watch, weak=False)
        stack.callback(connection_created.disconnect, watch)
        yield
    astray, LEDGER.astray = LEDGER.astray, []
    assert not astray, astray


def pytest_terminal_summary(terminalreporter):
    """Say how many statements were looked at, and which crossed servers for which reason."""
    if LEDGER.statements:
        terminalreporter.write_line(f"guild lint: {LEDGER.statements} statements, 0 astray")
    for reason, count in LEDGER.crossing.most_common():
        terminalreporter.write_line(f"  {count:5} crossed servers: {reason}")


def pytest_sessionfinish(session):
    """Hand the figures of an xdist worker to the one who started it."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["guild_lint"] = (LEDGER.statements, dict(LEDGER.crossing))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error):
    """Add up what the workers saw."""
    statements, crossing = getattr(node, "workeroutput", {}).get("guild_lint", (0, {}))
    LEDGER.statements += statements
    LEDGER.crossing.update(crossing)
