"""Charts: where each mark of a picture stands; a template draws them, so all text is escaped."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal, TypeAlias

WIDTH, HEIGHT = 640, 240
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 12, 28
STEPS = 4  # an axis has so many
ROW = 30  # the height of one bar that lies
NAME_WIDTH = 150
LONGEST_NAME = 22
TONES = 6
BROKEN = "broken"  # the tone of what failed, which is drawn as an outline too
LEAST = 2  # a bar of any height at all is seen
MOST_LABELS = 8
CELL_LEFT, CELL = 44, 24.5  # of a map: where its fields begin, and how large each is
SHADES = 6  # a field that saw nothing has none; the busiest has the last


Tone: TypeAlias = int | str


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers of one kind, one for each label of their chart."""

    name: str
    values: Sequence[int]
    # Where its place among the others says too little of what it means.
    tone: Tone | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """A bar, and what it says when somebody points at it."""

    x: float
    y: float
    width: float
    height: float
    tone: Tone
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line through all values of one series, and the surface under it."""

    points: str
    surface: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Text:
    """A word or number beside the picture."""

    x: float
    y: float
    words: str
    anchor: str = "middle"


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Some series over the same labels, as bars side by side, stacked, lying, or as lines."""

    title: str
    kind: Literal["bar", "stacked", "ranking", "line"]
    axis: str
    labels: Sequence[str]
    series: Sequence[Series]
    # Whether a number says how many there are, so that a sum of them would say nothing.
    is_level: bool = False

    @property
    def is_empty(self) -> bool:
        """True when there is nothing to draw."""
        return not any(value for each in self.series for value in each.values)

    @property
    def height(self) -> int:
        """How high the picture is; a ranking grows with its bars."""
        return TOP + ROW * len(self.labels) if self.kind == "ranking" else HEIGHT

    @property
    def width(self) -> int:
        """How wide the picture is."""
        return WIDTH

    @cached_property
    def top(self) -> int:
        """A round number that no value exceeds."""
        columns = self._columns()
        most = max((sum(c) if self.kind == "stacked" else max(c) for c in columns), default=0)
        return round_up(most)

    @property
    def summary(self) -> str:
        """What the picture shows, in words."""
        totals = ", ".join(f"{each.name} {self._whole(each.values)}" for each in self.series)
        if self.kind == "ranking" or not self.labels:
            return f"{self.title}: {totals}."
        return f"{self.title}, {self.labels[0]} to {self.labels[-1]}: {totals}."

    @property
    def rows(self) -> list[tuple[str, tuple[int, ...]]]:
        """The same as a table."""
        return list(zip(self.labels, self._columns(), strict=True))

    @property
    def legend(self) -> list[tuple[Tone, str]]:
        """Which tone means which series; one alone needs no legend."""
        names = [(self._tone(place), each.name) for place, each in enumerate(self.series)]
        return names if len(names) > 1 else []

    @property
    def headings(self) -> list[str]:
        """What stands above the columns of the table."""
        return [each.name for each in self.series]

    @property
    def grid(self) -> list[Text]:
        """The heights that are drawn through, with their numbers."""
        if self.kind == "ranking":
            return []
        few = self.top < STEPS
        steps = range(self.top + 1) if few else range(0, self.top + 1, self.top // STEPS)
        return [Text(LEFT - 6, self._y(step), f"{step:,}", "end") for step in steps]

    @property
    def names(self) -> list[Text]:
        """The labels that there is room for."""
        if self.kind == "ranking":
            return [
                Text(NAME_WIDTH - 10, TOP + ROW * row + ROW / 2, _short(label), "end")
                for row, label in enumerate(self.labels)
            ]
        every = max(1, -(-len(self.labels) // MOST_LABELS))
        return [
            Text(self._x(place + 0.5), HEIGHT - 8, label)
            for place, label in enumerate(self.labels)
            if place % every == 0
        ]

    @property
    def marks(self) -> Iterator[Mark]:
        """The bars; those of a line chart are unseen, and only say their number."""
        return self._ranked() if self.kind == "ranking" else self._upright()

    @property
    def lines(self) -> list[Line]:
        """The lines of a line chart."""
        if self.kind != "line":
            return []
        return [self._line(self._tone(at), each.values) for at, each in enumerate(self.series)]

    def _columns(self) -> list[tuple[int, ...]]:
        return list(zip(*(each.values for each in self.series), strict=True))

    def _x(self, place: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * place / max(1, len(self.labels)), 1)

    def _y(self, value: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / max(1, self.top), 1)

    def _whole(self, values: Sequence[int]) -> str:
        if self.is_level and values:
            return f"from {values[0]:,} to {values[-1]:,}"
        return f"{sum(values):,}"

    def _tone(self, place: int) -> Tone:
        told = self.series[place].tone
        return place % TONES if told is None else told

    def _line(self, tone: Tone, values: Sequence[int]) -> Line:
        points = [f"{self._x(at + 0.5)},{self._y(value)}" for at, value in enumerate(values)]
        ends = f"{self._x(len(values) - 0.5)},{self._y(0)} {self._x(0.5)},{self._y(0)}"
        return Line(" ".join(points), f"{' '.join(points)} {ends}", tone)

    def _upright(self) -> Iterator[Mark]:
        slot = self._x(1) - self._x(0)
        width = slot * 0.72 / (len(self.series) if self.kind == "bar" else 1)
        for place, (label, column) in enumerate(self.rows):
            below = 0
            for kind, value in enumerate(column):
                shift = kind * width if self.kind == "bar" else 0
                floor = self._y(below)
                height = max(floor - self._y(below + value), LEAST if value else 0)
                words = f"{label}: {self.series[kind].name} {value:,}"
                x = round(self._x(place) + slot * 0.14 + shift, 1)
                box = (x, round(floor - height, 1), round(width, 1), round(height, 1))
                yield Mark(*box, self._tone(kind), words)
                below += value if self.kind == "stacked" else 0

    def _ranked(self) -> Iterator[Mark]:
        room = WIDTH - NAME_WIDTH - 60
        for row, (label, column) in enumerate(self.rows):
            length = round(room * column[0] / max(1, self.top), 1)
            words = f"{label}: {column[0]:,}"
            yield Mark(NAME_WIDTH, TOP + ROW * row + 6, length, ROW - 12, 0, words)

    @property
    def figures(self) -> list[Text]:
        """The numbers at the ends of bars that lie."""
        if self.kind != "ranking":
            return []
        return [
            Text(mark.x + mark.width + 8, mark.y + mark.height / 2, f"{value[0]:,}", "start")
            for mark, (_, value) in zip(self._ranked(), self.rows, strict=True)
        ]


@dataclass(frozen=True, kw_only=True)
class HeatMap:
    """Numbers in rows and columns, each as a field that is darker the larger it is."""

    kind: ClassVar[str] = "heat"
    # What other pictures have besides fields.
    grid: ClassVar[tuple[Text, ...]] = ()
    lines: ClassVar[tuple[Line, ...]] = ()
    figures: ClassVar[tuple[Text, ...]] = ()
    legend: ClassVar[tuple[tuple[Tone, str], ...]] = ()

    title: str
    name: str
    axis: str
    labels: Sequence[str]
    headings: Sequence[str]
    values: Sequence[Sequence[int]]

    @property
    def is_empty(self) -> bool:
        """True when there is nothing to draw."""
        return not self.top

    @property
    def width(self) -> int:
        """How wide the picture is."""
        return WIDTH

    @property
    def height(self) -> int:
        """How high the picture is."""
        return round(CELL * len(self.labels)) + BOTTOM

    @property
    def top(self) -> int:
        """The largest number."""
        return max((value for row in self.values for value in row), default=0)

    @property
    def summary(self) -> str:
        """What the picture shows, in words."""
        if self.is_empty:
            return f"{self.title}: nothing."
        found = max(
            (value, -down, -right)
            for down, row in enumerate(self.values)
            for right, value in enumerate(row)
        )
        label, heading = self.labels[-found[1]], self.headings[-found[2]]
        return f"{self.title}: most on {label} at {heading}, {found[0]:,} {self.name}."

    @property
    def rows(self) -> list[tuple[str, tuple[int, ...]]]:
        """The same as a table."""
        return [(label, tuple(row)) for label, row in zip(self.labels, self.values, strict=True)]

    @property
    def names(self) -> list[Text]:
        """What rows and columns are called, as far as there is room."""
        beside = [
            Text(CELL_LEFT - 6, CELL * (down + 0.5) + 4, label[:3], "end")
            for down, label in enumerate(self.labels)
        ]
        below = [
            Text(round(CELL_LEFT + CELL * (right + 0.5), 1), self.height - 10, heading)
            for right, heading in enumerate(self.headings)
            if right % 3 == 0
        ]
        return beside + below

    @property
    def marks(self) -> Iterator[Mark]:
        """The fields."""
        for down, (label, row) in enumerate(self.rows):
            for right, value in enumerate(row):
                words = f"{label} {self.headings[right]}: {value:,} {self.name}"
                x, y = round(CELL_LEFT + CELL * right, 1), round(CELL * down, 1)
                yield Mark(x, y, CELL - 2, CELL - 2, self._shade(value), words)

    def _shade(self, value: int) -> int:
        return -(-value * (SHADES - 1) // max(1, self.top))


def round_up(value: int) -> int:
    """Return the next number that an axis would end at."""
    if value <= STEPS:
        return max(value, 1)
    power = 10 ** (len(str(value)) - 1)
    steps = [power * step for step in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10)]
    found = next(int(step) for step in steps if step >= value)
    return found + -found % STEPS


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
