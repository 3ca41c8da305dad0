"""What moderation knows: cases and their history, warnings and the ladder, punishments."""

from moderation.models.cases import Case, CaseEvent, CaseText, Docket, ReasonPreset
from moderation.models.channels import ChannelLock, ProtectedRole
from moderation.models.holds import CaseHold
from moderation.models.punishments import Punishment
from moderation.models.warnings import LadderFire, LadderStep, MemberWarning

__all__ = [
    "Case",
    "CaseEvent",
    "CaseHold",
    "CaseText",
    "ChannelLock",
    "Docket",
    "LadderFire",
    "LadderStep",
    "MemberWarning",
    "ProtectedRole",
    "Punishment",
    "ReasonPreset",
]
