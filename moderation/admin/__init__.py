"""The moderators' door to cases, warnings and punishments, and to the rules they go by."""

from moderation.admin import cases, deeds, ladder, lists, person, punishments, statistics

__all__ = ["cases", "deeds", "ladder", "lists", "person", "punishments", "statistics"]
