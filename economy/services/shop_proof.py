"""Whether the shop adds up: each purchase was paid, each return repaid, and nothing oversold."""

# As in the proof of the coins: each question counts rows that must not be there. A transfer that
# is older than all that stand has left for an archive.
SHOP_RULES = {
    "S1": (
        "{n} purchases were not paid by a transfer of their price",
        """SELECT count(*) FROM economy_purchase AS bought
        LEFT JOIN economy_transfer AS paid
            ON paid.guild_id = %(guild)s AND paid.id = bought.paid_by
        LEFT JOIN economy_wallet AS shop
            ON shop.guild_id = %(guild)s AND shop.id = paid.target_id
        WHERE bought.guild_id = %(guild)s AND CASE
            WHEN paid.id IS NULL THEN bought.paid_by >= (
                SELECT min(id) FROM economy_transfer WHERE guild_id = %(guild)s)
            ELSE (paid.kind, paid.amount, paid.source_id, shop.owner_id)
                <> ('purchase', bought.price, bought.wallet_id, 2) END""",
    ),
    "S2": (
        "{n} returns were not repaid by a transfer of their price",
        """SELECT count(*) FROM economy_purchasereturn AS back
        JOIN economy_purchase AS bought
            ON bought.guild_id = %(guild)s AND bought.id = back.purchase_id
        LEFT JOIN economy_transfer AS paid
            ON paid.guild_id = %(guild)s AND paid.id = back.repaid_by
        WHERE back.guild_id = %(guild)s AND CASE
            WHEN paid.id IS NULL THEN back.repaid_by >= (
                SELECT min(id) FROM economy_transfer WHERE guild_id = %(guild)s)
            ELSE (paid.kind, paid.amount, paid.target_id)
                <> ('refund', bought.price, bought.wallet_id) END""",
    ),
    "S3": (
        "{n} items count others sold than were bought and kept",
        """SELECT count(*) FROM economy_shopitem AS item
        WHERE item.guild_id = %(guild)s AND item.sold <> (
            SELECT count(*) FROM economy_purchase AS bought
            LEFT JOIN economy_purchasereturn AS back
                ON back.guild_id = %(guild)s AND back.purchase_id = bought.id
            WHERE bought.guild_id = %(guild)s AND bought.item_id = item.id AND back.id IS NULL)""",
    ),
    "S4": (
        "the shop's wallet does not hold what was bought and kept",
        """SELECT (
            coalesce((SELECT balance FROM economy_wallet
                WHERE guild_id = %(guild)s AND owner_id = 2), 0)
            <> coalesce((SELECT sum(bought.price) FROM economy_purchase AS bought
                LEFT JOIN economy_purchasereturn AS back
                    ON back.guild_id = %(guild)s AND back.purchase_id = bought.id
                WHERE bought.guild_id = %(guild)s AND back.id IS NULL), 0))::int""",
    ),
    "S5": (
        "{n} transfers paid for something that nobody bought",
        """SELECT count(*) FROM economy_transfer AS paid
        WHERE paid.guild_id = %(guild)s AND (
            paid.kind = 'purchase' AND NOT EXISTS (
                SELECT 1 FROM economy_purchase AS bought
                WHERE bought.guild_id = %(guild)s AND bought.paid_by = paid.id)
            OR paid.kind = 'refund' AND NOT EXISTS (
                SELECT 1 FROM economy_purchasereturn AS back
                WHERE back.guild_id = %(guild)s AND back.repaid_by = paid.id))""",
    ),
}
