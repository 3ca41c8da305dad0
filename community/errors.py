"""Errors whose words may be shown to a moderator or a member as they stand."""


class HouseError(Exception):
    """A rule of the house said no; the text says which."""


class NotAllowed(HouseError):
    """The one who asks may not do this."""


class TooManyTries(HouseError):
    """Somebody tried to sign in too often; the words say how long to wait."""


class StillNeeded(HouseError):
    """The rows asked to leave are still needed here."""
