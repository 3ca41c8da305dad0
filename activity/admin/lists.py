"""The lists of single events: messages, stays in voice, comings and goings of some days."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from activity.admin.statistics import hours
from activity.models import MemberEvent, MessageEvent, VoiceSession
from activity.services.statistics import names_of_channels
from community.desk.base import bdi, pill
from community.desk.current_guild import guild_of
from community.desk.filters import DateRangeFilter
from community.desk.of_people import OfPeopleAdmin
from community.desk.people import moment
from community.desk.registry import NavItem, nav_item
from community.models import Grant
from community.spans import begin_of

SEE = Grant.Capability.SEE
DAYS = 30
LONGEST_ID, LARGEST = 19, 2**63
FIRST, LAST = date(2015, 1, 1), date(2100, 1, 1)


class WithinDays(DateRangeFilter):
    """Keeps events of a span of days; where none is named, of the last thirty."""

    def __init__(self, *told: Any, **more: Any) -> None:
        super().__init__(*told, **more)
        self.title = f"days (else the last {DAYS})"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        rows: Any = queryset
        last = min(self.last or LAST, LAST)
        first = self.first or min(last, timezone.localdate()) - timedelta(days=DAYS - 1)
        return rows.between(begin_of(max(first, FIRST)), begin_of(last + timedelta(days=1)))


class InChannel(admin.SimpleListFilter):
    """Keeps what happened in one channel, named by its id."""

    title = "channel"
    parameter_name = "channel_id"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        names = names_of_channels(guild_id=guild_of(request).pk, ids=self._ids())
        return [(str(each), name) for each, name in names.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        ids = self._ids()
        return queryset.filter(channel_id=ids[0]) if ids else queryset

    def _ids(self) -> list[int]:
        text = self.value() or ""
        is_id = text.isascii() and text.isdecimal() and len(text) <= LONGEST_ID
        return [int(text)] if is_id and int(text) < LARGEST else []


class EventAdmin(OfPeopleAdmin):
    """Shows events, those of some days only, the newest first."""

    list_display_links = None
    empty_words = "Nothing of this kind in these days."

    def name_rows(self, request: HttpRequest, rows: Sequence[Any]) -> Sequence[Any]:
        """Tell each row whom it is about and where it happened, as they are called today."""
        places = [row.channel_id for row in rows if hasattr(row, "channel_id")]
        here = guild_of(request).pk
        names = names_of_channels(guild_id=here, ids=places) if places else {}
        for row in rows:
            row.place = names.get(getattr(row, "channel_id", 0), "")
        return super().name_rows(request, rows)

    @admin.display(description="Channel")
    def channel(self, row: Any) -> str:
        return bdi(row.place)


@admin.register(MessageEvent)
class MessageEventAdmin(EventAdmin):
    list_display = ["person", "channel", "written", "length", "state"]
    list_filter = [("id", WithinDays), InChannel, "has_attachment", "is_reply"]
    ordering = ["-id"]

    @admin.display(description="Written")
    def written(self, message: MessageEvent) -> str:
        return moment(message.written_at)

    @admin.display(description="Length")
    def length(self, message: MessageEvent) -> str:
        carries = {"file": message.has_attachment, "embed": message.has_embed}
        told = [f"{message.words:,} words", *(name for name, has in carries.items() if has)]
        return ", ".join(told)

    @admin.display(description="State")
    def state(self, message: MessageEvent) -> str:
        if message.deleted_at is not None:
            return pill("Deleted", "bad")
        return pill("Edited", "warn") if message.edited_at is not None else "—"


@admin.register(VoiceSession)
class VoiceSessionAdmin(EventAdmin):
    list_display = ["person", "channel", "came", "went", "counted"]
    list_filter = [("started_at", WithinDays), InChannel, "ending"]
    ordering = ["-started_at"]

    @admin.display(description="Came", ordering="started_at")
    def came(self, stay: VoiceSession) -> str:
        return moment(stay.started_at)

    @admin.display(description="Went")
    def went(self, stay: VoiceSession) -> str:
        return moment(stay.ended_at) if stay.ended_at else pill("Is there now", "ok")

    @admin.display(description="Counted")
    def counted(self, stay: VoiceSession) -> str:
        return hours(stay.counted_ms)


@admin.register(MemberEvent)
class MemberEventAdmin(EventAdmin):
    list_display = ["person", "what", "at_", "invite", "member_count"]
    list_filter = [("at", WithinDays), "kind"]
    ordering = ["-at"]

    @admin.display(description="What", ordering="kind")
    def what(self, event: MemberEvent) -> str:
        good, bad = ("join", "boost", "unban"), ("ban",)
        tone = "ok" if event.kind in good else "bad" if event.kind in bad else "mute"
        return pill(event.get_kind_display(), tone)

    @admin.display(description="When", ordering="at")
    def at_(self, event: MemberEvent) -> str:
        return moment(event.at)


for place, (label, model, icon) in enumerate(
    (
        ("Messages", "messageevent", "chat"),
        ("Voice", "voicesession", "heartbeat"),
        ("Comings and goings", "memberevent", "left"),
    )
):
    url_name = f"activity_{model}_changelist"
    told: dict[str, Any] = {"label": label, "url_name": url_name, "icon": icon}
    nav_item(NavItem(group="Activity", needs=SEE, order=210 + place, **told))
