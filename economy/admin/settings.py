"""The page on which a server says how it handles its coins: those of all settings about them."""

from functools import partial

from community.desk.registry import DeskPage, NavItem, desk_page, nav_item
from community.desk.settings import settings_page
from community.models import Grant
from community.services.settings import COINS

SEE = Grant.Capability.SEE
page = partial(settings_page, topic=COINS)

desk_page(DeskPage(route="coins/settings/", name="economy_settings", needs=SEE, view=page))
nav_item(
    NavItem(
        group="Coins",
        label="Settings",
        url_name="economy_settings",
        icon="settings",
        needs=SEE,
        order=230,
    )
)
