"""The doors that the apps open to Discord, found by convention: cog.py and errands.py."""

from importlib import import_module
from typing import TYPE_CHECKING

from django.apps import apps
from django.conf import settings
from django.utils.module_loading import module_has_submodule

if TYPE_CHECKING:
    from config.bot.client import Bot


async def open_doors(bot: "Bot") -> None:
    """Let every app hang its commands and listeners at the bot, and name its kinds of errands."""
    for app in settings.HOUSE_APPS:
        package = apps.get_app_config(app).module
        if module_has_submodule(package, "errands"):
            import_module(f"{app}.errands")
        if module_has_submodule(package, "cog"):
            await import_module(f"{app}.cog").setup(bot)
