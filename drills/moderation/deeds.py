"""What the staff does in a story: each decision through the service that a door would call."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from community.errors import HouseError
from community.scope import guild_scope
from drills.moderation import schedule as plot
from drills.virtual import away_from_loop
from moderation.models import Case, LadderFire
from moderation.services import deeds as services
from moderation.services.docket import Decision, Deed
from moderation.services.overruling import overrule_case
from moderation.services.punishments import amend_duration
from moderation.services.records import note_about
from moderation.services.warnings import pardon_warning, warn_member

if TYPE_CHECKING:
    from drills.moderation.play import ModerationPlay

MODERATOR = 42
SERVICES: dict[str, Callable[..., Case]] = {
    "mute": services.mute_member,
    "unmute": services.unmute_member,
    "kick": services.kick_member,
    "ban": services.ban_member,
    "unban": services.unban_member,
}
ENDS = {"unmute": "mute", "unban": "ban"}


async def decide(play: "ModerationPlay", told: plot.Decision) -> None:
    """Let the staff decide something; what is refused changes nothing."""
    user_id = play.town.people[told.person]
    play.story.tell(f"decision {told.number}: {told.what} {user_id} for {told.span}")
    try:
        away_from_loop(_decide, play, told, user_id)
    except HouseError as refusal:
        play.story.tell(f"refused: {refusal}")
    except Exception as error:  # noqa: BLE001 - whatever breaks is what the drill looks for
        play.story.find("broke", f"decision {told.number}: {error!r}")
    if told.is_heard:
        play.wake_bots()


def _decide(play: "ModerationPlay", told: plot.Decision, user_id: int) -> None:
    now = play.loop.time()
    decision = Decision(
        guild_id=play.town.guild_id,
        moderator_id=MODERATOR,
        source_id=f"decision {told.number}",
        is_sure=True,
        at=play.clocks.at(now),
    )
    with guild_scope(play.town.guild_id):
        if told.number in play.memory.by_decision:
            _decide_again(play, told, decision, user_id)
        elif told.what == "warn":
            _warn(play, told, decision, user_id)
        elif told.what in SERVICES:
            _act(play, told, decision, user_id)
        elif told.what == "note":
            case = note_about(decision=decision, user_id=user_id, text="seen")
            play.memory.by_decision[told.number].add(case.number)
        else:
            _change(play, told, decision)


def _decide_again(
    play: "ModerationPlay", told: plot.Decision, decision: Decision, user_id: int
) -> None:
    """Tell the same decision once more: it is the same case."""
    if told.what == "warn":
        case, _ = warn_member(decision=decision, deed=_deed(told, user_id))
    elif told.what == "note":
        case = note_about(decision=decision, user_id=user_id, text="seen")
    elif told.what in SERVICES:
        case = SERVICES[told.what](decision=decision, deed=_deed(told, user_id))
    else:
        return
    play.memory.by_decision[told.number].add(case.number)


def _deed(told: plot.Decision, user_id: int) -> Deed:
    span = timedelta(seconds=told.span) if told.span is not None and told.what != "warn" else None
    points = told.points if told.what == "warn" else 0
    reason = f"decision {told.number}"
    return Deed(kind=told.what, user_id=user_id, reason=reason, duration=span, points=points)


def _act(play: "ModerationPlay", told: plot.Decision, decision: Decision, user_id: int) -> None:
    case = SERVICES[told.what](decision=decision, deed=_deed(told, user_id))
    memory, now = play.memory, play.loop.time()
    memory.by_decision[told.number].add(case.number)
    memory.cases[case.number] = told.what
    if told.what in ENDS:
        memory.end(user_id, ENDS[told.what], lifts_all=True)
    elif told.what in plot.LASTING:
        until = None if told.span is None else now + told.span
        memory.begin(case.number, user_id, told.what, until)


def _warn(play: "ModerationPlay", told: plot.Decision, decision: Decision, user_id: int) -> None:
    case, fire = warn_member(decision=decision, deed=_deed(told, user_id))
    memory, now = play.memory, play.loop.time()
    memory.by_decision[told.number].add(case.number)
    memory.cases[case.number] = "warn"
    asked = memory.warn(case.number, user_id, told.points)
    if (asked is None) != (fire is None):
        play.story.find("ladder", f"case #{case.number}: asked {asked}, and {fire} came")
    if asked and fire and fire.consequence:
        kind, span = asked
        _follow(play, case.number, fire, kind, None if span is None else now + span)


def _follow(
    play: "ModerationPlay", warning: int, fire: LadderFire, kind: str, until: float | None
) -> None:
    consequence = fire.consequence
    assert consequence is not None  # noqa: S101 - for the type
    if consequence.kind != kind:
        play.story.find("ladder", f"a {consequence.kind} followed, and a {kind} was asked for")
    play.memory.cases[consequence.number] = kind
    play.memory.follow(warning, consequence.number, kind, until)


def _change(play: "ModerationPlay", told: plot.Decision, decision: Decision) -> None:
    """Change one of the cases so far."""
    memory = play.memory
    numbers = [n for n, what in memory.cases.items() if _fits(told.what, what)]
    if not numbers:
        return
    number = numbers[int(told.picks * len(numbers))]
    case = Case.objects.of(play.town.guild_id).get(number=number)
    play.story.tell(f"it is about case #{number}")
    if told.what == "pardon":
        pardon_warning(case=case, decision=decision, reason="mistaken")
        memory.warnings[number].counts = False
    elif told.what == "overrule":
        overrule_case(case=case, decision=decision, reason="mistaken")
        memory.overrule(number)
    else:
        _lengthen(play, told, decision, case)


def _lengthen(play: "ModerationPlay", told: plot.Decision, decision: Decision, case: Case) -> None:
    span = None if told.span is None else timedelta(seconds=told.span)
    amend_duration(case=case, decision=decision, duration=span)
    began = (case.created_at - play.clocks.at(0)).total_seconds()
    until = None if told.span is None else began + told.span
    play.memory.begin(case.number, case.user_id or 0, case.kind, until)


def _fits(what: str, case: str) -> bool:
    kinds: dict[str, tuple[Any, ...]] = {"pardon": ("warn",), "length": ("mute", "ban")}
    return case in kinds.get(what, ("warn", "mute", "ban"))
