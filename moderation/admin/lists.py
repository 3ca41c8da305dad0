"""The lists of cases and warnings: how they are narrowed, searched, taken along and worked off."""

from collections.abc import Sequence
from copy import copy
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from community.desk.actions import Asked, Deed, way_back
from community.desk.base import bdi, noted, pill
from community.desk.current_guild import guild_of, staff_of
from community.desk.filters import DateRangeFilter, PersonFilter
from community.desk.of_people import Named, OfPeopleAdmin
from community.desk.outside import people_like, whom
from community.desk.people import moment
from community.desk.registry import NavItem, nav_item
from community.desk.sheets import sheet
from community.desk.verbs import name_verbs
from community.errors import HouseError
from community.models import Grant
from community.services.audit import write_audit
from moderation.admin.deeds import OnceForm, decision_of
from moderation.admin.showing import decided_by, kind_pill, look_up_cases, state_pill, who
from moderation.models import Case, MemberWarning
from moderation.models.cases import LONGEST_REASON
from moderation.services.warnings import pardon_warning

SEE, MODERATE = Grant.Capability.SEE, Grant.Capability.MODERATE
SHORT = 80
LONGEST_NUMBER = 9
AT_ONCE = 2_000
EXPORTED = "moderation.cases.exported"
COLUMNS = (
    "number", "kind", "user_id", "channel_id", "moderator_id", "reason", "duration", "points",
    "source", "message", "created_at", "overruled_at",
)  # fmt: skip


class Shown(Named):
    """A list that leads to cases."""

    def url_for_result(self, result: Any) -> str:
        return case_url(case_of(result))


class ListAdmin(OfPeopleAdmin):
    """Shows what is about people and their cases."""

    search_help_text = "Case number, or the beginning of a name"
    # The column that holds a case's number.
    number = "case__number"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Shown

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find a case by its number, and what is about somebody by their name."""
        term = search_term.replace("\0", "").strip().removeprefix("#")
        if term.isascii() and term.isdecimal() and len(term) <= LONGEST_NUMBER:
            return queryset.filter(**{self.number: int(term)}), False
        return super().get_search_results(request, queryset, term)

    def name_rows(self, request: HttpRequest, rows: Sequence[Any]) -> Sequence[Any]:
        """Tell each row whom it is about and who decided it, as they are called today."""
        cases = look_up_cases([case_of(row) for row in rows])
        for row, case in zip(rows, cases, strict=True):
            row.member = case.member
        return rows

    def call(self, row: Any) -> str:
        """Return a case's number, and whom it is about."""
        return f"#{case_of(row).number} {who(row.member, row.user_id)}"

    @admin.display(description="Case")
    def case_(self, row: Any) -> str:
        case = case_of(row)
        link = format_html('<a href="{}">#{}</a>', case_url(case), case.number)
        return reasoned(link, case)

    @admin.display(description="Moderator")
    def moderator(self, row: Any) -> str:
        case = case_of(row)
        if case.moderator_id is None:
            return bdi(decided_by(case))
        link = '<a href="?moderator={}"><bdi>{}</bdi></a>'
        return format_html(link, case.moderator_id, decided_by(case))


def case_of(row: Any) -> Case:
    """Return the case that a row belongs to, or is."""
    return row if isinstance(row, Case) else row.case


def case_url(case: Case) -> str:
    """Return the address of a case's own page."""
    return reverse("admin:moderation_case_change", args=[case.pk])


def reasoned(words: str, case: Case) -> str:
    """Return a case's name, and below why."""
    return noted(words, bdi(shorten(case.reason))) if case.reason else words


def shorten(words: str) -> str:
    """Return the beginning of what was said."""
    return words if len(words) <= SHORT else f"{words[:SHORT]}…"


class ModeratorFilter(PersonFilter):
    """Keeps what one moderator decided."""

    title = "moderator"
    parameter_name = "moderator"
    column = "moderator_id"


class OverruledFilter(admin.SimpleListFilter):
    """Keeps what was undone, or what was not."""

    title = "overruled"
    parameter_name = "overruled"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "Stands"), ("yes", "Overruled")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in ("no", "yes"):
            return queryset
        return queryset.filter(overruled_at__isnull=self.value() == "no")


def export(request: HttpRequest, _: None, __: Asked) -> HttpResponseBase:
    """Hand out the list as it was narrowed, as a file for spreadsheets."""
    query = urlsplit(way_back(request, "/")).query
    rows = narrowed(request, query)
    by, guild_id = staff_of(request), guild_of(request).pk
    told: Any = {"subject": ("guild", guild_id), "after": {"narrowed by": query[:200]}}
    write_audit(verb=EXPORTED, by=by, guild_id=guild_id, **told)
    return sheet("cases", COLUMNS, rows.values_list(*COLUMNS).iterator(AT_ONCE))


def narrowed(request: HttpRequest, query: str) -> Any:
    """Return the cases that the list shows for a query."""
    asked = copy(request)
    asked.GET = QueryDict(query)
    try:
        shown = admin.site.get_model_admin(Case).get_changelist_instance(asked)
    except IncorrectLookupParameters:
        raise HouseError("There is no such list of cases.") from None
    return shown.queryset


EXPORT = Deed(
    name="export",
    label="Export",
    explains="The cases come as a file for spreadsheets, narrowed as the list is now. "
    "The audit log notes it.",
    needs=Grant.Capability.MODERATE,
    do=export,
    has_target=False,
)


class CaseListAdmin(ListAdmin):
    """Shows every case of the server, the newest first."""

    list_display = ["case", "kind_", "about", "moderator", "state", "decided"]
    list_select_related = ["staff"]
    list_filter = [
        "kind",
        ModeratorFilter,
        "source",
        OverruledFilter,
        ("created_at", DateRangeFilter),
    ]
    search_help_text = "Case number, the beginning of a name, or words of the reason"
    number = "number"
    ordering = ["-created_at"]
    empty_words = "No case was written down here yet."

    def get_list_display(self, request: HttpRequest) -> Any:
        """Leave the buttons to the page of each case."""
        return self.list_display

    def of_people(self, queryset: Any, words: str) -> Any:
        return queryset.about_or_saying(people_like(words), words)

    @admin.display(description="About")
    def about(self, case: Any) -> str:
        return whom(case) if case.user_id else bdi(case.place or "—")

    @admin.display(description="Case", ordering="number")
    def case(self, case: Any) -> str:
        return reasoned(bdi(f"#{case.number}"), case)

    @admin.display(description="What", ordering="kind")
    def kind_(self, case: Any) -> str:
        return kind_pill(case)

    @admin.display(description="State")
    def state(self, case: Any) -> str:
        return state_pill(case)

    @admin.display(description="Decided", ordering="created_at")
    def decided(self, case: Case) -> str:
        return moment(case.created_at)


class WarningStateFilter(admin.SimpleListFilter):
    """Keeps warnings that count, or those that ended in some way."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("standing", "Standing"), ("over", "Over"), *MemberWarning.Ending.choices[1:]]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        now, value = timezone.now(), self.value()
        if value == "standing":
            return queryset.standing(now)
        if value == "over":
            return queryset.filter(Q(ended_at__isnull=False) | Q(expires_at__lte=now))
        return queryset.filter(ending=value) if value in MemberWarning.Ending.values else queryset


class WarnedByFilter(ModeratorFilter):
    """Keeps warnings that one moderator gave."""

    column = "case__moderator_id"


class WhyForm(OnceForm):
    """Asks why."""

    reason = forms.CharField(
        max_length=LONGEST_REASON, help_text="Stands in the history of each case."
    )


def pardon(request: HttpRequest, warning: MemberWarning, asked: Asked) -> str:
    """Forgive a warning."""
    decision = decision_of(request, asked, warning.pk)
    pardon_warning(case=warning.case, decision=decision, reason=asked["reason"])
    return f"Warning #{warning.case.number} counts no more."


@admin.register(MemberWarning)
class MemberWarningAdmin(ListAdmin):
    list_display = ["person", "case_", "points", "given", "until"]
    list_display_links = None
    list_select_related = ["case__staff"]
    list_filter = [
        WarningStateFilter,
        WarnedByFilter,
        ("given_at", DateRangeFilter),
        ("expires_at", DateRangeFilter),
    ]
    ordering = ["-id"]
    empty_words = "Nobody was warned like this."
    deeds = [
        Deed(
            name="pardon",
            label="Pardon",
            explains="It stays in the record and counts no more. What followed from it stays.",
            needs=MODERATE,
            do=pardon,
            form=WhyForm,
            is_for_many=True,
            is_offered=lambda warning: warning.ended_at is None,
        )
    ]

    @admin.display(description="Given", ordering="given_at")
    def given(self, warning: MemberWarning) -> str:
        return noted(moment(warning.given_at), self.moderator(warning))

    @admin.display(description="State, runs out", ordering="expires_at")
    def until(self, warning: MemberWarning) -> str:
        if warning.ended_at is not None:
            return noted(pill(warning.get_ending_display()), moment(warning.ended_at))
        end = moment(warning.expires_at, empty="Never runs out")
        is_over = warning.expires_at is not None and warning.expires_at <= timezone.now()
        return noted(pill("Run out") if is_over else pill("Standing", "ok"), end)


for label, url_name, icon, order in (
    ("Cases", "moderation_case_changelist", "case", 110),
    ("Warnings", "moderation_memberwarning_changelist", "warning", 120),
):
    nav_item(
        NavItem(
            group="Moderation", label=label, url_name=url_name, icon=icon, needs=SEE, order=order
        )
    )
name_verbs({EXPORTED: "took the list of cases along"})
