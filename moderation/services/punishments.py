"""Punishments: begun, changed and ended; what Discord is asked for follows in the same breath."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from community.errors import HouseError
from community.models import GuildSettings, Member, MemberRole, StandingOrder
from community.scope import cross_guild, guild_scope
from community.services.orders import drop_order, observe_orders, want_order
from community.services.restorations import let_discord_decide
from moderation.errors import NothingToDo
from moderation.models import Case, CaseEvent, Punishment
from moderation.services.checks import BAN, TIME_OUT, refuse_unless_may
from moderation.services.docket import Decision, case_of, lock_docket, note_event
from moderation.services.telling import show_case
from moderation.words import marked_reason

CASE_IN_MARK = re.compile(r"\[#(\d{1,9}) ")
CARRIERS = ("ban", "timeout", "mute_role")
OVERDUE = timedelta(minutes=1)
HURRIED_AT_ONCE = 500
# Bots that greet newcomers set their roles, and may wipe out ours.
SETTLING_IN = timedelta(minutes=1)
VERBS = {
    Punishment.State.EXPIRED: CaseEvent.Verb.EXPIRED,
    Punishment.State.REVOKED: CaseEvent.Verb.LIFTED,
    Punishment.State.SUPERSEDED: CaseEvent.Verb.SUPERSEDED,
}


def take_turn(decision: Decision, user_id: int) -> Case | None:
    """Wait for one's turn in the server; return the case that this decision made before, if any.

    A person's orders are locked before the docket, as the bot does when it takes them up.
    """
    theirs = StandingOrder.objects.of(decision.guild_id).about(user_id)
    list(theirs.select_for_update(no_key=True).order_by("pk"))
    lock_docket(decision.guild_id)
    return case_of(decision)


def punishment_of(*, guild_id: int, user_id: int, kind: str) -> Punishment | None:
    """Return what holds for somebody."""
    standing = Punishment.objects.of(guild_id).standing().select_related("case")
    return standing.filter(user_id=user_id, kind=kind).first()


def begin_punishment(
    *, case: Case, kind: str, duration: timedelta | None, erases: timedelta | None = None
) -> Punishment:
    """Begin what a case decides, and have it kept true on Discord."""
    is_mute = kind == Punishment.Kind.MUTE
    settings = GuildSettings.objects.get(guild_id=case.guild_id)
    punishment: Punishment = Punishment.objects.create(
        guild_id=case.guild_id,
        case=case,
        user_id=case.user_id or 0,
        kind=kind,
        role_id=settings.mute_role_id if is_mute else None,
        erases=erases,
        starts_at=case.created_at,
        ends_at=None if duration is None else case.created_at + duration,
    )
    enforce(punishment)
    return punishment


def span_to_erase(*, guild_id: int, user_id: int) -> timedelta:
    """Return how far back what somebody wrote goes with the ban that holds for them."""
    with guild_scope(guild_id):
        ban = punishment_of(guild_id=guild_id, user_id=user_id, kind=Punishment.Kind.BAN)
    return (ban and ban.erases) or timedelta(0)


def enforce(punishment: Punishment) -> StandingOrder:
    """Have a punishment kept true on Discord as it stands now."""
    return want_order(
        guild_id=punishment.guild_id,
        user_id=punishment.user_id,
        kind=order_of(punishment),
        subject=punishment.role_id or 0,
        until=punishment.ends_at,
        reason=marked_reason(punishment.case, punishment.ends_at),
    )


def take_up_again(*, guild_id: int) -> None:
    """Keep true what came back with its cases, as far as Discord still shows it."""
    with guild_scope(guild_id):
        for punishment in Punishment.objects.of(guild_id).standing().select_related("case"):
            about = StandingOrder.objects.of(guild_id).about(punishment.user_id)
            if not about.filter(kind=order_of(punishment), wanted=True).exists():
                let_discord_decide(order=enforce(punishment))


def wish_of(punishment: Punishment) -> StandingOrder | None:
    """Return what keeps a punishment true on Discord."""
    orders = StandingOrder.objects.of(punishment.guild_id).about(punishment.user_id)
    kind, subject = order_of(punishment), punishment.role_id or 0
    wish: StandingOrder | None = orders.filter(kind=kind, subject=subject).first()
    return wish


def order_of(punishment: Punishment) -> str:
    """Name the kind of standing order that carries a punishment."""
    if punishment.kind == Punishment.Kind.BAN:
        return "ban"
    return "mute_role" if punishment.role_id else "timeout"


def change_end(
    *, punishment: Punishment, decision: Decision, duration: timedelta | None, why: str = ""
) -> None:
    """Let a punishment end at another time, counted from its beginning."""
    end = None if duration is None else punishment.starts_at + duration
    if end is not None and end <= decision.at:
        raise HouseError("That would have ended in the past: lift it instead.")
    punishment.ends_at = end
    punishment.save(update_fields=["ends_at"])
    case = punishment.case
    case.duration = duration
    case.save(update_fields=["duration"])
    seconds = None if duration is None else round(duration.total_seconds())
    facts = {"seconds": seconds, "source_id": decision.source_id}
    verb = CaseEvent.Verb.DURATION_CHANGED
    note_event(case=case, verb=verb, decision=decision, facts=facts, words=why)
    enforce(punishment)
    show_case(case)


@transaction.atomic
def amend_duration(*, case: Case, decision: Decision, duration: timedelta | None) -> Case:
    """Change how long a punishment holds, counted from when it was decided; None is for ever."""
    take_turn(decision, case.user_id or 0)
    refuse_unless_may(decision, BAN if case.kind == Case.Kind.BAN else TIME_OUT)
    case.refresh_from_db()
    punishment = Punishment.objects.of(case.guild_id).standing().filter(case=case).first()
    if punishment is None:
        raise HouseError(f"Nothing of case #{case.number} holds any more.")
    if case.duration == duration:
        raise NothingToDo(f"Case #{case.number} says so already.")
    change_end(punishment=punishment, decision=decision, duration=duration)
    case.refresh_from_db()
    return case


def end_punishment(*, punishment: Punishment, decision: Decision, state: str, ender: str) -> bool:
    """Close a punishment for good, as its case tells; True for exactly one caller."""
    lock_docket(punishment.guild_id)
    told = {"state": state, "ended_at": decision.at, "ended_by": ender}
    standing = Punishment.objects.of(punishment.guild_id).standing().filter(pk=punishment.pk)
    if not standing.update(**told, ended_by_id=decision.moderator_id):
        return False
    verb = VERBS[Punishment.State(state)]
    note_event(case=punishment.case, verb=verb, decision=decision, facts={"by": ender})
    show_case(punishment.case)
    return True


def lift_punishment(*, punishment: Punishment, decision: Decision, by: Case) -> None:
    """End a punishment because somebody decided so, and have Discord told."""
    revoked, command = Punishment.State.REVOKED, Punishment.Ender.COMMAND
    end_punishment(punishment=punishment, decision=decision, state=revoked, ender=command)
    drop_order(
        guild_id=punishment.guild_id,
        user_id=punishment.user_id,
        kind=order_of(punishment),
        subject=punishment.role_id or 0,
        reason=marked_reason(by, None),
    )


def lift_whoever_gave(*, decision: Decision, by: Case, kind: str) -> None:
    """End what holds of a kind, and have Discord told, also where it was given by hand before."""
    guild_id, user_id = by.guild_id, by.user_id or 0
    standing = punishment_of(guild_id=guild_id, user_id=user_id, kind=kind)
    if standing is not None:
        revoked, command = Punishment.State.REVOKED, Punishment.Ender.COMMAND
        end_punishment(punishment=standing, decision=decision, state=revoked, ender=command)
    reason = marked_reason(by, None)
    for carrier, subject in sorted(_carriers(by, kind, standing)):
        drop_order(
            guild_id=guild_id,
            user_id=user_id,
            kind=carrier,
            subject=subject,
            reason=reason,
            lifts_all_before=decision.at,
        )


def _carriers(by: Case, kind: str, standing: Punishment | None) -> set[tuple[str, int]]:
    """Return what may keep somebody out or silent: ours, and what Discord shows besides."""
    if kind == Punishment.Kind.BAN:
        return {("ban", 0)}
    found = {(order_of(standing), standing.role_id or 0)} if standing else set()
    member = Member.objects.of(by.guild_id).filter(user_id=by.user_id or 0).first()
    roles = MemberRole.objects.standing().filter(guild_id=by.guild_id, member=member)
    silent = GuildSettings.objects.of(by.guild_id).values_list("mute_role_id", flat=True).get()
    if silent and roles.filter(role_id=silent).exists():
        found.add(("mute_role", silent))
    is_timed_out = member and member.timed_out_until and member.timed_out_until > by.created_at
    return found | {("timeout", 0)} if is_timed_out or not found else found


@transaction.atomic
def serve_punishment(*, guild_id: int, user_id: int, kind: str, now: datetime) -> bool:
    """Close what is served, by Discord's own time; True for exactly one caller."""
    served = Punishment.objects.of(guild_id).served(now).select_related("case")
    punishment = served.filter(user_id=user_id, kind=kind).first()
    decision = Decision(guild_id=guild_id, source=Case.Source.CLOCK, at=now)
    expired, expiry = Punishment.State.EXPIRED, Punishment.Ender.EXPIRY
    return punishment is not None and end_punishment(
        punishment=punishment, decision=decision, state=expired, ender=expiry
    )


@transaction.atomic
def yield_punishment(
    *, guild_id: int, user_id: int, kind: str, now: datetime, is_superseded: bool = False
) -> bool:
    """Close what somebody lifted on Discord, or replaced there by their own."""
    punishment = punishment_of(guild_id=guild_id, user_id=user_id, kind=kind)
    decision = Decision(guild_id=guild_id, source=Case.Source.DISCORD, at=now)
    state = Punishment.State.SUPERSEDED if is_superseded else Punishment.State.REVOKED
    return punishment is not None and end_punishment(
        punishment=punishment,
        decision=decision,
        state=state,
        ender=Punishment.Ender.EXTERNAL,
    )


@transaction.atomic
def confirm_case(
    *, guild_id: int, reason: str, now: datetime, result: Mapping[str, Any] | None = None
) -> bool:
    """Note once that Discord has confirmed a case, how long that took and what came of it."""
    case, known = _outcome_in(guild_id, reason)
    if case is None or CaseEvent.Verb.DELIVERED in known:
        return False
    decision = Decision(guild_id=guild_id, source=Case.Source.CLOCK, at=now)
    took = max(0, round((now - case.created_at).total_seconds() * 1000))
    facts = {"took_ms": took, **(result or {})}
    note_event(case=case, verb=CaseEvent.Verb.DELIVERED, decision=decision, facts=facts)
    if known or result:  # it was refused first, and the server's log says so
        show_case(case)
    return True


@transaction.atomic
def note_refusal(*, guild_id: int, reason: str, words: str, now: datetime) -> bool:
    """Note once that Discord refuses what a case decided, and why; its line says so too."""
    case, known = _outcome_in(guild_id, reason)
    if case is None or known:
        return False
    decision = Decision(guild_id=guild_id, source=Case.Source.CLOCK, at=now)
    note_event(case=case, verb=CaseEvent.Verb.FAILED, decision=decision, facts={"why": words})
    show_case(case)
    return True


def _outcome_in(guild_id: int, reason: str) -> tuple[Case | None, set[str]]:
    """Return the case that a reason is marked with, and what is known of how it went."""
    found = CASE_IN_MARK.match(reason)
    case = Case.objects.of(guild_id).filter(number=int(found[1])).first() if found else None
    if case is None:
        return None, set()
    lock_docket(guild_id)
    ends = [CaseEvent.Verb.DELIVERED, CaseEvent.Verb.FAILED]
    outcomes = CaseEvent.objects.of(guild_id).filter(case=case, verb__in=ends)
    return case, set(outcomes.values_list("verb", flat=True))


@transaction.atomic
def hurry_overdue(*, now: datetime) -> int:
    """Have the bot look at what should have ended a minute ago; return how many that are."""
    overdue: dict[int, list[int]] = {}
    with cross_guild("overdue punishments of every server"):
        late = Punishment.objects.served(now - OVERDUE).values_list("guild_id", "user_id")
        for guild_id, user_id in late.order_by("guild_id")[:HURRIED_AT_ONCE]:
            overdue.setdefault(guild_id, []).append(user_id)
        for guild_id, user_ids in overdue.items():
            observe_orders(guild_id=guild_id, user_ids=user_ids, kinds=CARRIERS)
    return sum(map(len, overdue.values()))
