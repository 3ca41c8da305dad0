"""What a crawler asks: every address with every key, every parameter with every foreign value."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlsplit

from django.contrib.admin.utils import quote as admin_quote
from django.db import models

from community.models import Channel, Guild, Member, Role, Staff, User

if TYPE_CHECKING:
    from tests.security.forms import Form, Page
    from tests.security.routes import Route
    from tests.security.world import World

JUNK = ("0", "-1", "9" * 20, "1 or 1=1", "..", "None", "{{7*7}}", "1e3", "a\0b")
# What the pages of the house, and of Django's admin, may be asked about besides their own names.
USUAL = {
    Guild: ("guild", "server", "id"),
    Member: ("member", "person", "id", "before"),
    User: ("user", "person", "id"),
    Role: ("role", "id"),
    Channel: ("channel", "id", "next"),
}
POINTING = (
    "channel", "guild", "id", "log", "member", "next", "person", "preset", "role", "server",
    "staff", "user", "who", "action",
)  # fmt: skip
SEARCHES = ("q", "term", "query", "search")
HOW = (
    *((("o", each),) for each in ("1", "-1", "2.1", "99", "x")),
    *((("p", each),) for each in ("0", "2", "999999", "x")),
    (("all", ""),),
    (("e", "1"),),
)
Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Ask:
    """One request.

    It is worth sending to a page that listens to the name it is about, and, where another must let
    it in first, only when that one was not refused.
    """

    kind: str = field(compare=False)
    address: str
    fields: Fields = ()
    method: str = "GET"
    about: str = field(default="", compare=False)
    first: Ask | None = field(default=None, compare=False)

    def posted(self, *fields: tuple[str, str]) -> Ask:
        return replace(self, method="POST", fields=fields)


class Asks:
    """Makes up everything that one may ask who knows every key and every text of the world."""

    def __init__(self, world: World, routes: Iterable[Route]) -> None:
        self.world = world
        self.routes = list(routes)
        self.pointed_at = [Channel, Guild, Member, Role, Staff, User]
        self.answering = {each.name for each in self.routes}
        self.own = {kind: row.pk for kind, row in world.a.items()}

    def keys(self, rows: dict[type[models.Model], Any]) -> list[str]:
        """Return the key of each row, as Django's admin writes it into an address."""
        return list(dict.fromkeys(admin_quote(str(row.pk)) for row in rows.values()))

    def texts(self, *kinds: type[models.Model]) -> list[str]:
        """Return what stands in the texts of the other server's rows."""
        return [
            value
            for kind in kinds or self.world.b
            for column in kind._meta.local_fields
            if isinstance(value := getattr(self.world.b[kind], column.name, None), str)
            and isinstance(column, (models.CharField, models.TextField))
            and not column.choices
            and value
        ]

    def own_address(self, route: Route) -> str:
        """Return the address of a page about a row of our own."""
        row = self.world.a.get(route.model) or self.world.a[Member]
        return route.filled(admin_quote(str(row.pk))) if route.holes else route.address

    def pages(self) -> Iterator[Ask]:
        """Every page as it is meant to be asked for, with the keys of one's own rows."""
        for route in self.routes:
            if not route.holes:
                yield Ask("page", route.address)
            keys = self._keys(route, self.world.a)
            for values in self._fillings(route, keys[:1] if route.model else keys):
                ask = Ask("own row", route.filled(*values))
                yield ask
                yield ask.posted()

    def foreign_rows(self) -> Iterator[Ask]:
        """Every page, and every deed, with the keys of rows that are none of one's business.

        A model's first page is asked with every key and all junk, its others with its own row's.
        """
        met: set[Any] = {None}
        for number, route in enumerate(self.routes):
            keys = self._keys(route, self.world.b)
            some = [*keys[:1], JUNK[number % len(JUNK)]]
            is_first = route.model is None or (bool(route.holes) and route.model not in met)
            met |= {route.model} if route.holes else set()
            for values in self._fillings(route, [*keys, *JUNK] if is_first else some):
                yield Ask("foreign row", route.filled(*values))
            for values in self._fillings(route, keys[:1] if route.model else keys):
                ask = Ask("deed on a foreign row", route.filled(*values))
                yield from self._deeds(ask, route)

    def _keys(self, route: Route, rows: dict[type[models.Model], Any]) -> list[str]:
        """Return every key there is, or for a page about one model, those taken for its own."""
        if route.model is None:
            return self.keys(rows)
        kinds = dict.fromkeys([route.model, *self.pointed_at])
        return self.keys({each: rows[each] for each in kinds if each in rows})

    def _fillings(self, route: Route, values: list[str]) -> Iterator[tuple[str, ...]]:
        if not route.holes:
            return
        if ("app_label", "NoneType") in route.holes:
            values = ["community", "auth"]
        if any(kind == "IntConverter" for _, kind in route.holes):
            values = [each for each in values if each.isdigit()]
        own = admin_quote(str(self.world.a[Member].pk))
        for place, value in product(range(len(route.holes)), values):
            yield tuple(value if each == place else own for each in range(len(route.holes)))

    def _deeds(self, ask: Ask, route: Route) -> Iterator[Ask]:
        yield ask.posted(("post", "yes"))
        if route.model:
            yield ask.posted(*self._whole_row(route.model), ("_save", "Save"))

    def _whole_row(self, model: type[models.Model]) -> Fields:
        row = self.world.b.get(model)
        columns = model._meta.local_fields if row else ()
        return tuple((each.name, str(each.value_from_object(row))) for each in columns)

    def questions(self) -> Iterator[Ask]:
        """Every page with every parameter that Django's admin, or anybody, might listen to."""
        for route in self.routes:
            if route.name not in self.answering or route.name.endswith("autocomplete/"):
                continue
            page = self.own_address(route)
            for name in ("_popup", "format"):
                yield Ask("option", page, ((name, "1"),), about=name)
            if not route.holes:
                yield from self._of_a_list(route, page)
        yield from self._autocompletes()

    def _of_a_list(self, route: Route, page: str) -> Iterator[Ask]:
        for how in HOW:
            yield Ask("option", page, how, about=how[0][0])
        for kind, names in USUAL.items():
            for name in names:
                told = ((name, str(self.world.b[kind].pk)),)
                yield Ask("parameter", page, told, about=name)
        yield from self._searches(route, page)
        if route.model:
            yield from self._lookups(route.model, page)

    def _pointers(self) -> list[str]:
        return [str(self.world.b[kind].pk) for kind in self.pointed_at if kind in self.world.b]

    def _searches(self, route: Route, page: str) -> Iterator[Ask]:
        kinds = [route.model] if route.model in self.world.b else self.pointed_at
        texts = self.texts(*([] if route.name == "search/" else kinds))
        for text in [*texts, *self._pointers()]:
            yield Ask("search", page, (("q", text),), about="q")
        for text in texts:
            if route.model:
                yield Ask("search", page, (("q", text[:3]),), about="q")
        for name in SEARCHES[1:]:
            yield Ask("search", page, ((name, self.world.b[User].username),), about=name)

    def _lookups(self, model: type[models.Model], page: str) -> Iterator[Ask]:
        for path, value in self._paths(model):
            plain = Ask("lookup", page, ((path, value),))
            yield plain
            yield replace(plain, fields=((f"{path}__startswith", value),), first=plain)
        for column in model._meta.local_fields:
            yield Ask("popup", page, (("_popup", "1"), ("_to_field", column.name)))

    def _paths(self, model: type[models.Model]) -> Iterator[tuple[str, str]]:
        """Walk to every text and key that can be reached from a row in one step."""
        row = self.world.b.get(model)
        for column in model._meta.local_fields if row else ():
            yield column.name, str(column.value_from_object(row))
        for relation in model._meta.get_fields():
            other = self.world.b.get(relation.related_model) if relation.is_relation else None
            if other is not None:
                yield f"{relation.name}__pk", str(other.pk)
                for text in self._text_columns(type(other))[:2]:
                    yield f"{relation.name}__{text.name}", getattr(other, text.name)

    def _text_columns(self, model: type[models.Model]) -> list[models.Field]:
        return [each for each in model._meta.local_fields if isinstance(each, models.CharField)]

    def _autocompletes(self) -> Iterator[Ask]:
        page = next((each.address for each in self.routes if each.name == "autocomplete/"), None)
        for model in self.world.b if page else ():
            for column in model._meta.local_fields:
                if not column.is_relation:
                    continue
                where = (
                    ("app_label", model._meta.app_label),
                    ("model_name", model._meta.model_name),
                    ("field_name", column.name),
                )
                other = self.world.b.get(column.related_model)
                terms = ["", str(other.pk), *self.texts(type(other))] if other else [""]
                first = Ask("autocomplete", page, (*where, ("term", terms[0])))
                yield first
                for term in terms[1:]:
                    yield replace(first, fields=(*where, ("term", term)), first=first)

    def posts(self) -> Iterator[Ask]:
        """Every page of one's own, told what is somebody else's."""
        for route in self.routes:
            page = Ask("deed", self.own_address(route))
            yield page.posted()
            yield from self._deeds(page, route)
            if route.model and not route.holes:
                yield from self._actions(route.model, replace(page, kind="action"), ())

    def _actions(self, model: Any, page: Ask, names: Iterable[str]) -> Iterator[Ask]:
        both = [part[model] for part in (self.world.a, self.world.b) if model in part]
        for name in [*names, "delete_selected"]:
            # Who says that all are meant need not say which.
            for rows, across in ((both[:1], "0"), (both[1:], "0"), (both, "0"), (both, "1")):
                chosen = [("_selected_action", str(row.pk)) for row in rows]
                told = (("action", name), ("index", "0"), ("select_across", across))
                yield page.posted(*told, *chosen)
                yield page.posted(*told, *chosen, ("post", "yes"), ("apply", "1"))

    def of_page(self, page: Page, model: Any) -> Iterator[Ask]:
        """Fill in what stands on a page: each field, link and choice of action it offers."""
        yield from self._of_links(page)
        for form in page.forms:
            address = quote(form.address) if form.address else page.address
            ask = Ask("form", address, form.fields, form.method)
            yield from self._of_form(form, ask)
            if model and "action" in form.choices:
                start = replace(ask, kind="action", method="POST")
                yield from self._actions(model, start, form.choices["action"])

    def _of_links(self, page: Page) -> Iterator[Ask]:
        offered: dict[str, list[str]] = defaultdict(list)
        for link in page.links:
            for name, value in parse_qsl(urlsplit(link).query, keep_blank_values=True):
                offered[name].append(value)
        for name, values in offered.items():
            for value in (*self._foreign(values), *JUNK[:3], ""):
                yield Ask("link", page.address, ((name, value),), about=name)

    def _of_form(self, form: Form, ask: Ask) -> Iterator[Ask]:
        yield ask
        for name, value in self._worth_telling(form):
            changed = tuple(pair for pair in form.fields if pair[0] != name)
            yield replace(ask, fields=(*changed, (name, value)), about=name)

    def _foreign(self, offered: Iterable[str]) -> list[str]:
        """Return what is none of one's business and might be taken where these are offered.

        Where rows of our own are offered, a key of another table is no more than any number.
        """
        kinds = {kind for kind in self.world.b if str(self.own.get(kind)) in set(offered)}
        pointers = [str(self.world.b[kind].pk) for kind in kinds] or self._pointers()
        return [*pointers, *self.texts(User, Role)[:2]]

    def _worth_telling(self, form: Form) -> Iterator[tuple[str, str]]:
        """Point the fields that may point at every foreign row, and each other one at some."""
        names = [each for each in dict(form.fields) if each != "csrfmiddlewaretoken"]
        for place, name in enumerate(names):
            foreign = self._foreign(form.choices.get(name, ()))
            may_point = any(word in name.lower() for word in POINTING)
            some = foreign if may_point else foreign[place % len(foreign) :][:2]
            yield from ((name, value) for value in [*some, ""])
