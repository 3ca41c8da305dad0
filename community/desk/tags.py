"""What templates of the desk may ask beyond Django's own words."""

from datetime import timedelta
from typing import Any, NamedTuple

from django import template
from django.contrib.admin.views.main import ChangeList

from community.desk.people import initials_of, span_in_words

register = template.Library()
register.filter("initials", initials_of)


@register.filter
def span(length: timedelta | None) -> str:
    """Return how long something is, in its largest whole part; a dash where nobody knows."""
    return "—" if length is None else span_in_words(length)


@register.filter
def group(number: int) -> str:
    """Return a number as people write it."""
    return f"{number:,}"


class Chip(NamedTuple):
    """A filter that is in force: what it is called, what it says, and the way without it."""

    title: str
    says: str
    without: str


@register.simple_tag
def chips(cl: ChangeList) -> list[Chip]:
    """Return the filters that narrow a list now."""
    return [_chip(cl, spec) for spec in cl.filter_specs if any(spec.used_parameters.values())]


def _chip(cl: ChangeList, spec: Any) -> Chip:
    chosen = [str(choice["display"]) for choice in spec.choices(cl) if choice["selected"]]
    without = cl.get_query_string(remove=spec.expected_parameters())
    return Chip(str(spec.title).capitalize(), ", ".join(filter(None, chosen)), without)
