"""What retention would do now: how many rows of each table are past their time, and how old."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, DateTimeField, IntegerField, Min, Model, Value
from django.db.models.functions import Cast

from community.fields import InScope
from community.models import RetentionChoice
from community.retention import Retention
from community.scope import cross_guild
from community.services.retention.rules import declared, past_their_time

FATES = {
    "archive": "Archived",
    "archive pages": "Archived",
    "delete": "Deleted",
    "drop": "Dropped by the month",
    "empty": "Emptied",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What becomes of one table's rows, and how many of them a run would take now."""

    model: type[Model]
    rule: Retention
    choice: RetentionChoice | None
    count: int
    oldest: datetime | None

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
        """Whether rows leave one by one, so that it can be said which are due."""
        return bool(self.rule.since)


def look_ahead(*, guild_id: int | None = None) -> list[Outlook]:
    """Return what a run would take now, in one server or in all; nothing is changed."""
    shown = [
        (model, rule)
        for model, rule in declared()
        if guild_id is None or (rule.after is not None and issubclass(model, InScope))
    ]
    with cross_guild("what would leave is counted", among=[guild_id] if guild_id else None):
        own = {each.table_name: each for each in _choices(guild_id)}
        found = _count(shown, guild_id)
    return [
        Outlook(
            model=model,
            rule=rule,
            choice=own.get(model._meta.db_table),
            count=found.get(place, (0, None))[0],
            oldest=found.get(place, (0, None))[1],
        )
        for place, (model, rule) in enumerate(shown)
    ]


def _choices(guild_id: int | None) -> list[RetentionChoice]:
    return [] if guild_id is None else list(RetentionChoice.objects.of(guild_id))


def _count(
    shown: list[tuple[type[Model], Retention]], guild_id: int | None
) -> dict[int, tuple[int, datetime]]:
    """Count what is past its time in every table, by its place; one statement does it."""
    legs = [
        _leg(place, model, rule, guild_id)
        for place, (model, rule) in enumerate(shown)
        if rule.since
    ]
    counted = legs[0].union(*legs[1:], all=True)
    return {place: (count, oldest) for place, count, oldest in counted if count}


def _leg(place: int, model: type[Model], rule: Retention, guild_id: int | None) -> Any:
    rows = past_their_time(model, rule, guild_id=guild_id).order_by()
    grouped = rows.annotate(place=Value(place, IntegerField())).values("place")
    oldest = Cast(Min(rule.since), DateTimeField())
    return grouped.annotate(many=Count("pk"), oldest=oldest).values_list("place", "many", "oldest")
