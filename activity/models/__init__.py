"""What activity knows: messages, voice, who came and went, daily counters, levels, roles."""

from activity.models.days import ChannelDay, GuildHour, MemberDay, MemberTotals
from activity.models.levels import GlobalProgress, LevelReward, Progress, XpRule
from activity.models.messages import MessageEvent
from activity.models.people import AfkLeave, MemberEvent, PresenceDay, RoleChange
from activity.models.roles import ActivityRole, ActivityRoleHolding
from activity.models.settings import ActivitySettings
from activity.models.voice import VoiceEvent, VoiceSession

__all__ = [
    "ActivityRole",
    "ActivityRoleHolding",
    "ActivitySettings",
    "AfkLeave",
    "ChannelDay",
    "GlobalProgress",
    "GuildHour",
    "LevelReward",
    "MemberDay",
    "MemberEvent",
    "MemberTotals",
    "MessageEvent",
    "PresenceDay",
    "Progress",
    "RoleChange",
    "VoiceEvent",
    "VoiceSession",
    "XpRule",
]
