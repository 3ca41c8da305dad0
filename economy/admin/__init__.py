"""The door of the desk to the economy: wallets, transfers, deeds, statistics and settings."""

from economy.admin import deeds, person, settings, statistics, transfers, wallets

__all__ = ["deeds", "person", "settings", "statistics", "transfers", "wallets"]
