"""What the economy knows: wallets, what moved between them, days, and what was claimed."""

from economy.models.settings import EconomySettings
from economy.models.wallets import Claim, EconomyDay, Posting, Transfer, TransferNote, Wallet

__all__ = [
    "Claim",
    "EconomyDay",
    "EconomySettings",
    "Posting",
    "Transfer",
    "TransferNote",
    "Wallet",
]
