"""Faulty houses of moderation: each does one thing wrong that peers of ours did, or might.

Each lives only for as long as its patch; `STORIES` names for each the story that shows it.
"""

import secrets
from dataclasses import replace

from community.mirror import log
from community.runner import runner
from drills import moderation as drill
from drills.moderation.schedule import LASTING, Decision
from drills.orders.schedule import CALM, DAY, MINUTE, Hand, Trouble, plot
from moderation.errands import punishments as moderation_errands
from moderation.services import byhand, deeds, docket, overruling, punishments, telling, warnings
from tests.drills.mutants import Mutants

MUTANTS = Mutants(drill)
mutant = MUTANTS.mutant


def all_lives():
    """Tell of each faulty house whether it was not found out by its story."""
    return MUTANTS.lives_in(STORIES)


@mutant((warnings, "rung_crossed"))
def every_further_warning_climbs_the_ladder_again(right):
    return lambda *, warning, before, after: right(warning=warning, before=0, after=after)


@mutant((overruling, "lift_punishment"))
def what_is_overruled_still_holds(right):
    return lambda **_: None


@mutant((overruling, "_undo_fires"))
def what_followed_from_an_overruled_warning_stands(right):
    return lambda *_: None


@mutant((overruling, "end_warning"), (warnings, "end_warning"))
def a_pardoned_warning_still_counts(right):
    return lambda **_: True


@mutant((deeds, "change_end"))
def a_second_mute_is_forgotten(right):
    return lambda **_: None


@mutant((punishments, "enforce"))
def a_changed_end_is_not_told(right):
    def enforce(punishment):
        is_new = punishment.case.events.filter(guild_id=punishment.guild_id).count() == 1
        return right(punishment) if is_new else None

    return enforce


@mutant((punishments, "drop_order"))
def an_unban_is_written_down_and_not_done(right):
    return lambda **_: None


@mutant((moderation_errands, "serve_punishment"))
def what_is_served_stays_open_in_the_books(right):
    return lambda **_: True


@mutant((docket, "hash_of"))
def the_history_is_not_chained(right):
    def hash_of(event, *, number):
        event.previous = "0" * 64
        return right(event, number=number)

    return hash_of


@mutant((telling, "send_errand"))
def somebody_is_told_of_every_change(right):
    return lambda **told: right(**told | {"dedupe_key": secrets.token_hex(4)}) and right(**told)


@mutant((deeds, "open_case"))
def a_case_takes_two_numbers(right):
    def open_case(*, decision, deed):
        held = docket.lock_docket(decision.guild_id)
        held.last_case += 1
        held.save()
        return right(decision=decision, deed=deed)

    return open_case


@mutant((deeds, "take_turn"))
def a_decision_told_twice_is_forgotten_the_second_time(right):
    def take_turn(decision, user_id):
        right(decision, user_id)

    return take_turn


@mutant((byhand, "Decision"))
def an_entry_told_twice_is_two_cases(right):
    return lambda **told: right(**told | {"source_id": told["source_id"] + secrets.token_hex(2)})


@mutant((byhand, "_is_echo"))
def our_own_deeds_come_back_as_cases(right):
    return lambda _: False


@mutant((byhand, "Decision"))
def nobody_asks_who_did_it(right):
    return lambda **told: right(**told | {"moderator_id": None})


@mutant((log.Log, "_read_well"))
def the_log_is_never_read(right):
    async def read_well(self, _):
        return True

    return read_well


@mutant((runner.Runner, "_goes"))
def what_was_given_by_hand_stays_whoever_lifts_it(right):
    async def goes(self, kind, order, seen):
        return seen.owner == "ours"

    return goes


@mutant((moderation_errands.Punishing, "was_set_since"))
def who_lifts_lifts_also_what_is_given_later(right):
    async def was_set_since(self, http, order, moment):
        return False

    return was_set_since


@mutant((moderation_errands.TimedOut, "_is_over"))
def who_has_left_is_silent_when_they_return(right):
    return lambda self, order, now: not order.wanted and not order.marks


def act(at, what, number, *, span=None, **told):
    """Decide something, at a moment of the story."""
    told |= {"at": at, "what": what, "number": number, "span": span, "wanted": what in LASTING}
    until = at + span if span is not None else None
    return Decision(
        person=told.pop("person", 0), kind=LASTING.get(what, "ban"), until=until, **told
    )


def story(*decisions, **more):
    """Tell a story of these decisions, in calm weather."""
    return plot(commands=decisions, **more)


STORIES = {
    "every_further_warning_climbs_the_ladder_again": story(
        act(10, "warn", 1, points=3), act(20, "warn", 2)
    ),
    "what_is_overruled_still_holds": story(act(10, "ban", 1), act(20, "overrule", 2)),
    "what_followed_from_an_overruled_warning_stands": story(
        act(10, "warn", 1, points=3), act(20, "overrule", 2)
    ),
    "a_pardoned_warning_still_counts": story(act(10, "warn", 1), act(20, "pardon", 2)),
    "a_second_mute_is_forgotten": story(
        act(10, "mute", 1, span=30.0), act(20, "mute", 2, span=20 * DAY)
    ),
    "a_changed_end_is_not_told": story(act(10, "ban", 1), act(20, "length", 2, span=MINUTE)),
    "an_unban_is_written_down_and_not_done": story(act(10, "ban", 1), act(30, "unban", 2)),
    "what_is_served_stays_open_in_the_books": story(act(10, "ban", 1, span=30.0)),
    "the_history_is_not_chained": story(act(10, "warn", 1), act(20, "warn", 2, person=1)),
    "somebody_is_told_of_every_change": story(act(10, "warn", 1)),
    "a_case_takes_two_numbers": story(act(10, "ban", 1), act(20, "unban", 2)),
    "a_decision_told_twice_is_forgotten_the_second_time": story(
        act(10, "kick", 1), act(20, "kick", 1), hands=(Hand(15, 0, "join"),)
    ),
    "an_entry_told_twice_is_two_cases": story(
        hands=(Hand(20, 0, "kick", by=1),), chances=replace(CALM, event_twice=1.0)
    ),
    "our_own_deeds_come_back_as_cases": story(act(10, "ban", 1, span=30.0)),
    "nobody_asks_who_did_it": story(hands=(Hand(20, 0, "timeout", 30.0, by=1),)),
    "what_was_given_by_hand_stays_whoever_lifts_it": story(
        act(30, "unban", 1), hands=(Hand(5, 0, "ban"),)
    ),
    "who_lifts_lifts_also_what_is_given_later": story(
        act(20, "unban", 1),
        hands=(Hand(5, 0, "ban"), Hand(30, 0, "unban"), Hand(40, 0, "ban", by=1)),
        troubles=(Trouble(10, "outage", 60),),
    ),
    "who_has_left_is_silent_when_they_return": story(
        act(30, "unmute", 1),
        hands=(Hand(5, 0, "timeout", DAY), Hand(15, 0, "leave"), Hand(90, 0, "join")),
    ),
    "the_log_is_never_read": story(
        hands=(Hand(20, 0, "ban", by=1), Hand(30, 0, "unban")),
        chances=replace(CALM, event_lost=1.0),
    ),
}
