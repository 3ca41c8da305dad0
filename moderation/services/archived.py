"""A history that left for archive files: it goes on from there, and is proved there too."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.db.models.functions import Greatest

from community.errors import HouseError
from community.models import Archive
from community.querysets.house import ArchiveQuerySet
from community.services.archives import as_row, read_archive
from moderation.models import Case, CaseEvent, Docket, LadderFire
from moderation.models.cases import NO_HASH
from moderation.services.docket import commitment_to, hash_of, lock_docket
from moderation.services.punishments import take_up_again


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place in a server's history and the hash it had, kept outside the database."""

    guild_id: int
    seq: int
    hash: str


def find_archive_breaches(*, guild_id: int) -> Iterator[str]:
    """Say where the history in a server's archive files is not the one that was written."""
    previous = NO_HASH
    try:
        for paper in _papers(guild_id, CaseEvent):
            for told in read_archive(archive=paper):
                yield from _faults(told, previous)
                previous = told["hash"]
    except HouseError as damage:
        yield str(damage)


def rows_came_back(*, archive: Archive) -> int:
    """Let a docket that lost its rows, or is new, go on where the history stood that came back."""
    if archive.table_name == Case._meta.db_table and archive.guild_id is not None:
        _join_what_followed(archive.guild_id)
        take_up_again(guild_id=archive.guild_id)
    if archive.table_name != CaseEvent._meta.db_table or archive.guild_id is None:
        return 0
    last = _last_line(archive)
    docket = lock_docket(archive.guild_id)
    if docket.last_event == 0:
        docket.last_event, docket.head = last["seq"], last["hash"]
        docket.save(update_fields=["last_event", "head"])
    first = CaseEvent.objects.of(docket.guild_id).filter(seq__gt=last["seq"]).in_order().first()
    if docket.last_event != last["seq"] and (first is None or first.previous != last["hash"]):
        raise HouseError("This server has begun another history: its old one is read, not mixed.")
    numbers = Case.objects.of(docket.guild_id).order_by("-number").values_list("number", flat=True)
    Docket.objects.of(docket.guild_id).update(last_case=Greatest(F("last_case"), numbers[0]))
    return 0


def _join_what_followed(guild_id: int) -> None:
    """Let a rung know the case that followed, which left in a file of its own before it."""
    lost = LadderFire.objects.of(guild_id).filter(consequence=None, words="")
    for fire in lost.select_related("warning"):
        followed = Case.objects.of(guild_id).filter(cause_id=fire.warning.case_id)
        fire.consequence = followed.filter(source=Case.Source.RULE).first()
        fire.save(update_fields=["consequence"])


def archived_head(*, guild_id: int) -> Anchor | None:
    """Return where the history in the archive files ends, if that in the database goes on there.

    It does not when the server was gone and forgotten, and began anew.
    """
    paper = _papers(guild_id, CaseEvent).last()
    if paper is None:
        return None
    last = _last_line(paper)
    previous = CaseEvent.objects.of(guild_id).in_order().values_list("previous", flat=True)
    heads = Docket.objects.of(guild_id).values_list("head", flat=True)
    goes_on = (previous.first() or heads.first()) == last["hash"]
    return Anchor(guild_id, last["seq"], last["hash"]) if goes_on else None


def kept_in_archives(*, guild_id: int, anchors: Collection[Anchor]) -> frozenset[Anchor]:
    """Return which anchors are of an earlier history that lies in files, and not of the present."""
    papers = _papers(guild_id, CaseEvent)
    if not anchors or not papers or archived_head(guild_id=guild_id) is not None:
        return frozenset()
    told = (line for paper in papers for line in read_archive(archive=paper))
    return frozenset({Anchor(guild_id, line["seq"], line["hash"]) for line in told} & {*anchors})


def archived_cases(*, guild_id: int) -> int:
    """Return how many cases of a server's present history lie in archive files."""
    if archived_head(guild_id=guild_id) is None:
        return 0
    return sum(_papers(guild_id, Case).values_list("row_count", flat=True))


def _papers(guild_id: int, model: type[Any]) -> ArchiveQuerySet:
    standing = Archive.objects.standing().filter(guild_id=guild_id)
    return standing.filter(table_name=model._meta.db_table).order_by("first_id")


def _last_line(paper: Archive) -> dict[str, Any]:
    *_, last = read_archive(archive=paper)
    return last


def _faults(told: dict[str, Any], previous: str) -> Iterator[str]:
    where = f"Archived event {told['seq']} of server {told['guild_id']}"
    # A server that was forgotten and came again begins anew.
    if told["previous"] != (NO_HASH if told["seq"] == 1 else previous):
        yield f"{where} does not follow the one before it."
    if hash_of(as_row(model=CaseEvent, line=told), number=told["number"]) != told["hash"]:
        yield f"{where} is not as it was written."
    for text in told["texts"]:
        if text["words"] and commitment_to(text["words"], salt=text["salt"]) != told["commitment"]:
            yield f"The words of {where[0].lower()}{where[1:]} are not those that were said."
