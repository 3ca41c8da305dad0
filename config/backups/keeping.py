"""Which backups stay: seven days and three weeks, and never below one that was proved."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from django.conf import settings

from community.errors import HouseError
from community.services.backups import forget_backups, know_backup, note_damage
from community.services.progress import tell_progress
from config.backups.files import alone_in, keep_names
from config.backups.making import make_backup, sweep_drafts
from config.backups.papers import Paper, papers_in, write_paper
from config.backups.proving import prove_backup

# Erased people are gone from every backup when the last one that knew them is.
EVERY_ONE = timedelta(days=1)
DAYS, WEEKS = 7, 3


def back_up(folder: Path | None = None) -> Paper:
    """Make a backup, prove it, and let go of those that the rule does not keep."""
    folder = folder or settings.BACKUPS
    with alone_in(folder):
        sweep_drafts(folder)
        tell_progress(done=0, whole=2)
        paper = make_backup(folder)
        know(paper)
        tell_progress(done=1, whole=2)
        paper = _proved(paper, folder)
        let_go(folder, now=paper.made_at)
    return paper


def prove_again(folder: Path, names: Sequence[str] = ()) -> Iterator[tuple[Paper, str]]:
    """Prove backups that are there; yield each with what is wrong with it, or nothing."""
    with alone_in(folder):
        for paper in chosen(folder, names):
            try:
                yield _proved(paper, folder), ""
            except HouseError as trouble:
                note_damage(name=paper.name, words=str(trouble))
                yield paper, str(trouble)


def chosen(folder: Path, names: Sequence[str] = ()) -> list[Paper]:
    """Return the backups with these names, all of them for none; refuse a name that is not."""
    papers = {paper.name: paper for paper in papers_in(folder)}
    if unknown := [name for name in names if name not in papers]:
        raise HouseError(f"There is no backup {unknown[0]} in {folder}.")
    return [papers[name] for name in names or papers]


def know_all(folder: Path) -> None:
    """Write down which backups are there: after a restore the rows know only older ones."""
    papers = list(papers_in(folder))
    for paper in papers:
        know(paper)
    forget_backups(besides=[paper.name for paper in papers])


def let_go(folder: Path, *, now: datetime) -> list[str]:
    """Remove the backups that the rule does not keep; return their names."""
    papers = list(papers_in(folder))
    kept = set(kept_of(papers, now=now))
    gone = [paper.name for paper in papers if paper.name not in kept]
    for name in gone:
        # Without its paper a dump is a draft, and swept: so the paper goes first.
        for path in (folder / f"{name}.json", folder / f"{name}.dump"):
            path.unlink(missing_ok=True)
    keep_names(folder)
    forget_backups(besides=kept)
    return gone


def kept_of(papers: Iterable[Paper], *, now: datetime) -> list[str]:
    """Name the backups that stay: all of a day, then one a day, then one a week."""
    ordered = sorted(papers, key=lambda paper: paper.made_at, reverse=True)
    proved = [paper for paper in ordered if paper.verified_at]
    # What was never proved is kept only while it may still be; it stands in for nothing.
    young = [paper for paper in ordered if now - paper.made_at < EVERY_ONE]
    days = _newest_of_each(proved, _day, DAYS)
    weeks = _newest_of_each(proved, lambda paper: _day(paper).isocalendar()[:2], WEEKS)
    return sorted({paper.name for paper in (*young, *days, *weeks)})


def know(paper: Paper) -> None:
    """Write a backup down."""
    know_backup(
        name=paper.name,
        made_at=paper.made_at,
        took=paper.duration,
        size=paper.size,
        row_count=paper.row_count,
        verified_at=paper.verified_at,
    )


def _proved(paper: Paper, folder: Path) -> Paper:
    prove_backup(paper, folder)
    paper = paper.verified(datetime.now(UTC))
    write_paper(paper, folder)
    know(paper)
    return paper


def _day(paper: Paper) -> date:
    return paper.made_at.astimezone(UTC).date()


def _newest_of_each(
    papers: Iterable[Paper], span: Callable[[Paper], object], most: int
) -> list[Paper]:
    """Return the newest paper of each span of time, of the latest spans."""
    newest: dict[object, Paper] = {}
    for paper in papers:
        newest.setdefault(span(paper), paper)
    return list(newest.values())[:most]
