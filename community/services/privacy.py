"""What one person may ask of everything we know: a copy of it, and to be forgotten."""

from collections.abc import Collection, Iterator
from typing import Any

from django.core.serializers.python import Serializer
from django.db import models, transaction
from django.utils import timezone

from community.errors import StillNeeded
from community.models import (
    CommandPause,
    CommandUse,
    CustomCommand,
    Errand,
    GoneMember,
    Invite,
    LoginTry,
    Member,
    MemberRole,
    Overwrite,
    Preference,
    PrivacyRequest,
    Reminder,
    RoleReturn,
    Staff,
    StandingOrder,
    Stay,
    User,
)
from community.scope import cross_guild
from community.services.archives import erase_in_archives, lines_about
from community.services.audit import write_audit
from community.services.conversations import forget_meetings
from community.services.copies import remove_copies
from community.services.neighbours import apps_that_answer
from community.services.progress import tell_progress
from community.services.reminders import forget_reminders
from community.services.staff import require_keeper
from community.services.wishes import GIVEN, ROLE, let_go

Rows = list[dict[str, Any]]

# Every table of this app that says something about a person, and the column that names them.
PERSONAL: dict[type[models.Model], str] = {
    User: "id",
    Preference: "user_id",
    Member: "user_id",
    MemberRole: "member__user_id",
    Overwrite: "target_id",
    Invite: "inviter_id",
    Staff: "discord_id",
    Errand: "user_id",
    StandingOrder: "user_id",
    Stay: "member__user_id",
    RoleReturn: "member__user_id",
    Reminder: "user_id",
    CommandUse: "user_id",
    CustomCommand: "creator_id",
    CommandPause: "subject_id",
    GoneMember: "user_id",
    PrivacyRequest: "user_id",
}
# What a copy leaves out: it would help a thief, not the person.
SECRET: dict[type[models.Model], set[str]] = {
    Staff: {"password", "sessions_ended"},
    PrivacyRequest: {"path"},
}


def export_person(*, user_id: int) -> dict[str, Rows]:
    """Return everything every app knows about a person, table by table."""
    with cross_guild("a copy of everything about one person"):
        told = [app.export_member(user_id=user_id) for app in _telling("export_member")]
    tables = {table: rows for tables in told for table, rows in tables.items()}
    for table, line in lines_about(user_id=user_id):
        tables.setdefault(f"archived.{table}", []).append(line)
    return tables


@transaction.atomic
def erase_person(*, user_id: int, by: Staff | None) -> int:
    """Make a person a stranger in every app; return how many rows changed.

    An app that still needs them (an open punishment, say) raises StillNeeded, and nobody forgets.
    """
    if by is not None:
        require_keeper(by)
    with cross_guild("erasing one person everywhere"):
        changed: int = sum(app.forget_member(user_id=user_id) for app in _telling("forget_member"))
        changed += erase_in_archives(user_id=user_id)
        write_audit(verb="community.person.erased", subject=("user", user_id), by=by)
    return changed


def _telling(question: str) -> Iterator[Any]:
    """Yield every app that answers, and tell how many have."""
    answering = apps_that_answer(question)
    for number, app in enumerate(answering):
        tell_progress(done=number, whole=len(answering))
        yield app


def export_member(*, user_id: int) -> dict[str, Rows]:
    """Return what this app knows about a person, table by table."""
    return {
        model._meta.label: plain_rows(
            model._base_manager.filter(**{column: user_id}), besides=SECRET.get(model, set())
        )
        for model, column in PERSONAL.items()
    }


@transaction.atomic
def forget_member(*, user_id: int) -> int:
    """Empty what this app knows about a person; their id stays where history points at it."""
    if Staff.objects.filter(discord_id=user_id, is_active=True).exists():
        raise StillNeeded("This person works here: switch their staff account off first.")
    nameless = {"username": "", "global_name": "", "avatar": "", "direct_channel_id": None}
    return (
        User.objects.filter(pk=user_id).update(**nameless, erased_at=timezone.now())
        + Member.objects.filter(user_id=user_id).update(nickname="", last_seen=None)
        + Preference.objects.filter(user_id=user_id).delete()[0]
        + Overwrite.objects.filter(target="member", target_id=user_id).delete()[0]
        + Invite.objects.filter(inviter_id=user_id).update(inviter_id=None)
        + Stay.objects.filter(member__user_id=user_id).delete()[0]
        + RoleReturn.objects.filter(member__user_id=user_id).delete()[0]
        + MemberRole.objects.filter(assigned_by_id=user_id).update(assigned_by_id=None)
        + CustomCommand.objects.filter(creator_id=user_id).update(creator_id=None)
        + CommandPause.objects.filter(subject_id=user_id).delete()[0]
        + forget_meetings(user_id=user_id)
        + Errand.objects.ended().filter(user_id=user_id).update(payload={}, result={})
        + forget_reminders(user_id=user_id)
        + CommandUse.objects.filter(user_id=user_id).update(user_id=None)
        + GoneMember.objects.filter(user_id=user_id).delete()[0]
        + _forget_requests(user_id)
        + _forget_orders(user_id)
        + _forget_staff(user_id)
    )


def _forget_requests(user_id: int) -> int:
    """Forget what they wished before, with the copies that lie there; not what is answered now."""
    theirs = PrivacyRequest.objects.filter(user_id=user_id)
    paths = [*theirs.with_a_file().values_list("path", flat=True)]
    transaction.on_commit(lambda: remove_copies(paths))
    now_answered = {"kind": PrivacyRequest.Kind.ERASURE, "state": PrivacyRequest.State.WAITING}
    return theirs.exclude(**now_answered).delete()[0]


def _forget_orders(user_id: int) -> int:
    """Forget what was once kept true about somebody; what still is needs them known.

    Roles that they earned are left to them, and kept true no longer.
    """
    let_go(StandingOrder.objects.about(user_id).filter(kind__in=[ROLE, GIVEN]).to_keep())
    if StandingOrder.objects.about(user_id).to_keep().exists():
        raise StillNeeded("Something is still kept true about them on Discord: lift it first.")
    return StandingOrder.objects.about(user_id).update(reason="", last_error="")


def _forget_staff(user_id: int) -> int:
    accounts = Staff.objects.filter(discord_id=user_id)
    tries = LoginTry.objects.filter(username__in=[s.username.lower() for s in accounts])
    return tries.delete()[0] + accounts.update(discord_id=None)


def plain_rows(rows: models.QuerySet[Any], *, besides: Collection[str] = ()) -> Rows:
    """Return rows as plain values, without the columns that are nobody's to see."""
    fields = [f.name for f in rows.model._meta.local_concrete_fields if f.name not in besides]
    # Python values as Django's own JSON serializer would write them; ids stay numbers.
    return [
        {"id": row["pk"], **row["fields"]} for row in Serializer().serialize(rows, fields=fields)
    ]
