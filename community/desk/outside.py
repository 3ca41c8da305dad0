"""How errands and standing orders are shown: how far they have come, about whom, and where."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from community.desk.base import noted, pill
from community.desk.people import in_words, moment, name_of, person_cell, span_in_words
from community.kinds import known_orders, label_of, order_kind
from community.models import Channel, Errand, Member, Role, StandingOrder

# So many people of one beginning are looked for at once.
MOST_LIKE = 50
MINUTE = timedelta(minutes=1)
LONGEST_ID = 19
LONGEST_WORDS = 500
HOLDS = {
    "permission": ("Waits for a permission", "bad"),
    "guild_away": ("Server away", "warn"),
    "restored": ("Waits for a word", "warn"),
    "clock": ("Waits for a trusted time", "warn"),
}
STATES = {
    "waiting": ("Waiting", "warn"),
    "running": ("Under way", "warn"),
    "done": ("Done", "ok"),
    "dead": ("Given up", "bad"),
    "skipped": ("Not done any more", "mute"),
}


def standing_of_order(order: StandingOrder) -> tuple[str, str]:
    """Return how far an order has come, in words and with its tone."""
    if order.is_settled and not order.wanted:
        return "Ended", "mute"
    if order.hold:
        return HOLDS[order.hold]
    if not order.is_settled:
        doing = "Waits for Discord" if order.wanted else "Is being ended"
        return ("Is tried again", "warn") if order.attempts else (doing, "warn")
    if order.owner == StandingOrder.Owner.FOREIGN:
        return "So by somebody else", "mute"
    return "Confirmed by Discord", "ok"


def standing_of_errand(errand: Errand) -> tuple[str, str]:
    """Return how far an errand has come, in words and with its tone."""
    is_tried = errand.state == Errand.State.WAITING and errand.attempts
    return ("Is tried again", "warn") if is_tried else STATES[errand.state]


def delivery_of(order: StandingOrder, now: datetime) -> str:
    """Return in a sentence whether Discord shows what was wished, and if not, why."""
    if order.is_settled and order.confirmed_at:
        ago = max(now - order.confirmed_at, timedelta(0))
        words = span_in_words(ago) if ago >= MINUTE else f"{ago.seconds} s"
        return f"Discord confirmed it {words} ago."
    if order.is_settled:
        return "It was changed by hand on Discord, and is left so."
    if order.hold or order.last_error:
        why = order.last_error or HOLDS[order.hold][0]
        return f"Waiting for Discord: {why}"
    return "Waiting for Discord; it takes a moment."


def is_moving(row: Errand | StandingOrder) -> bool:
    """Tell whether it may change within seconds, so that a page about it looks again."""
    if isinstance(row, Errand):
        is_due = row.state == Errand.State.WAITING and row.due_at <= timezone.now() + MINUTE
        return is_due or row.state == Errand.State.RUNNING
    return row.next_check_at is not None and not row.is_settled and not row.hold


def next_moment(at: datetime | None) -> str:
    """Return when something is due next; what is due already has no hour of its own."""
    return "at once" if at is not None and at <= timezone.now() else moment(at)


def until_in_words(order: StandingOrder) -> str:
    """Return how long it shall be so."""
    if not order.wanted:
        return "No longer"
    return moment(order.until, empty="For good")


def until_and_next(order: StandingOrder) -> str:
    """Return how long it shall be so, and below when it is looked at before that."""
    if order.next_check_at in (None, order.until):
        return until_in_words(order)
    return noted(
        until_in_words(order), format_html("Next look: {}", next_moment(order.next_check_at))
    )


def asked_and_due(errand: Errand) -> str:
    """Return when it was asked for, and below when it is tried next."""
    if errand.ended_at:
        return moment(errand.made_at)
    return noted(moment(errand.made_at), format_html("Due: {}", next_moment(errand.due_at)))


def state_and_trouble(state: tuple[str, str], row: Errand | StandingOrder) -> str:
    """Return how far it has come, and below what went wrong last."""
    told = pill(*state)
    return noted(told, what_went_wrong(row)) if row.last_error else told


def title_of(row: Any) -> str:
    """Return what it is: its kind, and for a role which one."""
    is_order = isinstance(row, StandingOrder)
    return f"{label_of(row.kind)} {row.place if is_order else ''}".strip()


def headline_of(row: Any) -> str:
    """Return what it is, and about whom."""
    whom = name_of(row.member) if row.member else row.user_id
    return f"{title_of(row)}: {whom}" if whom else title_of(row)


def whom(row: Any) -> str:
    """Return whom it is about, as a list shows people, with the way to their page."""
    if row.member is None:
        return format_html('<code class="dk-id">{}</code>', row.user_id) if row.user_id else "—"
    url = reverse("admin:person", args=[row.member.pk])
    return format_html('<a href="{}">{}</a>', url, person_cell(row.member))


def who_decided(order: StandingOrder) -> str:
    """Return the name of who decided it, as far as that is known."""
    if order.kind not in known_orders():
        return ""
    asked_by = order_kind(order.kind).asked_by(order)
    if asked_by is None:
        return ""
    member = Member.objects.filter(user_id=asked_by).select_related("user").first()
    return name_of(member) if member else str(asked_by)


def said_in(errand: Errand) -> str:
    """Return what an errand says, as far as it says anything."""
    message = errand.payload.get("message")
    told = message.get("content") if isinstance(message, Mapping) else ""
    return str(told or "")[:LONGEST_WORDS]


def link_to(errand: Errand) -> str:
    """Return the address of what came of an errand; empty when it left nothing to look at."""
    ids = [_id(errand.result.get(name)) for name in ("channel_id", "message_id")]
    place = "@me" if errand.kind == "direct_message" else errand.guild_id
    return f"https://discord.com/channels/{place}/{ids[0]}/{ids[1]}" if all(ids) else ""


def in_full(words: str) -> str:
    """Return what was said, broken wherever a line ends, so that no word of it is too long."""
    return format_html('<bdi class="dk-words">{}</bdi>', words) if words else "—"


def what_went_wrong(row: Errand | StandingOrder) -> str:
    """Return what went wrong last, and how often it was tried."""
    tries = "tried once" if row.attempts == 1 else f"tried {row.attempts} times"
    if not row.last_error:
        return "—"
    return (
        format_html("{} ({})", in_full(row.last_error), tries)
        if row.attempts
        else in_full(row.last_error)
    )


def look_up(rows: Sequence[Any]) -> Sequence[Any]:
    """Tell each of these rows of one table whom and what it is about, as it is called today."""
    people = {row.user_id for row in rows if row.user_id}
    members = Member.objects.filter(user_id__in=people).select_related("user") if people else ()
    by_id = {member.user_id: member for member in members}
    places = {row.pk: _place_of(row) for row in rows}
    kind: type[Any] = Role if rows and isinstance(rows[0], StandingOrder) else Channel
    keys = set(places.values()) - {0}
    names = {each.pk: str(each) for each in kind.objects.filter(pk__in=keys)} if keys else {}
    for row in rows:
        row.member, row.place = by_id.get(row.user_id), names.get(places[row.pk], "")
    return rows


def people_like(words: str) -> set[int]:
    """Return the Discord ids of those in this server whose names begin so, or who have this id."""
    if not words:
        return set()
    wanted = Q()
    for name in ("nickname", "user__username", "user__global_name"):
        wanted |= Q(**{f"{name}__istartswith": words})
    found: QuerySet[Any] = Member.objects.filter(wanted).values_list("user_id", flat=True)
    return {*found[:MOST_LIKE], *([_id(words)] if _id(words) else [])}


def end_in_words(order: StandingOrder) -> str:
    """Return until when it is wished, for a sentence."""
    return f"until {in_words(order.until)}" if order.until else "for good"


def _place_of(row: Errand | StandingOrder) -> int:
    return row.subject if isinstance(row, StandingOrder) else _id(row.payload.get("channel_id"))


def _id(value: Any) -> int:
    text = str(value or "")
    is_id = text.isascii() and text.isdecimal() and len(text) <= LONGEST_ID
    return int(text) if is_id else 0
