"""Faulty houses: each does one thing wrong that has lost people their bans, or their freedom.

A drill that does not find them out would not find the fault in ours. Each lives only for as long
as its patch; `STORIES` names for each the story that shows it.
"""

from dataclasses import replace
from datetime import timedelta

from django.utils import timezone

from community import clock, tasks
from community.errands import speaking
from community.kinds import ABSENT, Seen
from community.models import AT_ONCE, StandingOrder
from community.runner import runner
from community.scope import guild_scope
from community.services import orders
from community.services.mirror import stirs
from drills import orders as drill
from drills.orders import hearing
from drills.orders.schedule import (
    CALM,
    DAY,
    HOUR,
    RENEWALS,
    Command,
    Hand,
    Jump,
    Trouble,
    Word,
    plot,
)
from drills.virtual import away_from_loop
from moderation.errands import punishments as moderation_errands
from tests.drills.mutants import Mutants

MUTANTS = Mutants(drill)
mutant = MUTANTS.mutant


def all_lives():
    """Tell of each faulty house whether it was not found out by its story."""
    return MUTANTS.lives_in(STORIES)


@mutant((orders, "_wish"))
def a_wish_that_changes_nothing_is_not_counted(right):
    def wish(order):
        before = StandingOrder.objects.of(order.guild_id).get(pk=order.pk)
        same = (before.wanted, before.until) == (order.wanted, order.until)
        if same and before.wanted_rev:
            order.save()
        else:
            right(order)

    return wish


@mutant((runner.Runner, "_make_true"))
def what_is_gone_before_it_was_confirmed_counts_as_lifted(right):
    async def make_true(self, kind, order):
        if not order.is_settled and (order.applied_rev or order.attempts or order.token > 1):
            seen = await self._look(kind, order)
            if seen == ABSENT:
                order.wanted_rev, order.wanted = order.wanted_rev, False
                with guild_scope(order.guild_id):
                    await runner.call(_accept_unsettled, order)
                return
        await right(self, kind, order)

    return make_true


def _accept_unsettled(order):
    mine = StandingOrder.objects.of(order.guild_id).filter(pk=order.pk, token=order.token)
    mine.update(wanted=False, until=None, applied_rev=order.wanted_rev, next_check_at=None)


@mutant((moderation_errands.Banned, "read_back"))
def every_ban_is_taken_for_ours(right):
    async def read_back(self, http, order, now):
        seen = await right(self, http, order, now)
        return Seen("ours") if seen.owner == "foreign" else seen

    return read_back


@mutant((runner.Runner, "_take_back"))
def what_we_once_set_is_lifted_unseen(right):
    async def take_back(self, kind, order):
        await kind.undo(self.http, order)
        await self._settle(order, ABSENT)

    return take_back


@mutant((runner.Runner, "_make_true"))
def it_is_written_down_before_it_is_done(right):
    async def make_true(self, kind, order):
        if order.is_settled:
            await right(self, kind, order)
            return
        await self._settle(order, Seen("ours"))
        await kind.perform(self.http, order)

    return make_true


@mutant((clock.DiscordClock, "now"))
def the_machines_clock_is_believed(right):
    return lambda self: timezone.now()


@mutant((speaking, "nonce_of"))
def a_message_said_again_is_a_new_one(right):
    return lambda errand: f"{errand.pk}-{errand.attempts}"


@mutant((moderation_errands.TimedOut, "_is_over"))
def who_has_left_is_no_longer_silenced(right):
    return lambda self, order, now: not order.wanted


@mutant((orders, "settle_order"))
def a_confirmation_counts_for_whatever_is_wished_by_then(right):
    def settle(*, order, **told):
        with guild_scope(order.guild_id):
            newest = StandingOrder.objects.of(order.guild_id).get(pk=order.pk)
        order.wanted_rev = newest.wanted_rev
        return right(order=order, **told)

    return settle


@mutant((hearing, "news_of"))
def what_is_heard_is_believed(right):
    def news(event, data):
        if event == "GUILD_BAN_REMOVE":
            away_from_loop(_believe_in_lift, int(data["guild_id"]), int(data["user"]["id"]))
        return right(event, data)

    return news


def _believe_in_lift(guild_id, user_id):
    with guild_scope(guild_id):
        lifted = StandingOrder.objects.of(guild_id).about(user_id).filter(kind="ban")
        lifted.update(wanted=False, until=None, next_check_at=AT_ONCE)


@mutant((orders, "fail_order"))
def an_error_closes_the_order(right):
    def fail(*, order, **_):
        with guild_scope(order.guild_id):
            mine = StandingOrder.objects.of(order.guild_id).filter(pk=order.pk)
            mine.update(applied_rev=order.wanted_rev, wanted=False, next_check_at=None)

    return fail


@mutant((orders, "_plan_next_look"))
def the_end_is_never_looked_for(right):
    def plan(row, now):
        right(row, now)
        if row.is_settled and row.wanted and row.until:
            row.until, row.next_check_at = None, None

    return plan


@mutant(
    (orders, "BETWEEN_PROBES"),
    (orders, "LONGEST_BETWEEN_PROBES"),
    (orders, "wake_guild"),
    (stirs, "wake_guild"),
)
def what_waits_for_a_permission_waits_for_ever(right):
    return timedelta(days=400) if isinstance(right, timedelta) else lambda **_: 0


@mutant((stirs, "release_guild"), (tasks, "look_at_everything"))
def nobody_looks_at_what_was_missed(right):
    return lambda **_: 0


@mutant((moderation_errands.Banned, "_put_out"))
def who_is_banned_may_stay_inside(right):
    async def put_out(self, http, order):
        pass

    return put_out


@mutant((moderation_errands.TimedOut, "renew_at"))
def a_long_timeout_is_never_renewed(right):
    return lambda self, order, now: None


@mutant((runner.Runner, "_make_true"))
def a_ban_that_was_confirmed_is_never_read_again(right):
    async def make_true(self, kind, order):
        if order.is_settled:
            await self._settle(order, Seen(order.owner))
        else:
            await right(self, kind, order)

    return make_true


NO_WORD = replace(CALM, event_lost=1.0)
LATE_WORD = replace(CALM, event_late=1.0)
BANNED = Command(10, 0, "ban", wanted=True)
SILENCED = Command(10, 0, "timeout", wanted=True, until=2 * DAY)
FOR_A_MINUTE = Command(10, 0, "ban", wanted=True, until=70.0)
UNBANNED_BY_HAND = Hand(80, 0, "unban")
OUTAGE = Trouble(5, "outage", 60)

# The story that shows each, written by hand: quick, and the same whatever else chance tells of.
STORIES = {
    "a_wish_that_changes_nothing_is_not_counted": plot(
        commands=(BANNED, replace(BANNED, at=120)), hands=(UNBANNED_BY_HAND,), chances=NO_WORD
    ),
    "what_is_gone_before_it_was_confirmed_counts_as_lifted": plot(
        commands=(BANNED,), troubles=(OUTAGE,)
    ),
    "a_confirmation_counts_for_whatever_is_wished_by_then": plot(
        commands=(BANNED, Command(10.15, 0, "ban", wanted=False)),
        chances=NO_WORD,
        settles_for=5 * HOUR,  # before the next full look mends it
    ),
    "every_ban_is_taken_for_ours": plot(commands=(FOR_A_MINUTE,), hands=(Hand(5, 0, "ban"),)),
    "what_we_once_set_is_lifted_unseen": plot(commands=(FOR_A_MINUTE,), hands=(Hand(5, 0, "ban"),)),
    "the_end_is_never_looked_for": plot(commands=(FOR_A_MINUTE,)),
    "what_is_heard_is_believed": plot(
        commands=(BANNED, replace(BANNED, at=80.2)), hands=(UNBANNED_BY_HAND,), chances=LATE_WORD
    ),
    "it_is_written_down_before_it_is_done": plot(commands=(BANNED,), troubles=(OUTAGE,)),
    "an_error_closes_the_order": plot(commands=(BANNED,), troubles=(OUTAGE,)),
    "the_machines_clock_is_believed": plot(
        commands=(replace(BANNED, until=600.0),), jumps=(Jump(30, 3600),)
    ),
    "a_message_said_again_is_a_new_one": plot(
        words=(Word(10, "message", 0, 0),), troubles=(Trouble(5, "unheard", 8),)
    ),
    "who_has_left_is_no_longer_silenced": plot(
        commands=(SILENCED, Command(50, 0, "timeout", wanted=False)),
        hands=(Hand(30, 0, "leave"), Hand(70, 0, "join")),
    ),
    "what_waits_for_a_permission_waits_for_ever": plot(
        commands=(BANNED,), troubles=(Trouble(5, "permission", 300),), settles_for=5 * HOUR
    ),
    "nobody_looks_at_what_was_missed": plot(
        commands=(BANNED,), hands=(UNBANNED_BY_HAND,), chances=NO_WORD
    ),
    "who_is_banned_may_stay_inside": plot(
        commands=(BANNED,), chances=replace(CALM, ban_keeps_member=1.0)
    ),
    "a_long_timeout_is_never_renewed": plot(
        commands=(Command(10, 0, "timeout", wanted=True, until=40 * DAY),), settles_for=RENEWALS
    ),
    "a_ban_that_was_confirmed_is_never_read_again": plot(
        commands=(BANNED,), hands=(UNBANNED_BY_HAND,)
    ),
}
