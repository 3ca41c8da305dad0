"""The services of every app, found by convention: who answers to a name is asked by it."""

from importlib import import_module
from typing import Any

from django.apps import AppConfig, apps
from django.utils.module_loading import module_has_submodule


def apps_that_answer(question: str) -> list[Any]:
    """Return the services of every app that has one of this name."""
    found = (_services(app) for app in apps.get_app_configs())
    return [services for services in found if hasattr(services, question)]


def _services(app: AppConfig) -> Any:
    if app.module is None or not module_has_submodule(app.module, "services"):
        return None
    return import_module(f"{app.name}.services")
