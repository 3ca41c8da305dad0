"""What the economy knows: wallets, what moved between them, days, claims, and the shop."""

from economy.models.settings import EconomySettings
from economy.models.shop import Purchase, PurchaseReturn, ShopItem
from economy.models.wallets import Claim, EconomyDay, Posting, Transfer, TransferNote, Wallet

__all__ = [
    "Claim",
    "EconomyDay",
    "EconomySettings",
    "Posting",
    "Purchase",
    "PurchaseReturn",
    "ShopItem",
    "Transfer",
    "TransferNote",
    "Wallet",
]
