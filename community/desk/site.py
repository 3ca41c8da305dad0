"""The desk: the admin site of the house."""

from collections.abc import Callable
from typing import Any

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, path

from community.desk.current_guild import guild_of
from community.desk.forms import SignInForm
from community.desk.house import house_history
from community.desk.person import person_page
from community.desk.problems import house_problems_page, problems_page
from community.desk.registry import KEEPER, REGISTRY, DeskPage, is_allowed
from community.desk.search import search
from community.desk.server import choose_server
from community.desk.settings import settings_page
from community.desk.today import today_page


class Desk(AdminSite):
    """Shows what the admin.py of each app of the house registers, and nothing else."""

    site_title = site_header = "Guildhall"
    index_title = "Today"
    site_url = None
    login_form = SignInForm
    empty_value_display = "—"

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Add our own pages.

        Leave out the redirect to any row of any table, which tells whether there is one.
        """
        own = [
            path("search/", self.admin_view(search), name="search"),
            path("server/<int:guild_id>/", self.admin_view(choose_server), name="choose_server"),
            path("settings/", self._page(settings_page), name="settings"),
            path("person/<int:member_id>/", self._page(person_page), name="person"),
            path("problems/", self._page(problems_page), name="problems"),
            path("house/problems/", self._page(house_problems_page), name="house_problems"),
            path("house/history/", self._page(house_history), name="house_history"),
        ]
        own += [path(page.route, self._hung(page), name=page.name) for page in REGISTRY.pages]
        stock = [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]
        return [*own, *stock]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Show Today."""
        return today_page(request, self.each_context(request))

    def app_index(
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Lead to Today: people go by work, not by app."""
        return redirect("admin:index")

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Return nothing: no page shows a list of apps, and each would pay for it."""
        return []

    def _hung(self, page: DeskPage) -> Callable[..., HttpResponseBase]:
        """Return a page that an app has hung up, for those who may open it."""

        def view(request: HttpRequest, **told: Any) -> HttpResponseBase:
            if not is_allowed(request, page.needs):
                if page.needs != KEEPER:
                    guild_of(request)
                raise PermissionDenied
            return page.view(request, **told)

        return self._page(view)

    def _page(self, view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        """Return a page of our own behind the desk's door, within its frame."""

        def page(request: HttpRequest, **arguments: Any) -> HttpResponseBase:
            return view(request, context=self.each_context(request), **arguments)

        return self.admin_view(page)
