"""What moderation refuses, in words that may be shown."""

from community.errors import HouseError, NotAllowed


class NotOnThem(NotAllowed):
    """Whom it was meant for is out of reach: oneself, the bot, the owner, a higher rank."""


class AskFirst(HouseError):
    """Not refused, but worth a question; the same again, said surely, is done."""


class NothingToDo(HouseError):
    """What was asked for is so already."""
