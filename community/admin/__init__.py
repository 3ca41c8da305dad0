"""The moderators' door to servers, people and history, and the keepers' to the house."""

from community.admin import (
    backups,
    errands,
    grants,
    history,
    house,
    members,
    newcomers,
    orders,
    outside,
    own_commands,
    panels,
    reminders,
    server,
    timeline,
    today,
    uses,
)

__all__ = [
    "backups",
    "errands",
    "grants",
    "history",
    "house",
    "members",
    "newcomers",
    "orders",
    "outside",
    "own_commands",
    "panels",
    "reminders",
    "server",
    "timeline",
    "today",
    "uses",
]
