"""The moderators' door to what people did: numbers, events, levels, roles, leave, what counts."""

from activity.admin import (
    compliance,
    counting,
    leaves,
    levels,
    lists,
    person,
    progress,
    roles,
    statistics,
    today,
)

__all__ = [
    "compliance",
    "counting",
    "leaves",
    "levels",
    "lists",
    "person",
    "progress",
    "roles",
    "statistics",
    "today",
]
