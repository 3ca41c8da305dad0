"""What moderators do to channels: lock and give back as they were, slow down, purge."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from django.db import transaction

from community.durations import say_duration
from community.errors import HouseError
from community.models import Channel, Overwrite
from community.services.errands import have_it_so, hold_errands, send_errand
from moderation.errors import NothingToDo
from moderation.models import Case, ChannelLock
from moderation.services.checks import CHANNELS, PURGE, refuse_long_reason, refuse_unless_may
from moderation.services.docket import Decision, Deed, case_of, lock_docket, open_case
from moderation.services.telling import show_case
from moderation.words import marked_reason

# To write, in the channel and in its threads.
SPEAK = 1 << 11 | 1 << 38
SLOWEST = 21_600
MOST_PURGED = 100

# What everybody is given and denied in a channel; None when nothing is said about them.
Rights = tuple[int, int] | None


SORTS = {"bots": "of bots", "links": "with links", "attachments": "with attachments"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which of a channel's latest messages are purged."""

    count: int
    user_id: int | None = None
    contains: str = ""
    only: str = ""  # bots, links or attachments
    after: int | None = None  # the message after which they were sent

    def __str__(self) -> str:
        """Say it in words."""
        said = [f"At most {self.count} of the latest messages"]
        said += ["of this person"] if self.user_id else []
        said += [f"with “{self.contains}”"] if self.contains else []
        said += [SORTS[self.only]] if self.only else []
        said += ["after a certain one"] if self.after else []
        return ", ".join(said) + "."


@transaction.atomic
def lock_channels(*, decision: Decision, channel_ids: Collection[int], reason: str = "") -> Case:
    """Let nobody write in some channels; all of a server's are a lockdown."""
    if (told := _take_turn(decision, reason, map(_rights, channel_ids))) is not None:
        return told
    locked = ChannelLock.objects.of(decision.guild_id).standing().values("channel_id")
    here = Channel.objects.standing().filter(guild_id=decision.guild_id, pk__in=channel_ids)
    channels = list(here.exclude(pk__in=locked).order_by("pk"))
    if not channels and not here.exists():
        raise HouseError("Only channels of this server that I know can be locked, and no threads.")
    if not channels:
        raise NothingToDo("That is locked already.")
    case = _open(decision, Case.Kind.LOCK, channels, reason, comment=_count(channels))
    for channel in channels:
        lock = _remember(case, channel)
        _set_rights(case, channel.pk, (lock.allow & ~SPEAK, lock.deny | SPEAK))
    show_case(case)
    return case


@transaction.atomic
def unlock_channels(*, decision: Decision, channel_ids: Collection[int], reason: str = "") -> Case:
    """Give channels back as they were when they were locked, but for what others changed since."""
    if (told := _take_turn(decision, reason, map(_rights, channel_ids))) is not None:
        return told
    standing = ChannelLock.objects.of(decision.guild_id).standing().select_related("channel")
    locks = list(standing.filter(channel_id__in=channel_ids).order_by("pk"))
    if not locks:
        raise NothingToDo("That is not locked.")
    rights = {lock: _rights_to_give_back(lock) for lock in locks}
    channels = [lock.channel for lock in locks]
    kept = [lock.channel for lock in locks if rights[lock] != _rights_before(lock)]
    comment = f"{_count(channels)} {_say_kept(kept)}".strip()[:2000]
    case = _open(decision, Case.Kind.UNLOCK, channels, reason, comment=comment)
    for lock in locks:
        lock.unlocked_at = decision.at
        lock.save(update_fields=["unlocked_at"])
        _set_rights(case, lock.channel_id, rights[lock])
    show_case(case)
    return case


@transaction.atomic
def slow_channel(*, decision: Decision, channel: Channel, seconds: int, reason: str = "") -> Case:
    """Let everybody wait so many seconds between two messages; 0 is not at all."""
    if (told := _take_turn(decision, reason, [f"slowmode:{channel.pk}"])) is not None:
        return told
    if not 0 <= seconds <= SLOWEST:
        raise HouseError("Slowmode lies between nothing and six hours.")
    pause = say_duration(timedelta(seconds=seconds)) if seconds else "No pause"
    words = f"{pause} between two messages."
    kind = Case.Kind.SLOWMODE
    case = _open(decision, kind, [channel], reason, comment=words, seconds=seconds)
    have_it_so(
        guild_id=case.guild_id,
        kind="slowmode",
        dedupe_key=f"slowmode:{channel.pk}",
        payload={**_asked(case, channel.pk), "seconds": seconds},
    )
    show_case(case)
    return case


@transaction.atomic
def purge_channel(*, decision: Decision, channel: Channel, which: Filter, reason: str = "") -> Case:
    """Delete some of a channel's latest messages, and keep a record that it was done."""
    lock_docket(decision.guild_id)
    if (told := case_of(decision)) is not None:
        return told
    refuse_long_reason(reason)
    refuse_unless_may(decision, PURGE)
    if not 1 <= which.count <= MOST_PURGED:
        raise HouseError(f"At most {MOST_PURGED} messages go at once.")
    facts = {"channels": [str(channel.pk)], "count": which.count}
    deed = Deed(kind=Case.Kind.PURGE, user_id=which.user_id, channel=channel, reason=reason)
    case = open_case(decision=decision, deed=replace(deed, comment=str(which), facts=facts))
    picks = {"count": which.count, "contains": which.contains, "only": which.only}
    whose, after = str(which.user_id or ""), str(which.after or "")
    send_errand(
        guild_id=case.guild_id,
        kind="purge",
        dedupe_key=f"purge:{case.number}",
        payload={**_asked(case, channel.pk), **picks, "user_id": whose, "after": after},
    )
    show_case(case)
    return case


def _take_turn(decision: Decision, reason: str, keys: Iterable[str]) -> Case | None:
    # The bot ends an errand and then adds to the docket: in the same order here.
    hold_errands(guild_id=decision.guild_id, dedupe_keys=[*keys])
    lock_docket(decision.guild_id)
    refuse_long_reason(reason)
    refuse_unless_may(decision, CHANNELS)
    return case_of(decision)


def _open(
    decision: Decision,
    kind: str,
    channels: list[Channel],
    reason: str,
    *,
    comment: str = "",
    **facts: int,
) -> Case:
    only = channels[0] if len(channels) == 1 else None
    told = {"channels": [str(channel.pk) for channel in channels], **facts}
    deed = Deed(kind=kind, channel=only, reason=reason, comment=comment, facts=told)
    return open_case(decision=decision, deed=deed)


def _count(channels: Collection[Channel]) -> str:
    return f"{len(channels)} channels." if len(channels) > 1 else ""


def _say_kept(kept: Collection[Channel]) -> str:
    names = ", ".join(f"#{channel.name}" for channel in kept)
    return f"Kept what others changed meanwhile in {names}." if kept else ""


def _remember(case: Case, channel: Channel) -> ChannelLock:
    """Write down what everybody was given and denied here; their role bears the server's id."""
    before = _rights_now(channel)
    lock: ChannelLock = ChannelLock.objects.create(
        guild_id=case.guild_id,
        case=case,
        channel=channel,
        had_overwrite=before is not None,
        allow=before.allow if before else 0,
        deny=before.deny if before else 0,
        locked_at=case.created_at,
    )
    return lock


def _rights_now(channel: Channel) -> Overwrite | None:
    rights = Overwrite.objects.of(channel.guild_id).filter(channel=channel)
    return rights.filter(target_id=channel.guild_id).first()


def _rights_before(lock: ChannelLock) -> Rights:
    return (lock.allow, lock.deny) if lock.had_overwrite else None


def _rights_to_give_back(lock: ChannelLock) -> Rights:
    """Return what was before, but for each bit that is not as the lock has left it."""
    now = _rights_now(lock.channel)
    allow, deny = (now.allow, now.deny) if now else (0, 0)
    # A bit that is given and one that is denied are changed together.
    changed = (allow ^ (lock.allow & ~SPEAK)) | (deny ^ (lock.deny | SPEAK))
    back = (
        (allow & changed) | (lock.allow & ~changed),
        (deny & changed) | (lock.deny & ~changed),
    )
    return back if any(back) or lock.had_overwrite else None


def _set_rights(case: Case, channel_id: int, rights: Rights) -> None:
    """Have everybody's rights in a channel so; None is no word about them at all."""
    bits = None if rights is None else [str(each) for each in rights]
    have_it_so(
        guild_id=case.guild_id,
        kind="channel_rights",
        dedupe_key=_rights(channel_id),
        payload={**_asked(case, channel_id), "rights": bits},
    )


def _rights(channel_id: int) -> str:
    return f"rights:{channel_id}"


def _asked(case: Case, channel_id: int) -> dict[str, str]:
    return {"channel_id": str(channel_id), "reason": marked_reason(case, None)}
