"""The services of every app, found by convention: who answers to a name is asked by it."""

from functools import cache
from importlib import import_module
from typing import Any

from django.apps import apps
from django.utils.module_loading import module_has_submodule


def apps_that_answer(question: str) -> list[Any]:
    """Return the services of every app that has one of this name."""
    return [services for services in _everyones_services() if hasattr(services, question)]


@cache
def _everyones_services() -> tuple[Any, ...]:
    # Which apps there are is settled when they are loaded; looking for files takes its time.
    found = (app for app in apps.get_app_configs() if app.module is not None)
    homes = [app for app in found if module_has_submodule(app.module, "services")]
    return tuple(import_module(f"{app.name}.services") for app in homes)
