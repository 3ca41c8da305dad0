"""What other apps hang at the desk from their admin.py: ways to go, tabs, events, cards."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from community.charts import Chart
from community.desk.current_guild import is_keeper, may
from community.desk.people import in_words
from community.models import Member

# What a keeper of the house holds; it is no capability, so no grant can give it.
KEEPER = "keeper"
# An event's place in time: when, and its number among those of its source at that moment.
Moment = tuple[datetime, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class NavItem:
    """A page that the navigation leads to."""

    group: str
    label: str
    url_name: str
    icon: str
    needs: str
    badge: Callable[[HttpRequest], int | None] | None = None
    order: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskPage:
    """A page of an app's own: its address, its name, and what it shows within the desk's frame."""

    route: str
    name: str
    needs: str
    view: Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDeed:
    """A button at the head of the person page, and the page of the deed it leads to."""

    label: str
    needs: str
    url: Callable[[Member], str]
    is_danger: bool = False
    is_offered: Callable[[Member], bool] = bool
    order: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonTab:
    """A tab of the person page: a template, and what it shows."""

    name: str
    label: str
    needs: str
    template: str
    context: Callable[[HttpRequest, Member], Mapping[str, Any]]
    order: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFact:
    """A line at the head of the person page; nothing is shown where it says nothing.

    One that may say something else within seconds is looked at again by the page itself.
    """

    label: str
    needs: str
    words: Callable[[Member], str]
    is_moving: Callable[[Member], bool] | None = None
    order: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineRow:
    """One event of somebody's timeline; `number` tells events of one moment apart."""

    at: datetime
    number: int
    icon: str
    words: str
    url: str = ""
    actor: str = ""

    @property
    def when(self) -> str:
        """When it was, as people say it."""
        return in_words(self.at)


# Asks for a member's latest events that lie before a moment, the last one first.
RowsBefore = Callable[[Member, Moment, int], Sequence[TimelineRow]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineSource:
    """Where events of the timeline come from; sources with one label are filtered as one."""

    name: str
    label: str
    needs: str
    rows: RowsBefore


@dataclass(frozen=True, slots=True, kw_only=True)
class TodayFigure:
    """A number of Today, what it means, and the rows behind it."""

    value: int
    words: str = ""
    url: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TodayCard:
    """A card of Today: a figure, a chart, or the latest events."""

    title: str
    needs: str
    figure: Callable[[HttpRequest], TodayFigure] | None = None
    chart: Callable[[HttpRequest], Chart] | None = None
    rows: Callable[[HttpRequest], Sequence[TimelineRow]] | None = None
    order: int = 100


@dataclass(frozen=True, slots=True)
class Registry:
    """Everything that was hung up, in the order in which it is shown."""

    nav_items: list[NavItem] = field(default_factory=list)
    pages: list[DeskPage] = field(default_factory=list)
    person_deeds: list[PersonDeed] = field(default_factory=list)
    person_tabs: list[PersonTab] = field(default_factory=list)
    person_facts: list[PersonFact] = field(default_factory=list)
    timeline_sources: list[TimelineSource] = field(default_factory=list)
    today_cards: list[TodayCard] = field(default_factory=list)


REGISTRY = Registry()


def nav_item(item: NavItem) -> None:
    """Add a page to the navigation."""
    REGISTRY.nav_items.append(item)
    REGISTRY.nav_items.sort(key=lambda each: each.order)


def desk_page(page: DeskPage) -> None:
    """Add a page to the desk; its view is given the frame's context by name."""
    REGISTRY.pages.append(page)


def person_deed(deed: PersonDeed) -> None:
    """Add a button to the person page."""
    REGISTRY.person_deeds.append(deed)
    REGISTRY.person_deeds.sort(key=lambda each: each.order)


def person_tab(tab: PersonTab) -> None:
    """Add a tab to the person page."""
    REGISTRY.person_tabs.append(tab)
    REGISTRY.person_tabs.sort(key=lambda each: each.order)


def person_fact(fact: PersonFact) -> None:
    """Add a line to the head of the person page."""
    REGISTRY.person_facts.append(fact)
    REGISTRY.person_facts.sort(key=lambda each: each.order)


def timeline_source(source: TimelineSource) -> None:
    """Add events to the timeline; a source's name is its place among events of one moment."""
    REGISTRY.timeline_sources.append(source)
    REGISTRY.timeline_sources.sort(key=lambda each: each.name)


def today_card(card: TodayCard) -> None:
    """Add a card to Today."""
    REGISTRY.today_cards.append(card)
    REGISTRY.today_cards.sort(key=lambda each: each.order)


def is_allowed(request: HttpRequest, needs: str) -> bool:
    """Tell whether who asks holds a capability in the request's server, or keeps the house."""
    return is_keeper(request) if needs == KEEPER else may(request, needs)
