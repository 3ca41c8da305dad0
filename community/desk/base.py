"""What the pages of the desk have in common: who sees them, how they are searched, their deeds."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join

from community.desk.actions import MOST_TARGETS, Deed, answer_deed
from community.desk.current_guild import is_keeper, may
from community.desk.paginator import CappedPaginator
from community.desk.registry import is_allowed
from community.models import Grant

LONGEST_ID = 19


class DeskAdmin(admin.ModelAdmin):
    """Shows rows that only services may write, to those who may see the server they belong to."""

    change_list_template = "desk/list.html"
    paginator = CappedPaginator
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 0
    # What can be done here; each is a page of its own.
    deeds: Sequence[Deed] = ()
    # Columns that hold Discord's ids; digits are looked up there, as numbers.
    search_ids: Sequence[str] = ()
    # What an empty list says.
    empty_words = "Nothing here yet."

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, Grant.Capability.SEE)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """Find a row; who may not look here is refused alike, whether there is one or not."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return None if "\0" in object_id else super().get_object(request, object_id, from_field)

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Narrow a list only by what its filters offer."""
        offered = self.list_filter if request is None else self.get_list_filter(request)
        names = [getattr(_first(each), "parameter_name", _first(each)) for each in offered]
        return any(lookup == name or lookup.startswith(f"{name}__") for name in names)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find what begins with these letters, or has this number."""
        term = search_term.replace("\0", "").strip()
        wanted = Q()
        for name in self.get_search_fields(request) if term else ():
            wanted |= Q(**{f"{name}__istartswith": term})
        if term.isascii() and term.isdecimal() and len(term) <= LONGEST_ID:
            for name in self.search_ids:
                wanted |= Q(**{name: int(term)})
        return queryset.filter(wanted), False

    def get_urls(self) -> list[URLPattern]:
        """Add a page for each deed."""
        return [*map(self._deed_path, self.deeds), *super().get_urls()]

    def get_list_display(self, request: HttpRequest) -> Any:
        """Add the buttons of each row, for those who may press one."""
        columns = super().get_list_display(request)
        deeds = [deed for deed in self.deeds_of(request) if deed.has_target]
        return [*columns, self._buttons(request, deeds)] if deeds else columns

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer for several rows what may be done with many at once."""
        many = [deed for deed in self.deeds_of(request) if deed.is_for_many]
        return {deed.name: (self._ask_for_many(deed), deed.name, deed.label) for deed in many}

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Tell the list what can be done beside it, and what to say when it is empty."""
        buttons = [
            {"deed": deed, "url": self.deed_url(deed)}
            for deed in self.deeds_of(request)
            if not deed.has_target
        ]
        title = str(self.opts.verbose_name_plural).capitalize()
        told = {"title": title, "buttons": buttons, "empty_words": self.empty_words}
        return super().changelist_view(request, {**told, **(extra_context or {})})

    def deeds_of(self, request: HttpRequest) -> list[Deed]:
        """Return what this person may do here."""
        return [deed for deed in self.deeds if is_allowed(request, deed.needs)]

    def deed_url(self, deed: Deed, *rows: Model) -> str:
        """Return the address of a deed, done to these rows."""
        of = ",".join(str(quote(row.pk)) for row in rows)
        return reverse(f"admin:{self._url_name(deed)}", args=[of] if rows else [])

    def targets(self, request: HttpRequest, of: str) -> list[Model]:
        """Return the rows that a deed's address names: each of them, or nothing is found."""
        try:
            keys = {self.opts.pk.to_python(unquote(key)) for key in of.split(",")}
            found = list(self.get_queryset(request).filter(pk__in=keys)[: MOST_TARGETS + 1])
        except (ValidationError, ValueError):
            raise Http404 from None
        if not keys or len(found) != len(keys) or len(found) > MOST_TARGETS:
            raise Http404
        return found

    def answer(self, request: HttpRequest, deed: Deed, of: str = "") -> HttpResponseBase:
        """Answer the page of a deed; a row one may not see is as absent as one that never was."""
        if not (self.has_view_permission(request) and is_allowed(request, deed.needs)):
            raise PermissionDenied
        targets = self.targets(request, of) if deed.has_target else []
        home = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        context = {**self.admin_site.each_context(request), "opts": self.opts}
        return answer_deed(request, deed, targets, context=context, home=home)

    def _deed_path(self, deed: Deed) -> URLPattern:
        route = f"<str:of>/{deed.name}/" if deed.has_target else f"{deed.name}/"
        view = self.admin_site.admin_view(partial(self.answer, deed=deed))
        return path(route, view, name=self._url_name(deed))

    def _url_name(self, deed: Deed) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{deed.name}"

    def _buttons(self, request: HttpRequest, deeds: Sequence[Deed]) -> Callable[[Any], str]:
        back = urlencode({"next": request.get_full_path()})

        @admin.display(description="Actions")
        def to_do(row: Any) -> str:
            buttons = format_html_join(
                " ",
                '<a class="dk-button" data-dialog href="{}?{}">{}</a>',
                ((self.deed_url(d, row), back, d.label) for d in deeds if d.is_offered(row)),
            )
            return format_html('<div class="dk-actions">{}</div>', buttons) if buttons else ""

        return to_do

    def _ask_for_many(self, deed: Deed) -> Callable[[Any, HttpRequest, QuerySet[Any]], Any]:
        def ask(_: Any, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
            chosen = list(rows[: MOST_TARGETS + 1])
            if len(chosen) > MOST_TARGETS:
                self.message_user(request, f"No more than {MOST_TARGETS} at a time.", "error")
            if not 0 < len(chosen) <= MOST_TARGETS:
                return None
            back = urlencode({"next": request.get_full_path()})
            return HttpResponseRedirect(f"{self.deed_url(deed, *chosen)}?{back}")

        return ask


def _first(filter_offered: Any) -> Any:
    """Return what a filter is about: its field's path, or the filter itself."""
    return filter_offered[0] if isinstance(filter_offered, list | tuple) else filter_offered


class HouseAdmin(DeskAdmin):
    """Shows the house's own rows to its keepers."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_keeper(request)


def bdi(words: object) -> str:
    """Return a name so that its direction of writing cannot turn over what stands around it."""
    return format_html("<bdi>{}</bdi>", words)


def pill(words: object, tone: str = "mute") -> str:
    """Return a state in a word, in the colour of what it means."""
    return format_html('<span class="dk-pill {}">{}</span>', tone, words)


def noted(words: str, note: str) -> str:
    """Return what a cell says, and below in small what belongs to it."""
    return format_html('<div>{}<small class="dk-below">{}</small></div>', words, note)
