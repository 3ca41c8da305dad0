"""The moderators' door to servers, people and history, and the keepers' to the house."""

from community.admin import grants, history, house, members, server, timeline, today

__all__ = ["grants", "history", "house", "members", "server", "timeline", "today"]
