"""What was wanted, and what was done by hand: the story's own memory, which no service writes."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

Key = tuple[int, str]  # a user's id, and ban, timeout or role

# A lift may have been decided this long before it happens: calls wait in queues and are retried.
ON_ITS_WAY = 300.0


@dataclass(frozen=True, slots=True)
class Intent:
    """What the staff wanted from a moment on."""

    at: float
    wanted: bool
    until: float | None = None
    lifts_all: bool = False  # also what people had set by hand

    def holds(self, at: float) -> bool:
        """Tell whether it is wanted at a moment."""
        return self.wanted and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did by hand."""

    at: float
    what: str
    is_there: bool  # whether the ban, the timeout or the role stands after it
    was_settled: bool  # whether the order was carried out, and nothing of it was on its way


class Story:
    """Everything that is needed to judge the end."""

    def __init__(self, passed: Callable[[], float]) -> None:
        self.passed = passed
        self.intents: dict[Key, list[Intent]] = defaultdict(list)
        self.deeds: dict[Key, list[Deed]] = defaultdict(list)
        self.looks: dict[Key, float] = {}
        self.wrongs: list[str] = []
        self.lines: list[str] = []

    def tell(self, words: str) -> None:
        """Write down what happens."""
        self.lines.append(f"{self.passed():12.3f}  {words}")

    def find(self, rule: str, words: str) -> None:
        """Write down what must never happen."""
        self.wrongs.append(f"{rule}: {words}")
        self.tell(f"WRONG {rule}: {words}")

    def want(self, key: Key, *, wanted: bool, until: float | None, lifts_all: bool = False) -> None:
        """Remember a decision."""
        self.intents[key].append(Intent(self.passed(), wanted, until, lifts_all))

    def last_intent(self, key: Key) -> Intent:
        """Return what was wanted last."""
        return (self.intents.get(key) or [Intent(0.0, wanted=False)])[-1]

    def deeds_since_intent(self, key: Key) -> list[Deed]:
        """List what was done by hand after the last decision."""
        decided = self.last_intent(key).at
        return [deed for deed in self.deeds.get(key, ()) if deed.at >= decided]

    def look(self, key: Key) -> None:
        """Remember that the bot has looked at how things stand."""
        self.looks[key] = self.passed()

    def judge_lift(self, key: Key, *, is_by_hand: bool) -> None:
        """Judge a lift at the moment it takes effect."""
        if is_by_hand and not (self._changed_unseen(key) or self._was_to_go(key)):
            self.find("lifted_foreign", f"{key} was set by hand, and the bot lifted it")
        if self._was_wanted_throughout(key) and not self.deeds_since_intent(key):
            until = self.last_intent(key).until
            self.find("early", f"{key} was lifted at {self.passed():.1f}, wanted until {until}")

    def _changed_unseen(self, key: Key) -> bool:
        looked = self.looks.get(key)
        if looked is None or self.passed() - looked > ON_ITS_WAY:
            return False
        return any(deed.at > looked for deed in self.deeds.get(key, ()))

    def _was_to_go(self, key: Key) -> bool:
        """Tell whether staff had decided that it goes, after it was set by hand."""
        set_at = max((deed.at for deed in self.deeds.get(key, ()) if deed.is_there), default=0.0)
        lately = [intent for intent, _ in self._lately(key)]
        return any(intent.lifts_all and set_at <= intent.at for intent in lately)

    def _was_wanted_throughout(self, key: Key) -> bool:
        is_known = key in self.intents
        return is_known and all(intent.holds(end) for intent, end in self._lately(key))

    def _lately(self, key: Key) -> list[tuple[Intent, float]]:
        """List what was wanted while what happens now was on its way, and until when."""
        now, told = self.passed(), self.intents.get(key, [])
        ends = [*(intent.at for intent in told[1:]), now]
        return [(i, e) for i, e in zip(told, ends, strict=False) if e > now - ON_ITS_WAY]
