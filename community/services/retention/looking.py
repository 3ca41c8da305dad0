"""What retention would do now: how many rows of each table are past their time, and how old."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Count, DateTimeField, IntegerField, Min, Model, Value
from django.db.models.functions import Cast

from community.fields import InScope
from community.models import RetentionChoice
from community.retention import Retention
from community.scope import cross_guild
from community.services.neighbours import apps_that_answer
from community.services.retention.rules import declared, past_their_time

FATES = {
    "archive": "Archived",
    "archive pages": "Archived",
    "delete": "Deleted",
    "drop": "Dropped by the month",
    "empty": "Emptied",
}


class Due(NamedTuple):
    """How many rows are past their time, and since when; in all servers it may be an estimate."""

    rows: int = 0
    oldest: datetime | None = None
    is_estimate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What becomes of one table's rows, and how many of them a run would take now."""

    model: type[Model]
    rule: Retention
    choice: RetentionChoice | None
    due: Due

    @property
    def count(self) -> int:
        """How many rows would leave now."""
        return self.due.rows

    @property
    def oldest(self) -> datetime | None:
        """The time of the oldest of them."""
        return self.due.oldest

    @property
    def name(self) -> str:
        """What people call the rows."""
        words = str(self.model._meta.verbose_name_plural)
        return words[:1].upper() + words[1:]

    @property
    def after(self) -> timedelta | None:
        """How long they are kept."""
        return timedelta(days=self.choice.days) if self.choice else self.rule.after

    @property
    def fate(self) -> str:
        """What becomes of them and when, in words."""
        if self.after is None:
            stays = "Stay with the server" if self.rule.action == "with guild" else "Stay for ever"
            return f"{stays}, then archived" if self.rule.leaves_archived else stays
        days = f"{self.after.days} {'day' if self.after.days == 1 else 'days'}"
        return f"{FATES[self.rule.action]} after {days}"

    @property
    def is_counted(self) -> bool:
        """Whether rows leave by themselves, so that it can be said which are due."""
        return self.rule.after is not None


def look_ahead(*, guild_id: int | None = None) -> list[Outlook]:
    """Return what a run would take now, in one server or in all; nothing is changed."""
    shown = [
        (model, rule)
        for model, rule in declared()
        if guild_id is None or (rule.after is not None and issubclass(model, InScope))
    ]
    with cross_guild("what would leave is counted", among=[guild_id] if guild_id else None):
        own = {each.table_name: each for each in _choices(guild_id)}
        found = _count(shown, guild_id) | _count_whole_months(shown, guild_id)
    return [
        Outlook(
            model=model,
            rule=rule,
            choice=own.get(model._meta.db_table),
            due=found.get(place, Due()),
        )
        for place, (model, rule) in enumerate(shown)
    ]


def _choices(guild_id: int | None) -> list[RetentionChoice]:
    return [] if guild_id is None else list(RetentionChoice.objects.of(guild_id))


def _count(shown: list[tuple[type[Model], Retention]], guild_id: int | None) -> dict[int, Due]:
    """Count what is past its time in every table, by its place; one statement does it."""
    legs = [
        _leg(place, model, rule, guild_id)
        for place, (model, rule) in enumerate(shown)
        if rule.since
    ]
    counted = legs[0].union(*legs[1:], all=True)
    return {place: Due(count, oldest) for place, count, oldest in counted if count}


def _count_whole_months(
    shown: list[tuple[type[Model], Retention]], guild_id: int | None
) -> dict[int, Due]:
    """Ask who keeps a table by months what would be dropped of it."""
    apps: list[Any] = apps_that_answer("look_at_drop")
    told = (
        (place, app.look_at_drop(model=model, guild_id=guild_id))
        for place, (model, rule) in enumerate(shown)
        if rule.action == "drop"
        for app in apps
    )
    return {place: due for place, due in told if due is not None}


def _leg(place: int, model: type[Model], rule: Retention, guild_id: int | None) -> Any:
    rows = past_their_time(model, rule, guild_id=guild_id).order_by()
    grouped = rows.annotate(place=Value(place, IntegerField())).values("place")
    oldest = Cast(Min(rule.since), DateTimeField())
    return grouped.annotate(many=Count("pk"), oldest=oldest).values_list("place", "many", "oldest")
