"""XP that staff gives or takes: the level and its rewards follow, history keeps who and why."""

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from activity.models import GlobalProgress, Progress
from activity.services.curve import TOTALS, Risen, level_of
from activity.services.rewards import give_rewards
from community.errors import HouseError
from community.models import Grant, Member, Staff
from community.services.audit import write_audit
from community.services.grants import require

MOST_XP = TOTALS[-1]


@transaction.atomic
def correct_xp(*, member: Member, by: Staff, amount: int, reason: str = "") -> Progress:
    """Give somebody XP, or take some, never below nothing; nobody is told on Discord."""
    guild_id, user_id = member.guild_id, member.user_id
    require(by, Grant.Capability.CONFIGURE, guild_id=guild_id)
    Progress.objects.get_or_create(guild_id=guild_id, user_id=user_id)
    theirs = Progress.objects.of(guild_id).of_person(user_id)
    row: Progress = theirs.select_for_update(no_key=True).get()
    before, xp, level = row.level, row.xp, level_of(max(0, row.xp + amount))
    if not amount or not 0 <= xp + amount <= MOST_XP:
        raise HouseError(f"They have {xp:,} XP: give or take so much that it makes sense.")
    row.xp, row.level = xp + amount, level
    row.save(update_fields=["xp", "level"])
    _correct_everywhere(user_id, amount)
    give_rewards([Risen(guild_id, user_id, before, level, channel_id=0, at=timezone.now())])
    write_audit(
        verb="activity.xp.corrected",
        subject=("user", user_id),
        by=by,
        guild_id=guild_id,
        before={"xp": xp},
        after={"xp": row.xp, "reason": reason},
    )
    return row


def _correct_everywhere(user_id: int, amount: int) -> None:
    GlobalProgress.objects.get_or_create(user_id=user_id)
    theirs = GlobalProgress.objects.of_person(user_id)
    theirs.update(xp=Greatest(F("xp") + amount, Value(0)))
