"""What the staff decided, as a simple memory has it: nothing here is read from the house's rows."""

from collections import defaultdict
from dataclasses import dataclass, field

from drills.moderation.schedule import LADDER
from drills.orders.story import Story

ORDER = {"mute": "timeout", "ban": "ban"}


@dataclass
class Warned:
    """A warning, what it counts, and the case that followed from it."""

    person: int
    points: int
    counts: bool = True
    followed: int | None = None


@dataclass
class Memory:
    """Which case holds what against whom, until when; and who was warned how often."""

    story: Story
    held: dict[tuple[int, str], tuple[int, float | None]] = field(default_factory=dict)
    warnings: dict[int, Warned] = field(default_factory=dict)
    cases: dict[int, str] = field(default_factory=dict)
    by_decision: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    fires: int = 0

    def points_of(self, person: int) -> int:
        """Return the points that count against somebody."""
        return sum(w.points for w in self.warnings.values() if w.person == person and w.counts)

    def begin(self, case: int, person: int, kind: str, until: float | None) -> None:
        """Remember that something holds until a moment."""
        self.held[person, kind] = case, until
        self.story.want((person, ORDER[kind]), wanted=True, until=until)

    def end(self, person: int, kind: str, *, lifts_all: bool = False) -> None:
        """Remember that it holds no more, or not even where it was given by hand."""
        self.held.pop((person, kind), None)
        self.story.want((person, ORDER[kind]), wanted=False, until=None, lifts_all=lifts_all)

    def warn(self, case: int, person: int, points: int) -> tuple[str, float | None] | None:
        """Remember a warning; return what the ladder asks for."""
        before = self.points_of(person)
        self.warnings[case] = Warned(person, points)
        crossed = [each for each in LADDER if before < each[0] <= before + points]
        if not crossed:
            return None
        self.fires += 1
        return crossed[-1][1:]

    def follow(self, warning: int, case: int, kind: str, until: float | None) -> None:
        """Remember what followed from a warning, as a case of its own or within one that held."""
        warned = self.warnings[warning]
        holds = self.held.get((warned.person, kind))
        if holds is None or kind == "ban":
            warned.followed = case
        self.begin(case, warned.person, kind, until)

    def overrule(self, case: int) -> None:
        """Remember that a case is undone, with what followed from it."""
        for (person, kind), (holder, _) in list(self.held.items()):
            if holder == case:
                self.end(person, kind)
        if warned := self.warnings.get(case):
            warned.counts = False
            if warned.followed is not None:
                self.overrule(warned.followed)
