"""The door of the desk to the economy: wallets, transfers, the shop, statistics, settings."""

from economy.admin import deeds, person, purchases, settings, shop, statistics, transfers, wallets

__all__ = [
    "deeds",
    "person",
    "purchases",
    "settings",
    "shop",
    "statistics",
    "transfers",
    "wallets",
]
