"""What archive files say about a person: read for their copy, emptied when they are erased."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from django.apps import apps
from django.db import transaction

from community.models import Archive
from community.querysets.house import ArchiveQuerySet
from community.retention import Erasure
from community.services.archives.files import Line, content_of, remove_files, write_lines
from community.services.archives.returning import model_of

NAMED = ("table_name", "guild_id", "named_by", "first_id", "last_id")


def lines_about(*, user_id: int) -> Iterator[tuple[str, Line]]:
    """Yield each archived row that is about a person, with the table it came from."""
    for archive, rule in _papers(Archive.objects.standing()):
        for line in _lines_naming(archive, user_id):
            if line.get(rule.about) == user_id:
                told = {name: value for name, value in line.items() if name not in rule.hides}
                yield archive.table_name, told


@transaction.atomic
def erase_in_archives(*, user_id: int) -> int:
    """Empty what archive files say about a person, file by file; return how many rows that was."""
    papers = _papers(Archive.objects.standing().select_for_update())
    return sum(_erase_in(archive, rule, user_id) for archive, rule in papers)


def _erase_in(archive: Archive, rule: Erasure, user_id: int) -> int:
    if not any(_lines_naming(archive, user_id)):
        return 0
    lines = [json.loads(line) for line in content_of(archive).splitlines()]
    emptied = [line for line in lines if line.get(rule.about) == user_id and rule.empty(line)]
    if emptied:
        _write_anew(archive, lines)
    return len(emptied)


def _write_anew(archive: Archive, lines: list[Line]) -> None:
    """Put a file in the place of another, whose paper says so and whose file goes."""
    named = {name: getattr(archive, name) for name in NAMED}
    model, folder = model_of(archive.table_name), Path(archive.path).parent
    anew = write_lines(model=model, lines=lines, named=named, folder=folder)
    anew.let_out_at = archive.let_out_at
    anew.save(update_fields=["let_out_at"])
    archive.rewritten_as = anew
    archive.save(update_fields=["rewritten_as"])
    transaction.on_commit(partial(remove_files, archive))


def _papers(standing: ArchiveQuerySet) -> list[tuple[Archive, Erasure]]:
    """Return the files of tables that say something about people, and what is theirs in them."""
    told = {each._meta.db_table: getattr(each, "erasure", None) for each in apps.get_models()}
    rules = {table: rule for table, rule in told.items() if isinstance(rule, Erasure)}
    papers = standing.filter(table_name__in=rules).order_by("pk")
    return [(paper, rules[paper.table_name]) for paper in papers]


def _lines_naming(archive: Archive, user_id: int) -> Iterator[Line]:
    """Yield the lines in which a number stands at all; few of many are ever parsed."""
    number = str(user_id).encode()
    for line in content_of(archive).splitlines():
        if number in line:
            yield json.loads(line)
