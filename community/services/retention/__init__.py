"""How rows leave when their time is over: as each model declares, or its server chose."""

from community.services.retention.choosing import choose_retention, forget_choice
from community.services.retention.looking import Due, Outlook, look_ahead
from community.services.retention.rules import declared, may_be_chosen
from community.services.retention.running import keep_retention, work_off

__all__ = [
    "Due",
    "Outlook",
    "choose_retention",
    "declared",
    "forget_choice",
    "keep_retention",
    "look_ahead",
    "may_be_chosen",
    "work_off",
]
