"""Discord's own words for no, with its status and code."""

from typing import Any

from sandbox.wire import Json

WORDS = {
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10006: (404, "Unknown Invite"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10009: (404, "Unknown Overwrite"),
    10011: (404, "Unknown Role"),
    10013: (404, "Unknown User"),
    10014: (404, "Unknown Emoji"),
    10015: (404, "Unknown Webhook"),
    10026: (404, "Unknown Ban"),
    10062: (404, "Unknown interaction"),
    10063: (404, "Unknown application command"),
    10065: (404, "Unknown Voice State"),
    10067: (404, "Unknown Guild Member Verification Form"),
    20012: (403, "You are not authorized to perform this action on this application"),
    30003: (400, "Maximum number of pins reached for the channel (50)"),
    30005: (400, "Maximum number of guild roles reached (250)"),
    30013: (400, "Maximum number of guild channels reached (500)"),
    30032: (400, "Maximum number of application commands reached (100)"),
    30034: (400, "Max number of daily application command creates has been reached (200)"),
    30035: (400, "Maximum number of bans for non-guild members have been exceeded"),
    40007: (403, "The user is banned from this guild."),
    40032: (400, "Target user is not connected to voice."),
    40060: (400, "Interaction has already been acknowledged."),
    50001: (403, "Missing Access"),
    50003: (403, "Cannot execute action on a DM channel"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50013: (403, "Missing Permissions"),
    50016: (400, "Provided too few or too many messages to delete."),
    50021: (403, "Cannot execute action on a system message"),
    50024: (400, "Cannot execute action on this channel type"),
    50027: (401, "Invalid Webhook Token"),
    50028: (400, "Invalid role"),
    50034: (400, "You can only bulk delete messages that are under 14 days old."),
    50035: (400, "Invalid Form Body"),
    50109: (400, "The request body contains invalid JSON."),
    50278: (403, "Cannot send messages to this user due to having no mutual guilds"),
    130000: (503, "API resource is currently overloaded. Try again a little later"),
    500000: (400, "Failed to ban users"),
}  # fmt: skip


class Refusal(Exception):
    """A call that Discord answers with no."""

    def __init__(
        self, code: int, *, status: int = 0, message: str = "", errors: Json | None = None
    ) -> None:
        usual_status, usual_words = WORDS.get(code, (400, "Bad Request"))
        self.code, self.status = code, status or usual_status
        self.message, self.errors = message or usual_words, errors
        super().__init__(f"{self.status} {self.code} {self.message}")

    @property
    def body(self) -> Json:
        """The JSON that goes out."""
        told: Json = {"message": self.message, "code": self.code}
        return {**told, "errors": self.errors} if self.errors else told


def invalid(field: str, code: str, message: str) -> Refusal:
    """Make a 50035 for one field, `embeds.0.title` being nested as Discord nests it."""
    errors: Any = {"_errors": [{"code": code, "message": message}]}
    for part in reversed(field.split(".")):
        errors = {part: errors}
    return Refusal(50035, errors=errors)
