"""Lists of what is one person's each: found by the beginning of a name, and called by it."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest

from community.desk.base import DeskAdmin
from community.desk.outside import people_like, whom
from community.desk.people import name_of
from community.models import Member


class Named(ChangeList):
    """A list whose rows know whom they are about, as they are called today."""

    model_admin: "OfPeopleAdmin"

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list: Any = self.model_admin.name_rows(request, list(self.result_list))


class OfPeopleAdmin(DeskAdmin):
    """Shows what is of people, who are looked up among the members of the server."""

    # The column that says whose each is.
    owner_column = "user_id"
    # A box to search in is shown for these.
    search_fields = ["user_id"]
    search_help_text = "The beginning of a name, or a Discord id"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Named

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find what is of somebody whose name begins so, or who has this id."""
        words = search_term.replace("\0", "").strip()
        return (self.of_people(queryset, words) if words else queryset), False

    def of_people(self, queryset: QuerySet[Any], words: str) -> QuerySet[Any]:
        """Keep what is of those who are called so."""
        return queryset.filter(**{f"{self.owner_column}__in": people_like(words)})

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """Return a row that knows whom it is about."""
        row = super().get_object(request, object_id, from_field)
        return self.name_rows(request, [row])[0] if row else None

    def targets(self, request: HttpRequest, of: str) -> list[Any]:
        """Find the rows a deed is about, each called by whose it is."""
        rows = self.name_rows(request, super().targets(request, of))
        for row in rows:
            row.shown = self.call(row)
        return list(rows)

    def name_rows(self, request: HttpRequest, rows: Sequence[Any]) -> Sequence[Any]:
        """Tell each row whom it is about; one who left for good has no name any more."""
        people = members_by_id([getattr(row, self.owner_column) for row in rows])
        for row in rows:
            row.member = people.get(getattr(row, self.owner_column))
        return rows

    def call(self, row: Any) -> str:
        """Return what a row is called where something is about to be done with it."""
        return name_of(row.member) if row.member else str(getattr(row, self.owner_column))

    @admin.display(description="Person")
    def person(self, row: Any) -> str:
        return whom(row)


def members_by_id(user_ids: Sequence[int]) -> dict[int, Member]:
    """Return the members of this server with these ids, each with who they are on Discord."""
    found = Member.objects.filter(user_id__in=user_ids).select_related("user")
    return {member.user_id: member for member in found}
