"""The REST interface: one function for each operation, registered under Discord's own template."""

from sandbox.routes import (
    applications,
    audit_logs,
    bans,
    channels,
    guilds,
    interactions,
    invites,
    members,
    messages,
    reactions,
    roles,
    threads,
    users,
)

__all__ = [
    "applications",
    "audit_logs",
    "bans",
    "channels",
    "guilds",
    "interactions",
    "invites",
    "members",
    "messages",
    "reactions",
    "roles",
    "threads",
    "users",
]
