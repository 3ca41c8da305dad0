"""The database's own rules: what it must refuse by itself, as long as nobody took them away."""

from collections.abc import Iterator

from django.apps import apps
from django.db import connection, models

from community.models import Errand, StandingOrder

ENDED = "moderation_punishment_stays_ended"
ASKED = """
    SELECT conname FROM pg_constraint WHERE convalidated
    UNION SELECT relname FROM pg_class JOIN pg_index ON indexrelid = pg_class.oid WHERE indisvalid
    UNION SELECT tgname FROM pg_trigger WHERE tgenabled IN ('O', 'A')
"""


def rules_that_are_gone() -> Iterator[str]:
    """Yield a plain sentence for each rule of ours that the database no longer keeps."""
    with connection.cursor() as cursor:
        cursor.execute(ASKED)
        kept = {name for (name,) in cursor.fetchall()}
    for name in sorted({ENDED, *_named()} - kept):
        yield f"The database no longer keeps the rule {name}."


def _named() -> Iterator[str]:
    ours: list[type[models.Model]] = [StandingOrder, Errand]
    for model in (*ours, *apps.get_app_config("moderation").get_models()):
        yield from (constraint.name for constraint in model._meta.constraints)
