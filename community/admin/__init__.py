"""The moderators' door to servers, people and history, and the keepers' to the house."""

from community.admin import (
    errands,
    grants,
    history,
    house,
    members,
    orders,
    outside,
    server,
    timeline,
    today,
)

__all__ = [
    "errands",
    "grants",
    "history",
    "house",
    "members",
    "orders",
    "outside",
    "server",
    "timeline",
    "today",
]
