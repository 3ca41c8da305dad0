"""What is kept of people, table by table and how long, in words: read from what each model says."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.apps import apps

from community.retention import Retention
from community.services.neighbours import apps_that_answer

if TYPE_CHECKING:
    from django.db import models


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that is kept of people, and for how long."""

    app: str
    what: str
    how_long: str


def what_is_kept() -> list[Kept]:
    """Return everything that is kept of people, by the word of every app."""
    return [each for app in apps_that_answer("export_member") for each in _of_app(app)]


def _of_app(app: Any) -> Iterator[Kept]:
    personal: dict[type[models.Model], str] = app.privacy.PERSONAL
    for model in personal:
        name = str(apps.get_app_config(model._meta.app_label).verbose_name)
        rule: Retention = model.retention  # type: ignore[attr-defined]
        yield Kept(name, str(model._meta.verbose_name_plural), _how_long(rule))


def _how_long(rule: Retention) -> str:
    if rule.after is not None:
        return f"for {rule.after.days} days"
    return "while the server has me" if rule.action == "with guild" else "until you are forgotten"
