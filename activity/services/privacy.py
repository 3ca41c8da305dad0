"""What activity knows of a person: a copy of it, and what is left when they are forgotten."""

from typing import Any

from django.db import models, transaction
from django.db.models.functions import Coalesce

from activity.models import (
    ActivityRoleHolding,
    AfkLeave,
    GlobalProgress,
    MemberDay,
    MemberEvent,
    MemberTotals,
    MessageEvent,
    PresenceDay,
    Progress,
    RoleChange,
    VoiceEvent,
    VoiceSession,
)
from activity.services.log_lines import forget_person
from community.services.privacy import Rows, plain_rows

# Every table of this app that says something about a person, and the column that names them.
PERSONAL: dict[type[models.Model], str] = {
    ActivityRoleHolding: "user_id",
    AfkLeave: "user_id",
    GlobalProgress: "user_id",
    MemberDay: "user_id",
    MemberEvent: "user_id",
    MemberTotals: "user_id",
    MessageEvent: "user_id",
    PresenceDay: "user_id",
    Progress: "user_id",
    RoleChange: "user_id",
    VoiceEvent: "user_id",
    VoiceSession: "user_id",
}
# Raw events of a stranger still count for their channel and their hour; all else is only theirs.
MADE_A_STRANGERS = (MemberEvent, MessageEvent, RoleChange, VoiceEvent, VoiceSession)
STRANGER = 0


def export_member(*, user_id: int) -> dict[str, Rows]:
    """Return what this app knows about a person, table by table."""
    return {model._meta.label: plain_rows(_theirs(model, user_id)) for model in PERSONAL}


@transaction.atomic
def forget_member(*, user_id: int) -> int:
    """Make their events a stranger's and drop their counters; what servers count stays true."""
    # A session that lasts must end first: a server has one stranger, who is not in two channels.
    VoiceSession.objects.of_person(user_id).open().update(
        ended_at=Coalesce("seen_at", "started_at"), ending="lost", counting_since=None
    )
    changed = sum(_theirs(model, user_id).update(user_id=STRANGER) for model in MADE_A_STRANGERS)
    forget_person(user_id=user_id)
    theirs = [model for model in PERSONAL if model not in MADE_A_STRANGERS]
    return changed + sum(_theirs(model, user_id).delete()[0] for model in theirs)


def _theirs(model: type[models.Model], user_id: int) -> models.QuerySet[Any]:
    """Return what a table says of somebody; of the largest, by the servers they wrote in.

    Messages are found by server and person, and who wrote one has totals there.
    """
    rows = model._base_manager.filter(**{PERSONAL[model]: user_id})
    if model is MessageEvent:
        wrote = MemberTotals.objects.filter(user_id=user_id)
        return rows.filter(guild_id__in=[*wrote.values_list("guild_id", flat=True)])
    return rows
