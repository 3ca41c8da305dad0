"""What a template may say: a small part of Liquid, in which nothing grows, hides or lasts.

It is read in the pen's own process only: what is counted here is counted for that whole process.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache, wraps
from typing import Any, TextIO

import liquid
from liquid import ast
from liquid.builtin.expressions import primitive
from liquid.exceptions import LiquidError, LiquidSyntaxError, ResourceLimitError

LONGEST_SOURCE = 10_000
LONGEST_TEXT = 2_000
MOST_STEPS = 10_000
MOST_NESTED = 10
MOST_ITEMS = 200
LARGEST_NUMBER = 10**15

TAGS = (
    "content", "output", "illegal", "comment", "#", "if", "unless", "case", "for", "break",
    "continue", "cycle", "assign", "capture",
)  # fmt: skip
FILTERS = (
    "abs", "append", "at_least", "at_most", "capitalize", "ceil", "default", "divided_by",
    "downcase", "first", "floor", "join", "last", "lstrip", "minus", "modulo", "plus", "prepend",
    "remove", "replace", "reverse", "round", "rstrip", "size", "slice", "sort", "split", "strip",
    "strip_newlines", "times", "truncate", "truncatewords", "uniq", "upcase", "url_encode",
)  # fmt: skip


class Words(liquid.RenderContext):
    """What a template knows; counts each of its steps."""

    __slots__ = ("steps",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.steps = 0

    def step(self) -> None:
        """Take one step, or refuse to go on."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise ResourceLimitError(f"it takes more than {MOST_STEPS:,} steps", token=None)


class Told(dict[str, Any]):
    """What is known of one thing; written by itself it is called by its name."""

    def __str__(self) -> str:
        return str(self.get("name", ""))


class Template(liquid.BoundTemplate):
    """A template that counts its steps."""

    context_class = Words


class Language(liquid.Environment):
    """The part of Liquid that people may write."""

    block_nesting_limit = MOST_NESTED
    loop_iteration_limit = MOST_STEPS // 10
    local_namespace_limit = 100_000
    output_stream_limit = 4 * LONGEST_TEXT  # in bytes
    template_class = Template

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        """Keep what is on the list, and nothing else."""
        super().setup_tags_and_filters(extra=False)
        self.tags = {name: self.tags[name] for name in TAGS if name in self.tags}
        self.filters = {name: _bounded(name, self.filters[name]) for name in FILTERS}


def _bounded(name: str, known: Callable[..., Any]) -> Callable[..., Any]:
    """Return a filter that takes a step, and neither takes in nor gives out what is too large."""

    @wraps(known)
    def filtered(*args: Any, context: Words, **kwargs: Any) -> Any:
        context.step()
        for each in (*args, *kwargs.values()):
            refuse_large(each)
        given = known(*args, **kwargs)
        refuse_large(given)
        return given

    filtered.with_context = True  # type: ignore[attr-defined]
    return filtered


def refuse_large(value: Any) -> None:
    """Refuse a text, a list or a number that is larger than an answer can use."""
    if isinstance(value, str) and len(value) > LONGEST_SOURCE:
        raise ResourceLimitError(f"a text has more than {LONGEST_SOURCE:,} letters", token=None)
    if isinstance(value, list | tuple | range) and len(value) > MOST_ITEMS:
        raise ResourceLimitError(f"a list has more than {MOST_ITEMS} items", token=None)
    if not isinstance(value, bool) and isinstance(value, int) and abs(value) > LARGEST_NUMBER:
        raise ResourceLimitError(f"a number is larger than {LARGEST_NUMBER:,}", token=None)


def _render(node: ast.Node, context: Words, buffer: TextIO) -> int:
    context.step()
    return node.render_to_output(context, buffer)


def _make_range(_: object, start: Any, stop: Any) -> range:
    """Return a range that can be walked; the library's own may be longer than memory."""
    first, last = _whole(start), _whole(stop)
    made = range(first, last + 1)
    refuse_large(first)
    refuse_large(last)
    if last - first >= MOST_ITEMS:
        raise ResourceLimitError(f"a list has more than {MOST_ITEMS} items", token=None)
    return made


def _whole(value: Any) -> int:
    try:
        return int(value) if len(str(value)) <= len(str(LARGEST_NUMBER)) else LARGEST_NUMBER + 1
    except (ValueError, TypeError, OverflowError):
        return 0


# The library offers no place of its own for these two.
ast.Node.render = _render  # type: ignore[assignment, method-assign]
primitive.RangeLiteral._make_range = _make_range  # type: ignore[assignment, method-assign]  # noqa: SLF001
LANGUAGE = Language()


@lru_cache(maxsize=256)
def read(source: str) -> liquid.BoundTemplate:
    """Read a template, or say in words why it cannot be read."""
    if len(source) > LONGEST_SOURCE:
        raise ResourceLimitError(f"it has more than {LONGEST_SOURCE:,} letters", token=None)
    for opens, closes in (("{{", "}}"), ("{%", "%}")):
        # The library would look for the end of each of them through all that follows.
        if source.rfind(opens) > source.rfind(closes):
            raise LiquidSyntaxError(f"{opens} is not closed by {closes}", token=None)
    return LANGUAGE.from_string(source)


def asks_for(source: str) -> list[str]:
    """Name everything that a template asks for and does not make itself."""
    return sorted(read(source).global_variables())


def write(source: str, known: Mapping[str, Any]) -> str:
    """Return what a template says of what is known, cut to what Discord takes."""
    told = {name: Told(each) if isinstance(each, dict) else each for name, each in known.items()}
    return read(source).render(**told)[:LONGEST_TEXT]


def in_words(error: LiquidError) -> str:
    """Say where a template went wrong, and how."""
    line = ""
    if error.token is not None:
        line = f"line {error.token.source.count(chr(10), 0, error.token.start_index) + 1}: "
    return f"{line}{error.message}"[:300]
