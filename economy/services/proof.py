"""Whether every coin can be accounted for; one plain sentence for each that cannot."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import connection

from community.errors import HouseError
from community.models import Archive
from community.scope import guild_scope
from community.services.archives import read_archive
from community.services.checks import ServerCheck
from economy.models import Wallet
from economy.services.shop_proof import SHOP_RULES

# Each question counts rows that must not be there; the rule's name stands beside it (SAFETY 5).
RULES = {
    "L1": (
        "{n} transfers do not sum to nothing",
        """SELECT count(*) FROM (
            SELECT transfer_id FROM economy_posting WHERE guild_id = %(guild)s
            GROUP BY transfer_id HAVING sum(amount) <> 0 OR count(*) <> 2) AS odd""",
    ),
    "L2": (
        "{n} wallets hold another sum than their lines",
        """SELECT count(*) FROM economy_wallet AS wallet
        LEFT JOIN LATERAL (
            SELECT coalesce(sum(amount), 0) AS came,
                   (array_agg(after ORDER BY seq DESC))[1] AS last
            FROM economy_posting AS line
            WHERE line.guild_id = %(guild)s AND line.wallet_id = wallet.id) AS lines ON true
        WHERE wallet.guild_id = %(guild)s AND (
            wallet.balance <> wallet.archived + lines.came
            OR wallet.balance <> coalesce(lines.last, wallet.archived))""",
    ),
    "L4": (
        "the server's wallets do not sum to nothing",
        """SELECT (coalesce(sum(balance), 0) <> 0)::int FROM economy_wallet
        WHERE guild_id = %(guild)s""",
    ),
    "L4b": (
        "what left for the archive does not sum to nothing",
        """SELECT (coalesce(sum(archived), 0) <> 0)::int FROM economy_wallet
        WHERE guild_id = %(guild)s""",
    ),
    "L5": (
        "{n} lines more or less are gone than left for the archive",
        """SELECT abs((
            SELECT coalesce(sum(coalesce((
                SELECT min(line.seq) - 1 FROM economy_posting AS line
                WHERE line.guild_id = %(guild)s AND line.wallet_id = wallet.id), last_seq)), 0)
            FROM economy_wallet AS wallet WHERE guild_id = %(guild)s
        ) - (
            SELECT coalesce(sum(row_count), 0) FROM community_archive
            WHERE guild_id = %(guild)s AND table_name = 'economy_posting'
                AND restored_at IS NULL AND rewritten_as_id IS NULL AND let_out_at >= (
                    SELECT min(opened_at) FROM economy_wallet WHERE guild_id = %(guild)s)))""",
    ),
    "L7": (
        "{n} lines do not follow the one before them",
        """SELECT count(*) FROM (
            SELECT seq, amount, after, wallet_id,
                   lag(seq) OVER (PARTITION BY wallet_id ORDER BY seq) AS seq_before,
                   lag(after) OVER (PARTITION BY wallet_id ORDER BY seq) AS before
            FROM economy_posting WHERE guild_id = %(guild)s) AS line
        WHERE seq_before IS NOT NULL AND (seq <> seq_before + 1 OR after <> before + amount)""",
    ),
    "L7b": (
        "{n} wallets count another number of lines than they have",
        """SELECT count(*) FROM economy_wallet AS wallet WHERE guild_id = %(guild)s
        AND last_seq <> coalesce((
            SELECT max(seq) FROM economy_posting AS line
            WHERE line.guild_id = %(guild)s AND line.wallet_id = wallet.id), last_seq)""",
    ),
    "L1b": (
        "{n} lines are of another wallet or sum than their transfer",
        """SELECT count(*) FROM economy_posting AS line
        JOIN economy_transfer AS told
            ON told.guild_id = %(guild)s AND told.id = line.transfer_id
        WHERE line.guild_id = %(guild)s AND line.amount <> CASE line.wallet_id
            WHEN told.source_id THEN -told.amount
            WHEN told.target_id THEN told.amount ELSE 0 END""",
    ),
    "L1c": (
        "{n} transfers have no lines",
        """SELECT count(*) FROM economy_transfer AS told
        WHERE told.guild_id = %(guild)s AND NOT EXISTS (
            SELECT FROM economy_posting AS line
            WHERE line.guild_id = %(guild)s AND line.transfer_id = told.id)""",
    ),
    "L6": (
        "{n} transfers undo another than they say, or only a part of it",
        """SELECT count(*) FROM economy_transfer AS back
        JOIN economy_transfer AS told
            ON told.guild_id = %(guild)s AND told.id = back.undoes_id
        WHERE back.guild_id = %(guild)s
            AND (back.source_id, back.target_id, back.amount)
                <> (told.target_id, told.source_id, told.amount)""",
    ),
}


def server_checks(*, anchors: Path) -> tuple[ServerCheck, ...]:
    """Return what must hold of one server's coins."""
    return (
        ServerCheck(
            name="economy.coins",
            holds="Every coin can be accounted for, and so can what the shop sold.",
            fix="Look who had the tables; statements of the wallets show since when.",
            look=lambda guild_id: find_breaches(guild_id=guild_id),
        ),
    )


def find_breaches(*, guild_id: int) -> Iterator[str]:
    """Say what does not add up in one server's coins."""
    with guild_scope(guild_id), connection.cursor() as cursor:
        for rule, (words, sql) in (RULES | SHOP_RULES).items():
            cursor.execute(sql, {"guild": guild_id})
            row: Any = cursor.fetchone()
            if row[0]:
                yield f"Coins ({rule}): {words.format(n=row[0])}."


def find_archive_breaches(*, guild_id: int) -> Iterator[str]:
    """Say of which wallets the archive files hold another sum than what left them."""
    papers = Archive.objects.standing().filter(guild_id=guild_id, table_name="economy_posting")
    sums: Counter[int] = Counter()
    try:
        for paper in papers:
            for line in read_archive(archive=paper):
                sums[line["wallet_id"]] += line["amount"]
    except HouseError as damage:
        yield str(damage)
        return
    with guild_scope(guild_id):
        left = dict(Wallet.objects.of(guild_id).values_list("pk", "archived"))
    # Wallets leave with their server alone: what is in others was so in an earlier life of it.
    odd = sum(coins != sums[wallet] for wallet, coins in left.items())
    if odd:
        yield f"Coins (L2): of {odd} wallets the archive files hold another sum than left them."
