"""What this app hangs at the person page: the tabs, and the first sources of the timeline."""

from collections.abc import Iterable
from typing import Any

from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from community.desk.current_guild import guilds_granted
from community.desk.person import timeline_tab
from community.desk.registry import (
    Moment,
    PersonTab,
    TimelineRow,
    TimelineSource,
    person_tab,
    timeline_source,
)
from community.desk.verbs import names_in, sum_up
from community.models import AuditEntry, Grant, Member, MemberRole
from community.scope import cross_guild

SEE = Grant.Capability.SEE


def joined(member: Member, before: Moment, _: int) -> list[TimelineRow]:
    """Return when somebody came in."""
    row = TimelineRow(at=member.joined_at, number=0, icon="joined", words="Joined the server")
    return [row] if (row.at, 0) < before else []


def left(member: Member, before: Moment, _: int) -> list[TimelineRow]:
    """Return when somebody left."""
    if member.left_at is None or (member.left_at, 0) >= before:
        return []
    return [TimelineRow(at=member.left_at, number=0, icon="left", words="Left the server")]


def given(member: Member, before: Moment, most: int) -> list[TimelineRow]:
    """Return the roles somebody was given."""
    rows = latest(_roles_of(member), "assigned_at", before, most)
    return [
        TimelineRow(
            at=each.assigned_at, number=each.pk, icon="role", words=f"Was given {each.role}"
        )
        for each in rows
    ]


def ended(member: Member, before: Moment, most: int) -> list[TimelineRow]:
    """Return the roles somebody no longer holds."""
    rows = latest(_roles_of(member).filter(ended_at__isnull=False), "ended_at", before, most)
    return [
        TimelineRow(
            at=each.ended_at, number=each.pk, icon="role", words=f"No longer holds {each.role}"
        )
        for each in rows
    ]


def audited(member: Member, before: Moment, most: int) -> list[TimelineRow]:
    """Return what staff changed about somebody."""
    of_member = Q(subject_kind="member", subject_id=str(member.pk))
    of_person = Q(subject_kind="user", subject_id=str(member.user_id))
    entries = AuditEntry.objects.filter(of_member | of_person, guild_id=member.guild_id)
    return rows_of(latest(entries, "at", before, most))


def rows_of(found: Iterable[AuditEntry]) -> list[TimelineRow]:
    """Return entries of the audit log as events."""
    entries = list(found)
    names = names_in(entries) if entries else {}
    return [_row_of(entry, sum_up(entry, names)) for entry in entries]


def _row_of(entry: AuditEntry, words: str) -> TimelineRow:
    url = reverse("admin:community_auditentry_change", args=[entry.pk])
    told = {"words": words, "url": url, "actor": entry.actor}
    return TimelineRow(at=entry.at, number=entry.pk, icon="audit", **told)


def latest(rows: QuerySet[Any], column: str, before: Moment, most: int) -> QuerySet[Any]:
    """Return the latest rows that lie before a moment; those of one moment by their number."""
    at, number = before
    older = Q(**{f"{column}__lt": at}) | Q(**{column: at, "pk__lt": number})
    return rows.filter(older, **{f"{column}__lte": at}).order_by(f"-{column}", "-pk")[:most]


def _roles_of(member: Member) -> QuerySet[MemberRole]:
    rows = MemberRole.objects.filter(guild_id=member.guild_id, member=member)
    return rows.exclude(role_id=F("guild_id")).select_related("role")


def roles_tab(_: HttpRequest, member: Member) -> dict[str, Any]:
    """Return every role somebody ever held."""
    return {"assignments": _roles_of(member).order_by("-assigned_at", "-pk")[:200]}


def servers_tab(request: HttpRequest, member: Member) -> dict[str, Any]:
    """Return the other servers somebody is in, as far as who asks may see them."""
    names = {guild.pk: guild for guild in guilds_granted(request) if guild.pk != member.guild_id}
    with cross_guild("the other servers of one person that the viewer may see", among=names):
        found = list(Member.objects.filter(user_id=member.user_id, guild_id__in=names))
    return {"elsewhere": [(names[each.guild_id], each) for each in found]}


for name, label, rows in (
    ("joined", "Comings and goings", joined),
    ("left", "Comings and goings", left),
    ("roles_ended", "Roles", ended),
    ("roles_given", "Roles", given),
    ("audit", "Done by staff", audited),
):
    timeline_source(TimelineSource(name=name, label=label, needs=SEE, rows=rows))

for order, (name, label, context) in enumerate(
    (
        ("timeline", "Timeline", timeline_tab),
        ("roles", "Roles", roles_tab),
        ("servers", "Other servers", servers_tab),
    )
):
    template = f"desk/tab_{name}.html"
    person_tab(
        PersonTab(
            name=name, label=label, needs=SEE, template=template, context=context, order=order * 100
        )
    )
