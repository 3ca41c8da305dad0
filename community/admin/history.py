"""The door to a server's audit log: who changed what, when, from what to what."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html

from community.desk.base import DeskAdmin, bdi
from community.desk.filters import DateRangeFilter
from community.desk.people import moment
from community.desk.verbs import VERBS, changes_of, names_in, say
from community.models import AuditEntry, Grant


class VerbFilter(admin.SimpleListFilter):
    """Keeps what was done in one way."""

    title = "what was done"
    parameter_name = "verb"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return sorted(((verb, words.capitalize()) for verb, words in VERBS.items()), key=_by_words)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(verb=self.value()) if self.value() in VERBS else queryset


class ActorFilter(admin.SimpleListFilter):
    """Keeps what one member of this server's staff did."""

    title = "who did it"
    parameter_name = "who"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        granted = Grant.objects.filter(staff__isnull=False).order_by("staff__username")
        names = granted.values_list("staff_id", "staff__username").distinct()
        return [(str(key), name) for key, name in names]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        known = {key for key, _ in self.lookup_choices}
        return queryset.filter(staff_id=self.value()) if self.value() in known else queryset


class History(ChangeList):
    """A list that knows what the ids its entries tell of are called."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        entries: Any = list(self.result_list)
        names = names_in(entries)
        for entry in entries:
            entry.names = names
        self.result_list = entries


@admin.register(AuditEntry)
class AuditEntryAdmin(DeskAdmin):
    list_display = ["when", "who", "what", "changes"]
    list_filter = [VerbFilter, ActorFilter, ("at", DateRangeFilter)]
    search_fields = ["actor"]
    search_help_text = "The beginning of a name"
    ordering = ["-at"]
    fields = ["when", "who", "what", "subject", "changes"]
    readonly_fields = ["when", "who", "what", "subject", "changes"]
    empty_words = "Nobody has changed anything like this."

    @admin.display(description="When", ordering="at")
    def when(self, entry: AuditEntry) -> str:
        return moment(entry.at)

    @admin.display(description="Who", ordering="actor")
    def who(self, entry: AuditEntry) -> str:
        return bdi(entry.actor)

    @admin.display(description="What", ordering="verb")
    def what(self, entry: AuditEntry) -> str:
        return say(entry.verb).capitalize()

    @admin.display(description="About")
    def subject(self, entry: AuditEntry) -> str:
        return format_html("{} <bdi>{}</bdi>", entry.subject_kind, entry.subject_id)

    @admin.display(description="Before and after")
    def changes(self, entry: Any) -> str:
        names = entry.names if hasattr(entry, "names") else names_in([entry])
        return render_to_string("desk/changes.html", {"changes": changes_of(entry, names)})

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return History


def _by_words(pair: tuple[str, str]) -> str:
    return pair[1]
