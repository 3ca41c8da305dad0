"""How the house is put together."""

from django.apps import AppConfig, apps


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        from django.core.checks import register
        from django.db.models.signals import post_migrate

        from config.checks import check_clock, check_schedules
        from config.schedules import wind_the_clock

        register(check_clock)
        register(check_schedules)
        post_migrate.connect(wind_the_clock, sender=apps.get_app_config("django_q"))
