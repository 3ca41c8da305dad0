"""The moderators' door to what people did: pages of numbers, lists of events, the person page."""

from activity.admin import levels, lists, person, statistics, today

__all__ = ["levels", "lists", "person", "statistics", "today"]
