"""Which font holds which letters: ours hold many alphabets, the machine's hold what is beyond."""

import struct
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

OURS = Path(__file__).parent / "dejavu"
# Where fonts lie on Linux and on macOS.
MACHINES = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.fonts",
    "~/.local/share/fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "~/Library/Fonts",
)
ENDINGS = {".ttf", ".otf", ".ttc", ".otc"}
BY_SEGMENTS, BY_GROUPS = 4, 12  # the two ways in which fonts list what they hold
# They have no shape of their own: joiners, directions, variants.
SHAPELESS = {"Cc", "Cf", "Mn", "Zs", "Zl", "Zp"}


@dataclass(frozen=True, slots=True)
class Font:
    """A font, and the spans of letters it holds."""

    path: Path
    firsts: tuple[int, ...]
    lasts: tuple[int, ...]

    def holds(self, letter: str) -> bool:
        """Tell whether it can draw a letter."""
        place = bisect_right(self.firsts, ord(letter)) - 1
        return place >= 0 and ord(letter) <= self.lasts[place]


def fonts_for(words: str) -> list[Path]:
    """Return the fonts that it takes to draw these words, ours first."""
    found = {font.path: None for font in our_fonts()}
    for letter in _beyond_ours(words):
        font = next((each for each in machines_fonts() if each.holds(letter)), None)
        if font:
            found[font.path] = None
    return list(found)


def can_draw(words: str) -> bool:
    """Tell whether every letter of these words has its shape in some font."""
    return all(any(f.holds(letter) for f in machines_fonts()) for letter in _beyond_ours(words))


def _beyond_ours(words: str) -> list[str]:
    ours = our_fonts()
    letters = {each for each in words if unicodedata.category(each) not in SHAPELESS}
    return sorted(letter for letter in letters if not any(f.holds(letter) for f in ours))


@cache
def our_fonts() -> tuple[Font, ...]:
    """Return the fonts that come with the house."""
    return tuple(_read_all(OURS.iterdir()))


@cache
def machines_fonts() -> tuple[Font, ...]:
    """Return the fonts of this machine; they are looked for once, when a name needs one."""
    places = (Path(place).expanduser() for place in MACHINES)
    return tuple(_read_all(path for place in places for path in place.rglob("*")))


def _read_all(paths: Iterable[Path]) -> Iterator[Font]:
    for path in sorted(paths, key=lambda each: each.name):
        if path.suffix.lower() in ENDINGS:
            # A font that cannot be read is as good as none.
            with suppress(OSError, struct.error, KeyError, ValueError):
                yield read_font(path)


def read_font(path: Path) -> Font:
    """Read which letters a font holds, out of its own table of them."""
    with path.open("rb") as file:
        start = _tables(file)[b"cmap"]
        count = _read(file, start + 2, ">H")[0]
        places = [_read(file, start + 4 + 8 * n, ">HHI")[2] + start for n in range(count)]
        kinds = {_read(file, place, ">H")[0]: place for place in places}
        is_wide = BY_GROUPS in kinds
        spans = _groups(file, kinds[BY_GROUPS]) if is_wide else _segments(file, kinds[BY_SEGMENTS])
    firsts, lasts = zip(*sorted(spans), strict=True)
    return Font(path, firsts, lasts)


def _tables(file: BinaryIO) -> dict[bytes, int]:
    """Return where each table of a font begins; of several fonts in one file, the first's."""
    begin = _read(file, 12, ">I")[0] if _read(file, 0, ">4s")[0] == b"ttcf" else 0
    count = _read(file, begin + 4, ">H")[0]
    found = [_read(file, begin + 12 + 16 * place, ">4sIII") for place in range(count)]
    return {name: offset for name, _, offset, _ in found}


def _groups(file: BinaryIO, start: int) -> list[tuple[int, int]]:
    count = _read(file, start + 12, ">I")[0]
    numbers = _read(file, start + 16, f">{3 * count}I")
    return list(zip(numbers[::3], numbers[1::3], strict=True))


def _segments(file: BinaryIO, start: int) -> list[tuple[int, int]]:
    count = _read(file, start + 6, ">H")[0] // 2
    lasts = _read(file, start + 14, f">{count}H")
    firsts = _read(file, start + 16 + 2 * count, f">{count}H")
    return list(zip(firsts, lasts, strict=True))


def _read(file: BinaryIO, place: int, how: str) -> tuple[Any, ...]:
    file.seek(place)
    return struct.unpack(how, file.read(struct.calcsize(how)))
