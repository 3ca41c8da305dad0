"""What the economy refuses, in words that may be shown."""

from community.errors import HouseError


class NotEnoughCoins(HouseError):
    """Who pays has less than that."""


class TooManyCoins(HouseError):
    """A wallet would hold more than can be counted exactly everywhere."""


class AlreadyDone(HouseError):
    """The same was asked for before, and with other figures."""


class TooEarly(HouseError):
    """What may be done again only after a while was done a moment ago."""


class NoCoins(HouseError):
    """The server has switched its economy off, or frozen somebody's."""


class AskFirst(HouseError):
    """Not refused, but worth a question; the same again, said surely, is done."""
