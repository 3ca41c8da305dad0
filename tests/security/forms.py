"""What stands on a page: its forms with what they would send, its links, its tags."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

TYPED = {"input", "textarea", "button"}


@dataclass
class Form:
    """A form, and what it sends when nobody touches it."""

    address: str
    method: str
    told: list[tuple[str, str]] = field(default_factory=list)
    choices: dict[str, list[str]] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """Return names and values, a select's first choice included."""
        known = {name for name, _ in self.told}
        first = [(name, each[0]) for name, each in self.choices.items() if name not in known]
        return tuple(self.told + [(name, value) for name, value in first if name != "action"])


class Page(HTMLParser):
    """Reads one page."""

    def __init__(self, address: str, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.address = address
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.form: Form | None = None
        self.select = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        told = {name: value or "" for name, value in attrs}
        self.tags.append((tag, told))
        if tag == "a" and "?" in told.get("href", ""):
            self.links.append(told["href"])
        elif tag == "form":
            address = urlsplit(urljoin(self.address, told.get("action", ""))).path
            self.form = Form(address, told.get("method", "get").upper())
            self.forms.append(self.form)
        elif self.form:
            self._note(self.form, tag, told)

    def _note(self, form: Form, tag: str, told: dict[str, str]) -> None:
        name = told.get("name", "")
        if tag == "select":
            self.select = name
            form.choices[name] = []
        elif tag == "option" and self.select:
            value = told.get("value", "")
            form.choices[self.select].append(value)
            if "selected" in told:
                form.told.append((self.select, value))
        elif tag in TYPED and name and name != "csrfmiddlewaretoken":
            self._type(form, name, told)

    def _type(self, form: Form, name: str, told: dict[str, str]) -> None:
        if told.get("type") not in {"checkbox", "radio"} or "checked" in told:
            form.told.append((name, told.get("value", "")))

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = ""
