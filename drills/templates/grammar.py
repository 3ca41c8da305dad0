"""Templates that nobody would write: grown from the grammar by a seed, right and wrong alike."""

import random

from community.pen.language import FILTERS, TAGS

EACH = 60
LEAVES = (
    "x", "\n", "@everyone", "{", "}}", "{%", "%}", "{{ user.name }}", "{{ args }}", "\u202e",
    "{{ words[0] }}", "{{ many | size }}", "{{ nobody.knows }}", "{% break %}", "{{",
)  # fmt: skip
VALUES = ("user", "user.name", "args", "words", "many", "i", "a", "1", "-9", "1.5", "'b'", "nil")
OTHERS = ("include", "render", "liquid", "echo", "tablerow", "raw", "increment", "macro")


def templates_of(seed: int) -> list[tuple[str, str, None]]:
    """Return the templates of a seed, each with a name to find it again."""
    chance = random.Random(seed)
    return [(f"grown {seed}.{number}", _grow(chance, 5)[:9_000], None) for number in range(EACH)]


def _grow(chance: random.Random, depth: int) -> str:
    if depth == 0:
        return chance.choice(LEAVES)
    parts = (_grow(chance, depth - 1) for _ in range(chance.randrange(1, 4)))
    inner = "".join(parts)
    return chance.choice((_output, _block, _tag, _plain))(chance, inner)


def _plain(_: random.Random, inner: str) -> str:
    return inner


def _output(chance: random.Random, inner: str) -> str:
    chain = "".join(
        f" | {chance.choice(FILTERS)}{chance.choice(('', ': ' + chance.choice(VALUES)))}"
        for _ in range(chance.randrange(6))
    )
    return f"{inner}{{{{ {chance.choice(VALUES)}{chain} }}}}"


def _block(chance: random.Random, inner: str) -> str:
    value = chance.choice(VALUES)
    begins, ends = chance.choice(
        (
            (f"if {value} contains {chance.choice(VALUES)}", "endif"),
            (f"unless {value} == {chance.choice(VALUES)}", "endunless"),
            (f"for i in (1..{chance.choice((3, 50, 200, 10**9))})", "endfor"),
            (f"for a in {value} reversed", "endfor"),
            ("capture a", "endcapture"),
            (f"case {value}", "endcase"),
            ("comment", "endcomment"),
        )
    )
    return f"{{% {begins} %}}{inner}{{% {ends} %}}"


def _tag(chance: random.Random, inner: str) -> str:
    if chance.random() < 0.9:
        return f"{{% assign a = {chance.choice(VALUES)} | append: a %}}{inner}"
    return f"{{% {chance.choice((*TAGS, *OTHERS))} {chance.choice(VALUES)} %}}{inner}"
