"""How activity's settings stand on the page of all settings, and on Discord."""

from activity.models import ActivitySettings
from activity.services.level_rules import change_levels
from activity.services.settings import settings_of
from community.services.settings import ACTIVITY, Section

COUNTED = ("messages_counted", "voice_counted", "ignored_channel_ids")
WHICH_TIME = ("alone_counts", "deafened_counts", "afk_channel_counts")
EARNED = ("xp_min", "xp_max", "xp_cooldown", "rewards")
TOLD = ("level_announce", "level_channel", "level_text")
OWN = (
    ("counted", "What is counted", COUNTED),
    ("voice", "Which time in voice counts", WHICH_TIME),
    ("levels", "Levels", EARNED),
    ("told", "New levels", TOLD),
)


def setting_sections() -> list[Section]:
    """Return the sections of what a server wants counted, and how levels are earned and told."""
    return [
        Section(
            name=name,
            topic=ACTIVITY,
            title=title,
            model=ActivitySettings,
            fields=fields,
            row=settings_of,
            change=change_levels,
        )
        for name, title, fields in OWN
    ]
