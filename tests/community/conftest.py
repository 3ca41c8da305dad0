"""A server with a living bot, for tests of what people do there."""

from tests.moderation.conftest import here

__all__ = ["here"]
