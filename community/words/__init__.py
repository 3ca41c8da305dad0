"""How what people wrote is shown: it formats nothing, calls nobody, turns nothing around."""

import re

FORMATS = re.compile(r"([\\*_~`|>\[\]()<#@:])")


def plain(text: str, *, most: int | None = None) -> str:
    """Return words as they look, on one line, without any power over those around them."""
    visible = "".join(c if c.isprintable() else " " for c in text)
    harmless = FORMATS.sub(r"\\\1", visible).replace("@", "@\u200b")[:most]
    # Cut after a backslash, it would take away the meaning of our own next character.
    is_cut_in_two = (len(harmless) - len(harmless.rstrip("\\"))) % 2
    return harmless[:-1] if is_cut_in_two else harmless
