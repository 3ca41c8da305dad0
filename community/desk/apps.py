"""How the desk is put together."""

from importlib import import_module

from django.apps import apps
from django.conf import settings
from django.contrib.admin.apps import SimpleAdminConfig
from django.utils.module_loading import module_has_submodule


class DeskConfig(SimpleAdminConfig):
    """Django's admin with our site, which only apps of the house are asked to fill.

    Django would ask every installed app: django-q's pages run any function that is typed in.
    """

    default_site = "community.desk.site.Desk"

    def ready(self) -> None:
        super().ready()
        for name in settings.HOUSE_APPS:
            if module_has_submodule(apps.get_app_config(name).module, "admin"):
                import_module(f"{name}.admin")
