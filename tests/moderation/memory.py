"""What a moderator with a good memory knows of everybody: no rows, nothing of the services."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LIFETIME, WINDOW = 90 * DAY, 30 * DAY
# From so many points on: what follows, and for how long; None is for ever.
LADDER = ((3, "mute", HOUR), (5, "mute", 5 * DAY), (7, "kick", None), (9, "ban", None))
LIFTS = {"unmute": "mute", "unban": "ban"}


@dataclass
class Warned:
    """A warning that counts, and what came of it."""

    case: int
    points: int
    given: datetime
    until: datetime | None
    followed: int | None = None
    is_over: bool = False

    def stands(self, now):
        return not self.is_over and (self.until is None or now < self.until)

    def counts(self, now):
        return self.stands(now) and now - WINDOW < self.given


@dataclass
class Held:
    """Something that holds: by which case, since when, until when."""

    case: int
    since: datetime
    until: datetime | None


@dataclass
class Person:
    """Somebody, as the moderators know them."""

    is_here: bool = True
    warnings: list[Warned] = field(default_factory=list)
    holds: dict[str, Held] = field(default_factory=dict)

    def points(self, now):
        return sum(each.points for each in self.warnings if each.counts(now))


class Memory:
    """Everybody, and how many cases and climbed rungs there were."""

    def __init__(self, people):
        self.people = {each: Person() for each in people}
        self.cases, self.fires = [], 0

    def open_case(self, kind, person):
        self.cases.append((kind, person))
        return len(self.cases)

    def warn(self, person, points, now):
        someone = self.people[person]
        before = someone.points(now)
        warned = Warned(self.open_case("warn", person), points, now, now + LIFETIME)
        someone.warnings.append(warned)
        crossed = [each for each in LADDER if before < each[0] <= before + points]
        if crossed:
            self.fires += 1
            warned.followed = self._follow(person, now, *crossed[-1][1:])

    def _follow(self, person, now, kind, span):
        someone = self.people[person]
        holds = someone.holds.get(kind)
        if kind == "kick":
            can = someone.is_here and "ban" not in someone.holds
            return self.open_case("kick", person) if can else None
        if holds and span and (holds.until is None or holds.until >= now + span):
            return None
        self.punish(kind, person, span, now)
        return None if holds and kind == "mute" else len(self.cases)

    def punish(self, kind, person, span, now):
        someone = self.people[person]
        until = None if span is None else now + span
        if kind == "mute" and (holds := someone.holds.get("mute")):
            holds.until = until
        else:
            someone.holds[kind] = Held(self.open_case(kind, person), now, until)

    def lift(self, kind, person):
        self.open_case(kind, person)
        self.people[person].holds.pop(LIFTS[kind], None)

    def held_by(self, case):
        for someone in self.people.values():
            for kind, holds in someone.holds.items():
                if holds.case == case:
                    return someone, kind, holds
        return None

    def amend(self, case, span, now):
        """Let what a case began end at another time; False where that cannot be."""
        found = self.ending_by(case, now)
        if found is None:
            return False
        what, since = found
        until = None if span is None else since + span
        if until == what.until or (until is not None and until <= now):
            return False
        what.until = until
        return True

    def ending_by(self, case, now):
        """Return what a case began, while it lasts, and since when."""
        if found := self.held_by(case):
            return found[2], found[2].since
        warned = [each for someone in self.people.values() for each in someone.warnings]
        return next(((w, w.given) for w in warned if w.case == case and w.stands(now)), None)

    def take_back(self, case):
        """Let a warning count no more; return it, with what followed from it."""
        for someone in self.people.values():
            for warned in someone.warnings:
                if warned.case == case:
                    warned.is_over = True
                    return warned
        return None

    def overrule(self, case):
        """Undo a case with all that followed from it; return the cases that were undone."""
        if found := self.held_by(case):
            someone, kind, _ = found
            del someone.holds[kind]
        warned = self.take_back(case)
        followed = warned.followed if warned else None
        return {case} if followed is None else {case, *self.overrule(followed)}

    def pass_time(self, now):
        for someone in self.people.values():
            for kind, holds in list(someone.holds.items()):
                if holds.until is not None and holds.until <= now:
                    del someone.holds[kind]
