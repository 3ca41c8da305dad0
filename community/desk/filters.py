"""Filters of a list: one of many, found by its name; and a span of days."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import FieldListFilter, ModelAdmin, SimpleListFilter
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.db.models import Field, Model, QuerySet
from django.forms import DateField
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from community.desk.outside import people_like

# So many rows of one beginning are looked for at once.
MOST_LIKE = 50


class AutocompleteFilter(FieldListFilter):
    """Keeps rows that point at one other row, chosen by typing the beginning of its name.

    Without a script the beginning itself is sent, and whatever it finds counts.
    """

    template = "admin/filters/autocomplete.html"

    def __init__(
        self,
        field: Field,
        request: HttpRequest,
        params: dict[str, Any],
        model: type[Model],
        model_admin: ModelAdmin,
        field_path: str,
    ) -> None:
        self.by_key, self.by_name = f"{field_path}__id__exact", f"{field_path}__like"
        super().__init__(field, request, params, model, model_admin, field_path)
        points_at: Any = field.remote_field
        self.related: Any = model_admin.admin_site.get_model_admin(points_at.model)
        self.is_allowed = self.related.has_view_permission(request)
        self.asked = _last(self, self.by_name)
        self.chosen = self._row(request, _last(self, self.by_key))
        self.source = field

    def expected_parameters(self) -> list[str | None]:
        return [self.by_key, self.by_name]

    def has_output(self) -> bool:
        return bool(self.is_allowed)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the rows that point at what was chosen, or at anything that begins so."""
        if not self.is_allowed or not self.used_parameters:
            return queryset
        if _last(self, self.by_key):
            return self.pointing_at(queryset, [self.chosen.pk] if self.chosen else [])
        if not self.asked:
            return queryset
        rows = self.related.get_queryset(request)
        found, _ = self.related.get_search_results(request, rows, self.asked)
        return self.pointing_at(queryset, [row.pk for row in found[:MOST_LIKE]])

    def pointing_at(self, queryset: QuerySet[Any], keys: list[Any]) -> QuerySet[Any]:
        """Keep the rows that point at one of these."""
        return queryset.filter(**{f"{self.field_path}__in": keys})

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Say what is chosen, and where names are looked up."""
        opts = self.source.model._meta
        source = {"app_label": opts.app_label, "model_name": opts.model_name}
        lookup = urlencode({**source, "field_name": self.source.name})
        yield {
            **_kept(self, changelist),
            "selected": bool(self.chosen or self.asked),
            "display": self.chosen or self.asked or "",
            "key": self.chosen.pk if self.chosen else "",
            "lookup": f"{reverse('admin:autocomplete')}?{lookup}",
        }

    def _row(self, request: HttpRequest, key: str) -> Any:
        if not key or not self.is_allowed:
            return None
        rows = self.related.get_queryset(request)
        try:
            return rows.filter(pk=key).first()
        except (ValueError, ValidationError):
            return None


class DateRangeFilter(FieldListFilter):
    """Keeps rows of a span of days, both ends included, in the zone of the server."""

    template = "admin/filters/daterange.html"

    def __init__(
        self,
        field: Field,
        request: HttpRequest,
        params: dict[str, Any],
        model: type[Model],
        model_admin: ModelAdmin,
        field_path: str,
    ) -> None:
        self.from_, self.until = f"{field_path}__from", f"{field_path}__until"
        super().__init__(field, request, params, model, model_admin, field_path)
        self.first, self.last = _day(_last(self, self.from_)), _day(_last(self, self.until))

    def expected_parameters(self) -> list[str | None]:
        return [self.from_, self.until]

    def has_output(self) -> bool:
        return True

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep what lies between the beginning of the first day and the end of the last."""
        if self.first:
            queryset = queryset.filter(**{f"{self.field_path}__gte": _begin(self.first)})
        if self.last:
            after = _begin(self.last + timedelta(days=1))
            queryset = queryset.filter(**{f"{self.field_path}__lt": after})
        return queryset

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Say which days are chosen."""
        ends = [f"from {date_format(self.first, 'j M Y')}"] if self.first else []
        ends += [f"until {date_format(self.last, 'j M Y')}"] if self.last else []
        yield {
            **_kept(self, changelist),
            "selected": bool(ends),
            "display": " ".join(ends),
            "first": self.first and self.first.isoformat(),
            "last": self.last and self.last.isoformat(),
        }


class PersonFilter(SimpleListFilter):
    """Keeps rows whose column holds the Discord id of somebody whose name begins so."""

    template = "admin/filters/person.html"
    column: str

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("", "Anybody")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep what is about those whom the words find; everything where there are none."""
        words = self._words()
        found = people_like(words) if words else ()
        return queryset.filter(**{f"{self.column}__in": found}) if words else queryset

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Say whom the list is narrowed to."""
        words = self._words()
        yield {**_kept(self, changelist), "selected": bool(words), "display": words}

    def _words(self) -> str:
        return (self.value() or "").replace("\0", "").strip()


def _last(spec: FieldListFilter, name: str) -> str:
    """Return what an address says of a parameter; of several values the last one counts."""
    given: Any = spec.used_parameters.get(name) or ""
    found = given[-1] if isinstance(given, list) else given
    return str(found).replace("\0", "").strip()


def _kept(spec: FieldListFilter | SimpleListFilter, changelist: ChangeList) -> dict[str, Any]:
    """Return what else the list was asked, for the form of one filter to send along."""
    own = [name for name in spec.expected_parameters() if name]
    asked = changelist.filter_params.items()
    hidden = [(name, value) for name, all_ in asked if name not in own for value in all_]
    return {"hidden": hidden, "query_string": changelist.get_query_string(remove=own)}


def _day(text: str) -> date | None:
    try:
        day: date | None = DateField(required=False).clean(text)
    except ValidationError:
        return None
    # The day after the last one must exist, in every zone.
    return day if day and date(1900, 1, 1) <= day < date(9999, 1, 1) else None


def _begin(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())
