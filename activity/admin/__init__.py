"""The moderators' door to what people did: pages of numbers, lists of events, the person page."""

from activity.admin import lists, person, statistics, today

__all__ = ["lists", "person", "statistics", "today"]
