"""What activity hangs at the person page: its tab, a fact, and stays in voice in the timeline."""

from typing import Any

from django.http import HttpRequest

from activity.admin.statistics import hours
from activity.models import VoiceSession
from activity.services.charts import days_of_person, in_channels
from activity.services.profiles import profile_person, stays_before
from activity.services.statistics import names_of_channels
from community.desk.people import name_of
from community.desk.registry import (
    Moment,
    PersonTab,
    TimelineRow,
    TimelineSource,
    person_tab,
    timeline_source,
)
from community.desk.spans import choices_of, span_of
from community.models import Grant, Member

SEE = Grant.Capability.SEE
ONLINE = {"online_s": "Online", "idle_s": "Idle", "dnd_s": "Not to be disturbed"}


def activity_tab(request: HttpRequest, member: Member) -> dict[str, Any]:
    """Return what somebody did: in some days and ever, where, and with whom."""
    span = span_of(request)
    about = {"guild_id": member.guild_id, "user_id": member.user_id}
    profile = profile_person(**about, span=span)
    choices = [(words, f"{url}&tab=activity", here) for words, url, here in choices_of(span)]
    charts = [days_of_person(span, profile.days), in_channels(profile.channels)]
    told = {"figures": _figures(profile), "company": [_companion(*e) for e in profile.company]}
    return {"span": span, "choices": choices, "profile": profile, "charts": charts, **told}


def _figures(profile: Any) -> list[tuple[str, str, str]]:
    totals, lately = profile.totals, profile.lately
    ever = (f"{totals.messages:,} ever", f"{hours(totals.voice_ms)} ever") if totals else ("", "")
    told = [
        ("Messages", f"{lately['messages']:,}", ever[0]),
        ("In voice", hours(lately["voice_ms"]), ever[1]),
        ("Words", f"{lately['words']:,}", ""),
        ("Active days", f"{len(profile.days)}", ""),
    ]
    online = profile.online_s.items()
    return told + [(ONLINE[name], hours(1000 * spent), "") for name, spent in online]


def _companion(each: Any, member: Member | None) -> dict[str, Any]:
    name = name_of(member) if member else str(each.user_id)
    return {"member": member, "name": name, "times": each.times, "time": hours(each.ms)}


def stays(member: Member, before: Moment, most: int) -> list[TimelineRow]:
    """Return somebody's stays in voice as events."""
    about = {"guild_id": member.guild_id, "user_id": member.user_id}
    found = stays_before(**about, before=before, most=most)
    ids = [each.channel_id for each in found]
    names = names_of_channels(guild_id=member.guild_id, ids=ids) if found else {}
    return [_row_of(each, names[each.channel_id]) for each in found]


def _row_of(stay: VoiceSession, place: str) -> TimelineRow:
    told = f"In voice in {place}, {hours(stay.counted_ms)} of it counted"
    if stay.ended_at is None:
        told = f"Is in voice in {place}"
    return TimelineRow(at=stay.started_at, number=stay.pk, icon="heartbeat", words=told)


timeline_source(TimelineSource(name="voice", label="Voice", needs=SEE, rows=stays))
person_tab(
    PersonTab(
        name="activity",
        label="Activity",
        needs=SEE,
        template="activity/tab_activity.html",
        context=activity_tab,
        order=5,
    )
)
