"""A leak that somebody plants is found: the crawler would find one that somebody overlooks."""

from datetime import UTC, datetime

import pytest
import time_machine
from django import forms
from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.db import connection, connections
from django.http import HttpResponse, HttpResponseForbidden, JsonResponse, StreamingHttpResponse
from django.utils.html import format_html

from community.models import Channel, Grant, Guild, Invite, Role
from community.scope import cross_guild
from tests.guild_lint import lint
from tests.security.crawler import Crawler
from tests.security.routes import routes
from tests.security.world import hire, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def moderator():
    with time_machine.travel(datetime.now(UTC), tick=False):
        world = make_world()
        yield Crawler(world, hire(world, *Grant.Capability.values))


@pytest.fixture
def plant(monkeypatch):
    """Put a leak in place of a page, where the guild lint does not see it."""
    others = [each for each in connection.execute_wrappers if each is not lint]
    monkeypatch.setattr(connections["default"], "execute_wrappers", others)

    def put(name, leak):
        route = next(each for each in routes() if each.name == name)
        leak.model_admin = route.pattern.callback.model_admin
        monkeypatch.setattr(route.pattern, "callback", leak)

    return put


def found(report):
    return {fault.what for fault in report.faults}


def test_a_list_that_forgets_its_server_is_found(moderator, plant, monkeypatch):
    desk = type(admin.site._registry[Invite])
    monkeypatch.setattr(desk, "get_queryset", lambda *_: Invite.unscoped.all())

    assert "leak" in found(moderator.crawl("community/invite/", within=[]))


def test_an_autocomplete_that_crosses_is_found(moderator, plant, monkeypatch):
    def complete(view, request, *_, **__):
        term = request.GET.get("term", "")
        told = Role.unscoped.filter(name__istartswith=term)
        return JsonResponse({"results": [str(each) for each in told]})

    monkeypatch.setattr(AutocompleteJsonView, "get", complete)

    assert "leak" in found(moderator.crawl("autocomplete/", within=["questions"]))


def test_a_form_that_shows_the_label_of_a_foreign_row_is_found(moderator, plant):
    class Form(forms.Form):
        id = forms.ModelChoiceField(Role.unscoped.all())
        reason = forms.CharField()

    def refuse(request, **_):
        form = Form(request.POST)
        form.is_valid()
        chosen = form.cleaned_data.get("id", "")
        return HttpResponse(format_html("<form>{} needs a reason.</form>", chosen))

    plant("community/role/", refuse)

    assert "tells it from nothing" in found(moderator.crawl("community/role/", within=["posts"]))


def test_a_write_through_a_form_is_found(moderator, plant):
    def rename(request, **_):
        keys = [key for key in request.POST.getlist("_selected_action") if key.isdecimal()]
        with cross_guild("a write planted by a test"):
            Channel.unscoped.filter(pk__in=keys).update(topic="renamed")
        return HttpResponse("Done.")

    plant("community/channel/", rename)

    assert found(moderator.crawl("community/channel/", within=["posts"])) == {"write"}


def test_a_page_that_tells_a_foreign_row_from_none_is_found(moderator, plant):
    def tell(request, object_id, **_):
        known = Invite.unscoped.filter(pk=object_id).exists() if object_id.isdecimal() else False
        return HttpResponseForbidden() if known else HttpResponse(status=404)

    plant("community/invite/<path:object_id>/history/", tell)

    report = moderator.crawl("community/invite/", within=["foreign_rows"])

    assert found(report) == {"tells it from nothing"}


def test_a_streamed_file_that_crosses_is_found(moderator, plant):
    def export(request, **_):
        return StreamingHttpResponse(f"{each.pk}\n" for each in Guild.unscoped.all())

    plant("community/guild/", export)

    assert "leak" in found(moderator.crawl("community/guild/", within=[]))


def test_a_header_that_tells_is_found(moderator, plant):
    def point(request, **_):
        name = Guild.unscoped.latest("pk").name
        return HttpResponse(headers={"Content-Disposition": f"attachment; filename={name}"})

    plant("community/guild/", point)

    assert "leak" in found(moderator.crawl("community/guild/", within=[]))
