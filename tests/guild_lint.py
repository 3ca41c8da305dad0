"""The guild lint: every statement of the suite names the server whose rows it touches.

A pytest plugin. It reads each SQL text once and asks: is every server's table in it held to one
server, by `guild_id = ...`, by a join on guild_id to a table that is, or by a key that already
belongs to one? A statement under `cross_guild("reason")` may cross; its reason is listed.
"""

from __future__ import annotations

import re
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import count

import pytest
from sqlglot import exp, parse

from community.scope import _scope

BLOCKS = (exp.Update, exp.Delete, exp.Select, exp.Merge)
PARAMETER = re.compile(r"%%|%s")
EXPLAIN = re.compile(r"^\s*EXPLAIN\s+(\([^)]*\)\s*|(ANALYZE|VERBOSE)\s+)*", re.IGNORECASE)

# An alias and a column of it.
Place = tuple[str, str]


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


@dataclass(frozen=True, slots=True)
class Finding:
    """What one SQL text says of servers."""

    strays: tuple[str, ...] = ()
    # For each table, which parameters name its server: places in the list, or names.
    named: tuple[tuple[int | str, ...], ...] = ()


def strays(sql: str) -> tuple[str, ...]:
    """Name the tables that this statement does not hold to one server."""
    return finding(sql).strays


@cache
def finding(sql: str) -> Finding:
    """Read what is sent in one trip: the tables it leaves open, and where it names servers."""
    tables = guild_columns()
    if not any(table in sql.lower() for table in tables):
        return Finding()
    trees = parse(_numbered(EXPLAIN.sub("", sql)), read="postgres")
    each = [_finding(tree, tables) for tree in trees if tree is not None]
    return Finding(sum((of.strays for of in each), ()), sum((of.named for of in each), ()))


def _finding(tree: exp.Expression, tables: dict[str, tuple[str, frozenset[str]]]) -> Finding:
    if isinstance(tree, (exp.Command, exp.Alter, exp.Drop, exp.TruncateTable)):
        return Finding()
    for name in tree.find_all(exp.Identifier):
        name.set("this", name.name if name.quoted else name.name.lower())
    found, named = _strays_of_writes(tree, tables), []
    held: dict[int, set[Place]] = {}
    for block, sources in blocks(tree):
        mine = held[id(block)] = _inherited(block, sources, held)
        found += _strays_of_block(block, sources, mine, tables)
        named += _servers_named(block, sources, tables)
    return Finding(tuple(found), tuple(named))


def _numbered(sql: str) -> str:
    """Give each parameter its place as a name, since a tree does not keep the text's order."""
    places = count()
    return PARAMETER.sub(lambda it: f"%({next(places)})s" if it[0] == "%s" else it[0], sql)


def blocks(tree: exp.Expression):
    """Yield each block of a statement with its tables by alias, outer blocks first."""
    for block in tree.find_all(*BLOCKS, bfs=True):
        origin, using = block.args.get("from_"), block.args.get("using")
        parts = [
            None if isinstance(block, exp.Select) else block.this,
            origin and origin.this,
            *(using if isinstance(using, list) else [using]),
            *(join.this for join in block.args.get("joins") or []),
        ]
        found = [each for each in parts if isinstance(each, exp.Table)]
        yield block, {each.alias_or_name: each.name for each in found}


def _inherited(block, sources, held) -> set[Place]:
    """Return what outer blocks hold, but for the aliases that mean another table in here."""
    outer = held.get(id(block.find_ancestor(*BLOCKS)), set())
    return {(alias, column) for alias, column in outer if alias not in sources}


def _strays_of_writes(tree, tables) -> list[str]:
    """Name the tables that are copied out whole, or whose conflicting rows may be another's."""
    found = []
    if isinstance(tree, exp.Copy) and not tree.args["kind"] and tree.this.name in tables:
        found.append(tree.this.name)
    for insert in tree.find_all(exp.Insert):
        conflict = insert.args.get("conflict")
        if conflict is None or "UPDATE" not in str(conflict.args.get("action")):
            continue
        if (name := insert.this.find(exp.Table).name) in tables:
            column, keys = tables[name]
            hit = {key.name for key in conflict.find_all(exp.Column)} & {column, *keys}
            found += [] if hit else [name]
    return found


def _strays_of_block(block, sources, held, tables) -> list[str]:
    mine = {alias: name for alias, name in sources.items() if name in tables}
    equal: list[tuple[Place, Place, frozenset[str]]] = []
    for condition, bound in conditions(block, sources):
        for alias, name in mine.items():
            if alias in bound and _is_pinned(condition, alias, name, len(sources), tables):
                held.add((alias, tables[name][0]))
        if (pair := _pair(condition, sources)) is not None:
            equal.append((*pair, bound))
    _spread(equal, held)
    return [name for alias, name in mine.items() if (alias, tables[name][0]) not in held]


def _servers_named(block, sources, tables):
    """Return the parameters that conditions set equal to the columns that name a server."""
    found: dict[str, list[int | str]] = {}
    for condition, _ in conditions(block, sources):
        if not isinstance(condition, exp.EQ):
            continue
        left, right = condition.this.unnest(), condition.expression.unnest()
        if isinstance(left, exp.Column) and isinstance(right, exp.Placeholder):
            only = next(iter(sources), "") if len(sources) == 1 else ""
            table = tables.get(sources.get(left.table or only, ""))
            if table and left.name == table[0]:
                place = int(right.name) if right.name.isdigit() else right.name
                found.setdefault(left.table, []).append(place)
    return [tuple(places) for places in found.values()]


def conditions(block: exp.Expression, sources):
    """Yield what must be true of a block's rows, taken apart at AND, and of whose rows it must.

    The ON of an outer join says nothing of the rows that it keeps in any case.
    """
    everybody = frozenset(sources)
    parts = [(block.args.get("where"), everybody)]
    if isinstance(block, exp.Merge):
        parts.append((block.args.get("on"), frozenset({block.this.alias_or_name})))
    for join in block.args.get("joins") or []:
        joined = frozenset({join.this.alias_or_name})
        kept = {"LEFT": joined, "RIGHT": everybody - joined, "FULL": frozenset()}
        parts.append((join.args.get("on"), kept.get(join.side, everybody)))
    for part, bound in parts:
        if part is not None:
            tree = part.this if isinstance(part, exp.Where) else part
            yield from ((each.unnest(), bound) for each in _and(tree))


def _and(tree: exp.Expression):
    tree = tree.unnest()
    if isinstance(tree, exp.And):
        yield from _and(tree.left)
        yield from _and(tree.right)
    else:
        yield tree


def _is_pinned(condition, alias, name, width, tables) -> bool:
    column, keys = tables[name]
    if isinstance(condition, exp.Or):
        # Rows that point, in one way or another, at rows already found.
        only_keys = {name: ("", keys - {column, "id"})}
        ways = condition.left.unnest(), condition.right.unnest()
        return all(_is_pinned(way, alias, name, width, only_keys) for way in ways)
    if not isinstance(condition, (exp.EQ, exp.In)):
        return False
    left = condition.this.unnest()
    if not isinstance(left, exp.Column) or (left.table or (alias if width == 1 else "")) != alias:
        return False
    is_one = isinstance(condition, exp.EQ)
    values = [condition.expression.unnest()] if is_one else condition.expressions
    if not values or not all(_is_value(v) for v in values):
        return False
    # One server may be named by IN (x); many keys of rows already found may be listed.
    is_one = len(values) == 1 and values[0].find(exp.Any, exp.Array) is None
    return left.name in keys - {column} or (left.name == column and is_one)


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
    """Hold what is equal to something held, where the equation binds its rows."""
    for _ in equal:
        for left, right, bound in equal:
            for known, other in ((left, right), (right, left)):
                if known in held and other[0] in bound:
                    held.add(other)


def _foreign(named, params, scope) -> list[object]:
    """Return the servers a statement names that the scope in force does not hold.

    Where it names one that is held, too, no row of the other can be touched.
    """
    if scope is None or scope.guild_ids is None or not params:
        return []
    values = [[params[place] for place in places] for places in named]
    return [each[0] for each in values if not any(map(scope.holds, each))]


def lint(execute, sql, params, many, context):
    """Look at one statement, then run it."""
    LEDGER.statements += 1
    text, scope = str(sql), _scope.get()
    found = finding(text)
    if foreign := [] if many else _foreign(found.named, params, scope):
        _raise(f"{foreign} out of scope in: {text}")
    if found.strays:
        if scope is None or not scope.is_marked:
            _raise(f"{', '.join(found.strays)} in: {text}")
        LEDGER.crossing[scope.reason] += 1
    return execute(sql, params, many, context)


def _raise(words: str) -> None:
    # Code under test may swallow the exception; the test fails all the same.
    LEDGER.astray.append(words)
    raise CrossesGuilds(words)


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
    for reason, times in LEDGER.crossing.most_common():
        terminalreporter.write_line(f"  {times:5} crossed servers: {reason}")


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
