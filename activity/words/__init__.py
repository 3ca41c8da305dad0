"""How activity is told: what roles take, and what happened, line by line in a log."""

from activity.words.roles import extras_of, hours_of, takes_of

__all__ = ["extras_of", "hours_of", "takes_of"]
