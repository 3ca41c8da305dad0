"""What the bot does out there for moderation: punishments kept true, and deeds done once."""

from community.kinds import register
from moderation.errands.channels import Purged, RightsSet, Slowed
from moderation.errands.people import FirstLook, Kicked, Softbanned, Told
from moderation.errands.punishments import Banned, Silenced, TimedOut

register(
    Banned(),
    TimedOut(),
    Silenced(),
    Told(),
    Kicked(),
    Softbanned(),
    FirstLook(),
    RightsSet(),
    Slowed(),
    Purged(),
)

__all__ = ["Banned", "Silenced", "TimedOut"]
