"""The community app."""

from django.apps import AppConfig


class CommunityConfig(AppConfig):
    name = "community"

    def ready(self) -> None:
        from django.core.checks import Tags, register
        from django.db.models.signals import post_migrate

        from community.append_only import check_history_is_guarded, guard_history

        post_migrate.connect(guard_history, sender=self)
        register(Tags.database)(check_history_is_guarded)
