"""How old coin movements leave the database, page by page, and every sum stays what it was."""

import logging
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Min

from community.errors import HouseError
from community.models import Archive
from community.scope import cross_guild, guild_scope
from community.services.archives import (
    Span,
    came_back_lately,
    close_restored,
    let_out,
    oldest_span,
    put_back,
    read_archive,
    write_archive,
)
from economy.models import Posting, Transfer
from economy.models.wallets import AT_HAND

log = logging.getLogger(__name__)

# The wallets of a page wait while it leaves, so a page is small, and a run has few.
TRANSFERS_PER_PAGE = 5_000
ROWS_PER_RUN = 30_000
SERVERS_PER_RUN = 20

# Wallets are taken in the order in which every payment takes them.
CARRY_OVER = """
WITH came AS (
    SELECT wallet_id, sum(amount) AS coins FROM economy_posting
    WHERE guild_id = %(guild)s AND transfer_id BETWEEN %(first)s AND %(last)s
    GROUP BY wallet_id
), turn AS MATERIALIZED (
    SELECT id FROM economy_wallet
    WHERE guild_id = %(guild)s AND id IN (SELECT wallet_id FROM came)
    ORDER BY id FOR NO KEY UPDATE
)
UPDATE economy_wallet AS wallet SET archived = wallet.archived + %(sign)s * came.coins
FROM turn JOIN came ON came.wallet_id = turn.id
WHERE wallet.guild_id = %(guild)s AND wallet.id = turn.id
"""


@transaction.atomic
def archive_page(*, guild_id: int, before: datetime, folder: Path | None = None) -> int:
    """Let the oldest transfers of a server leave with all their lines; return how many rows."""
    with guild_scope(guild_id):
        most = TRANSFERS_PER_PAGE
        span = oldest_span(model=Transfer, guild_id=guild_id, before=before, most=most)
        if span is None:
            return 0
        papers = _write_page(span, folder or settings.GUILDHALL_DATA / "archives")
        with connection.cursor() as cursor:
            cursor.execute(CARRY_OVER, _carried(span, sign=1))
        # The lines first: a transfer leaves only when nothing hangs on it.
        return sum(let_out(archive=paper) for paper in papers)


def archive_old_coins(*, now: datetime) -> int:
    """Let the days that are over their time leave, so many rows at once; return how many."""
    midnight = datetime.combine(now.astimezone(UTC).date(), time.min, UTC)
    before, gone = midnight - (AT_HAND.after or timedelta()), 0
    for guild_id in _servers_with_old_coins(before):
        if gone < ROWS_PER_RUN:
            gone += _try_page(guild_id, before)
    return gone


@transaction.atomic
def rows_came_back(*, archive: Archive) -> int:
    """Bring the lines of transfers back with them, and take them off what wallets have archived."""
    if archive.table_name != Transfer._meta.db_table or archive.guild_id is None:
        return 0
    span = Span(archive.guild_id, archive.first_id, archive.last_id, named_by="transfer_id")
    alike = {"guild_id": span.guild_id, "first_id": span.first, "last_id": span.last}
    lines = Archive.objects.standing().get(table_name=Posting._meta.db_table, **alike)
    with guild_scope(archive.guild_id):
        came = put_back(model=Posting, lines=read_archive(archive=lines))
        with connection.cursor() as cursor:
            cursor.execute(CARRY_OVER, _carried(span, sign=-1))
        close_restored(archive=lines)
    return came


def _carried(span: Span, *, sign: int) -> dict[str, Any]:
    return {"guild": span.guild_id, "first": span.first, "last": span.last, "sign": sign}


def _servers_with_old_coins(before: datetime) -> list[int]:
    """Return who has waited longest, in the order in which all go from server to server."""
    with cross_guild("whose coin movements are old enough for an archive"):
        read = came_back_lately(table=Transfer._meta.db_table)
        rest = Transfer.objects.filter(at__lt=before).exclude(read)
        old = rest.values("guild_id").annotate(oldest=Min("at"))
        waiting = old.order_by("oldest").values_list("guild_id", flat=True)
        return sorted(waiting[:SERVERS_PER_RUN])


def _try_page(guild_id: int, before: datetime) -> int:
    """Move one page; a server that refuses is told of, and does not stop the others."""
    try:
        return archive_page(guild_id=guild_id, before=before)
    except (DatabaseError, HouseError, OSError):
        log.exception("The old coin movements of server %s could not leave.", guild_id)
        return 0


def _write_page(span: Span, folder: Path) -> list[Archive]:
    lines = Span(span.guild_id, span.first, span.last, named_by="transfer_id")
    return [
        write_archive(model=Posting, span=lines, folder=folder),
        write_archive(model=Transfer, span=span, folder=folder),
    ]
