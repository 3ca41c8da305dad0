"""What must be so in the end: a notebook kept from the answers alone, against rows and files."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from community.errors import HouseError
from community.models import Archive
from community.services.archives import read_archive
from drills.bank.client import Told
from drills.bank.schedule import AT_FIRST, FIRST_PERSON, Schedule
from economy.models import Transfer, Wallet
from economy.services.proof import find_archive_breaches, find_breaches

# Who asks for something else by a known key, or undoes twice, is refused.
MUST_BE_REFUSED = ("otherwise", "undo by another key")


class Oracle:
    """Judges the end of a story by what its clients were told."""

    def __init__(self, schedule: Schedule, guild_id: int, journals: list[Told]) -> None:
        self._schedule = schedule
        self._guild_id = guild_id
        self._journals = journals

    def judge(self) -> Iterator[str]:
        """Yield what is wrong, each as `rule: words`."""
        yield from self._answers()
        yield from self._different_answers()
        yield from self._keys()
        yield from self._notebook()
        yield from (f"books: {breach}" for breach in find_breaches(guild_id=self._guild_id))
        yield from (f"files: {each}" for each in find_archive_breaches(guild_id=self._guild_id))

    def _answers(self) -> Iterator[str]:
        for told in self._journals:
            if told.get("deadlocks"):
                yield f"deadlock: {told}"
            if "broke" in told:
                yield f"broke: {told}"
            if "transfer" in told and told["what"] in MUST_BE_REFUSED:
                yield f"let_through: {told}"

    def _different_answers(self) -> Iterator[str]:
        answers: defaultdict[str, set[str]] = defaultdict(set)
        for told in self._moved():
            answers[self._key(told)].add(f"{told['transfer']} {told['after']}")
        for key, different in answers.items():
            if len(different) > 1:
                yield f"answer: {key} was answered by {sorted(different)}"

    def _moved(self) -> Iterator[Told]:
        yield from (told for told in self._journals if "transfer" in told)

    def _key(self, told: Told) -> str:
        what = told["what"] if told["what"].startswith("undo") else "wish"
        return f"{what}:{told['wish']}"

    def _moved_keys(self) -> set[str]:
        return {self._key(told) for told in self._moved()}

    def _keys(self) -> Iterator[str]:
        """Compare what was answered with the transfers there are, at hand and in files."""
        keys = list(Transfer.objects.of(self._guild_id).values_list("key", flat=True))
        papers = Archive.objects.filter(guild_id=self._guild_id, table_name="economy_transfer")
        try:
            keys += [row["key"] for paper in papers for row in read_archive(archive=paper)]
        except HouseError as damage:
            yield f"files: {damage}"
        there = Counter(key for key in keys if not key.startswith("first:"))
        for key in self._moved_keys() ^ set(there):
            yield f"{'lost' if key not in there else 'unasked'}: {key}"
        yield from (f"twice: {key} {times} times" for key, times in there.items() if times > 1)

    def _notebook(self) -> Iterator[str]:
        """Add up by hand what was answered, and compare with every wallet."""
        people = range(FIRST_PERSON, FIRST_PERSON + self._schedule.people)
        coins = Counter(dict.fromkeys(people, AT_FIRST))
        for key in self._moved_keys():
            what, _, number = key.partition(":")
            wish = self._schedule.wishes[int(number)]
            amount = wish.amount if what == "wish" else -wish.amount
            coins[wish.source] -= amount
            coins[wish.target] += amount
        for wallet in Wallet.objects.of(self._guild_id).filter(owner_id__in=people):
            if wallet.balance != coins[wallet.owner_id]:
                yield f"notebook: {wallet} holds {wallet.balance}, not {coins[wallet.owner_id]}"
