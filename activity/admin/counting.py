"""The page of what a server wants counted: those of all settings that are about it."""

from functools import partial

from community.desk.registry import DeskPage, NavItem, desk_page, nav_item
from community.desk.settings import settings_page
from community.desk.verbs import name_verbs
from community.models import Grant
from community.services.settings import ACTIVITY

SEE = Grant.Capability.SEE
page = partial(settings_page, topic=ACTIVITY)

desk_page(DeskPage(route="activity/counting/", name="activity_counting", needs=SEE, view=page))
nav_item(
    NavItem(
        group="Activity",
        label="What counts",
        url_name="activity_counting",
        icon="settings",
        needs=SEE,
        order=290,
    )
)
name_verbs({"activity.settings.changed": "changed what counts"})
