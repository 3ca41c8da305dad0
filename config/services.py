"""What the house as a whole answers by convention, as every app does."""

from config.backups.heads import house_checks

__all__ = ["house_checks"]
