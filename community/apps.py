"""The community app."""

from django.apps import AppConfig


class CommunityConfig(AppConfig):
    name = "community"

    def ready(self) -> None:
        from django.core.checks import Tags, register
        from django.db.models.signals import post_migrate

        from community.append_only import check_history_is_guarded, guard_history
        from community.services.upkeep import set_upkeep

        post_migrate.connect(guard_history, sender=self)
        post_migrate.connect(set_upkeep, sender=self)
        register(Tags.database)(check_history_is_guarded)
