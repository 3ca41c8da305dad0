"""Leave: people say that they will be away, and nothing is asked of them until they are back."""

from datetime import datetime, timedelta

from django.db import transaction

from activity.models import AfkLeave
from community.errors import HouseError
from community.models import Grant, Member, Staff
from community.services.audit import write_audit
from community.services.grants import require

# Who is away for longer asks somebody who moderates.
LONGEST_OWN, LONGEST = timedelta(days=60), timedelta(days=366)
LONGEST_REASON = 200


@transaction.atomic
def take_leave(
    *, guild_id: int, user_id: int, until: datetime, now: datetime, reason: str = ""
) -> AfkLeave:
    """Note that somebody says they will be away; said again, the last word counts."""
    if until - now > LONGEST_OWN:
        raise HouseError(
            f"Nobody enters more than {LONGEST_OWN.days} days for themselves: ask a moderator."
        )
    return _enter(_member(guild_id, user_id), until=until, now=now, reason=reason, by=None)


@transaction.atomic
def enter_leave(
    *, member: Member, by: Staff, until: datetime, now: datetime, reason: str = ""
) -> AfkLeave:
    """Note for somebody that they will be away; whoever may moderate may."""
    require(by, Grant.Capability.MODERATE, guild_id=member.guild_id)
    if until - now > LONGEST:
        raise HouseError("Leave lasts a year at most.")
    here = _member(member.guild_id, member.user_id)
    leave = _enter(here, until=until, now=now, reason=reason, by=by.discord_id)
    _note("entered", leave, by, after={"until": leave.ends_at.isoformat()})
    return leave


@transaction.atomic
def end_leave(*, guild_id: int, user_id: int, now: datetime, by: Staff | None = None) -> AfkLeave:
    """Note that somebody is back before the end they named."""
    if by is not None:
        require(by, Grant.Capability.MODERATE, guild_id=guild_id)
    _member(guild_id, user_id)
    leave = current_leave(guild_id=guild_id, user_id=user_id, now=now)
    if leave is None:
        whose = "They are" if by else "You are"
        raise HouseError(f"{whose} not on leave.")
    leave.ended_at = max(now, leave.starts_at)
    leave.save(update_fields=["ended_at"])
    if by is not None:
        _note("ended", leave, by, after={})
    return leave


def current_leave(*, guild_id: int, user_id: int, now: datetime) -> AfkLeave | None:
    """Return the leave somebody is on now; None when they are on none."""
    leave: AfkLeave | None = (
        AfkLeave.objects.of(guild_id).of_person(user_id).current(now).order_by("-ends_at").first()
    )
    return leave


def _enter(
    member: Member, *, until: datetime, now: datetime, reason: str, by: int | None
) -> AfkLeave:
    if until <= now:
        raise HouseError("That is over already.")
    about = {"guild_id": member.guild_id, "user_id": member.user_id}
    leave = current_leave(**about, now=now) or AfkLeave(**about, starts_at=now)
    leave.ends_at, leave.given_by_id = until, by
    leave.reason = " ".join(reason.split())[:LONGEST_REASON]
    leave.save()
    return leave


def _member(guild_id: int, user_id: int) -> Member:
    """Lock somebody who is here, so that they enter one leave at a time."""
    here = Member.objects.present().filter(guild_id=guild_id, user_id=user_id)
    member: Member | None = here.select_for_update(no_key=True).first()
    if member is None:
        raise HouseError("I have not met this person here yet; try again in a minute.")
    return member


def _note(what: str, leave: AfkLeave, by: Staff, *, after: dict[str, str]) -> None:
    write_audit(
        verb=f"activity.leave.{what}",
        subject=("user", leave.user_id),
        by=by,
        guild_id=leave.guild_id,
        after=after,
    )
