"""One backup, and everything that a disk, a person or another house may do to it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from django.test import override_settings

from community.errors import HouseError
from community.models import User
from community.scope import cross_guild
from config.backups.making import fingerprint, make_backup
from config.backups.papers import dump_of, papers_in, write_paper
from config.backups.proving import prove_backup
from config.backups.restoring import refuse_unfit

FIRST_ID, MOST_PEOPLE = 10**17, 200
TABLE = User._meta.db_table


class DamagePlay:
    """A house, its backup, and what was said of each damage."""

    def __init__(self, seed: int) -> None:
        self._chance = Random(f"backups {seed}")
        self.told: dict[str, str] = {}
        self.wrongs: list[str] = []

    def run(self) -> None:
        """Spoil the backup in every way, and write down what went unnoticed."""
        with TemporaryDirectory() as folder, cross_guild("the whole house is the drill's own"):
            self._folder = Path(folder)
            self._settle_in()
            try:
                self.wrongs = list(self._judge())
            finally:
                User.objects.all().delete()

    def _settle_in(self) -> None:
        people = range(FIRST_ID, FIRST_ID + self._chance.randint(3, MOST_PEOPLE))
        self._people = [User(id=each, username=f"user{each % 1000}") for each in people]
        User.objects.bulk_create(self._people[:-1])
        self._older = make_backup(self._folder)
        self._people[-1].save()
        self._paper = make_backup(self._folder)
        self._dump = dump_of(self._paper, self._folder)
        self._whole = self._dump.read_bytes()

    def _judge(self) -> Iterator[str]:
        if said := self._is_refused():
            yield f"refused_whole: {said}"
        for damage in DAMAGES:
            self.told[damage.__name__] = self._suffer(damage)
            self._mend()
        yield from (f"unnoticed: {name}" for name, said in self.told.items() if not said)
        if said := self._is_refused():
            yield f"refused_mended: {said}"

    def _suffer(self, damage: Callable[["DamagePlay"], None]) -> str:
        damage(self)
        if damage is signed_by_another_house:
            with override_settings(SECRET_KEY="of another house"):  # noqa: S106
                return self._is_refused()
        return self._is_refused()

    def _is_refused(self) -> str:
        """Return why the backup as it lies there is no backup; empty when it is one."""
        try:
            found = {paper.name: paper for paper in papers_in(self._folder)}
            if self._paper.name not in found:
                return "There is no such backup."
            refuse_unfit(found[self._paper.name], self._folder)
            prove_backup(found[self._paper.name], self._folder)
        except HouseError as refusal:
            return str(refusal)
        return ""

    def _mend(self) -> None:
        self._dump.write_bytes(self._whole)
        write_paper(self._paper, self._folder)

    @property
    def paper(self) -> Path:
        """Where the backup's paper lies."""
        return self._folder / f"{self._paper.name}.json"

    @property
    def older(self) -> Path:
        """Where the file of an older backup of this house lies."""
        return dump_of(self._older, self._folder)

    @property
    def dump(self) -> Path:
        """Where the backup's file lies."""
        return self._dump

    @property
    def whole(self) -> bytes:
        """What its file held."""
        return self._whole

    def somewhere(self) -> int:
        """Return a place within the file."""
        return self._chance.randrange(len(self._whole))

    def sign(self, **changed: object) -> None:
        """Write the paper anew, as only who holds the house's key can."""
        size, sha256 = fingerprint(self._dump)
        told = {"size": size, "sha256": sha256, **changed}
        write_paper(replace(self._paper, **told), self._folder)  # type: ignore[arg-type]

    @property
    def tables(self) -> dict[str, tuple[int, str]]:
        """What the paper says of each table."""
        return dict(self._paper.tables)


def flipped_bit(play: DamagePlay) -> None:
    """Flip one bit of the file."""
    at = play.somewhere()
    spoiled = bytes([play.whole[at] ^ (1 << play.somewhere() % 8)])
    play.dump.write_bytes(play.whole[:at] + spoiled + play.whole[at + 1 :])


def torn_off(play: DamagePlay) -> None:
    """Tear the file off."""
    play.dump.write_bytes(play.whole[: play.somewhere()])


def overwritten(play: DamagePlay) -> None:
    """Leave zeros in the file, as a crash may."""
    at = play.somewhere() // 2
    play.dump.write_bytes(play.whole[:at] + bytes(512) + play.whole[at + 512 :])


def longer(play: DamagePlay) -> None:
    """Write something behind its end."""
    play.dump.write_bytes(play.whole + play.whole[: 1 + play.somewhere() % 99])


def gone(play: DamagePlay) -> None:
    """Take the file away."""
    play.dump.unlink()


def older_file(play: DamagePlay) -> None:
    """Put an older backup's file in its place."""
    play.dump.write_bytes(play.older.read_bytes())


def older_file_signed(play: DamagePlay) -> None:
    """Put an older backup's file in its place, and sign the paper for it."""
    older_file(play)
    play.sign()


def torn_off_signed(play: DamagePlay) -> None:
    """Tear the file off, and sign the paper for what is left."""
    play.dump.write_bytes(play.whole[: len(play.whole) // 2 + play.somewhere() // 2])
    play.sign()


def other_rows_promised(play: DamagePlay) -> None:
    """Promise other rows, as many."""
    play.sign(tables=play.tables | {TABLE: (play.tables[TABLE][0], "1")})


def lost_table(play: DamagePlay) -> None:
    """Promise a table that is not in the file."""
    play.sign(tables=play.tables | {"community_lost": (1, "1")})


def changed_paper(play: DamagePlay) -> None:
    """Change the paper, without the key."""
    said = play.paper.read_text(encoding="utf-8")
    play.paper.write_text(said.replace('"took": ', '"took": 1'), encoding="utf-8")


def torn_paper(play: DamagePlay) -> None:
    """Tear the paper off."""
    said = play.paper.read_bytes()
    play.paper.write_bytes(said[: play.somewhere() % (len(said) - 2)])


def signed_by_another_house(_: DamagePlay) -> None:
    """Do nothing: the house that would put it back is another one."""


DAMAGES: tuple[Callable[[DamagePlay], None], ...] = (
    flipped_bit,
    torn_off,
    overwritten,
    longer,
    gone,
    older_file,
    older_file_signed,
    torn_off_signed,
    other_rows_promised,
    lost_table,
    changed_paper,
    torn_paper,
    signed_by_another_house,
)
