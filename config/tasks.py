"""The clock's door to the house itself."""

from config.backups.aside import back_up_aside


def back_up() -> str:
    """Make a backup of everything, and prove it."""
    return back_up_aside()
