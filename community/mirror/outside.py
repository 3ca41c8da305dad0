"""What the mirror asks of Discord; the bot's door answers it."""

from typing import Any, Protocol


class Discord(Protocol):
    """Discord, as far as it can be asked."""

    @property
    def lists_members(self) -> bool:
        """Tell whether Discord lets us know who is in a server."""

    async def ask_for_members(self, guild_id: int, nonce: str) -> None:
        """Ask the gateway for everybody in a server; the answer comes in chunks, as events."""

    async def guild(self, guild_id: int) -> dict[str, Any]:
        """Return a server as it is now, with its roles, channels and threads."""

    async def invites(self, guild_id: int) -> list[dict[str, Any]]:
        """Return the invites of a server."""

    async def audit_log(self, guild_id: int, *, after: int) -> list[dict[str, Any]]:
        """Return the first hundred entries of a server's audit log after one of them."""

    async def bans(self, guild_id: int, *, after: int) -> list[dict[str, Any]]:
        """Return the first thousand bans of a server after somebody; none where we may not see."""
