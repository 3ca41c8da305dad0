"""The request's server: how another one is chosen."""

from django.apps import apps
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import Resolver404, resolve, reverse
from django.views.decorators.http import require_POST

from community.desk.actions import is_ours
from community.desk.current_guild import CHOSEN, guilds_granted
from community.models import Member
from community.scope import cross_guild


@require_POST
def choose_server(request: HttpRequest, guild_id: int) -> HttpResponse:
    """Turn to another server one was granted, and back to the same page where it has one."""
    if guild_id not in {guild.pk for guild in guilds_granted(request)}:
        raise Http404
    request.session[CHOSEN] = guild_id
    wanted = request.POST.get("next", "")
    is_there = is_ours(request, wanted) and _is_there(wanted, guild_id=guild_id)
    return HttpResponseRedirect(
        wanted.split("?", maxsplit=1)[0] if is_there else reverse("admin:index")
    )


def _is_there(url: str, *, guild_id: int) -> bool:
    """Tell whether the server that was chosen has this page: a list, or a row of its own."""
    try:
        found = resolve(url.split("?", maxsplit=1)[0])
    except Resolver404:
        return False
    if not found.kwargs:
        return True
    name, _, page = (found.url_name or "").rpartition("_")
    if page not in ("person", "change"):
        return False
    model = apps.get_model(name.replace("_", ".", 1)) if name else Member
    key = unquote(str(next(iter(found.kwargs.values()))))
    with cross_guild("the same page in the server that was just chosen", among=[guild_id]):
        return _is_known(model, key)


def _is_known(model: type[Model], key: str) -> bool:
    try:
        return model._default_manager.filter(pk=key).exists()
    except (ValueError, ValidationError):
        return False
