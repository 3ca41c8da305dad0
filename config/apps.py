"""How the house is put together."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"
