"""Takes up what is due, carries it out on Discord, and has each outcome written down."""

import asyncio
import logging
from collections import Counter
from collections.abc import Coroutine
from contextlib import nullcontext, suppress
from datetime import datetime
from http import HTTPStatus
from typing import Any

import discord
from discord.http import HTTPClient
from django.db import Error

from community.bridge import call
from community.clock import DiscordClock
from community.kinds import ABSENT, NotWorthIt, OrderKind, Seen, errand_kind, order_kind
from community.models import Errand, StandingOrder
from community.runner.pacer import at_leisure
from community.runner.troubles import FAILURES, status_of, trouble_of
from community.services import errands, orders
from community.services.leases import LostLead
from community.services.restorations import claim_to_compare, fail_comparison, note_comparison

log = logging.getLogger(__name__)

BETWEEN_LOOKS = 1.0
SHORTEST_PAUSE = 0.02
BETWEEN_RENEWALS = 10.0
A_BREATH = 0.05
MOST_AT_ONCE = 100
# What is taken up together is begun together: the first would wait for the last one's rows.
MOST_IN_ONE_GRASP = 10
MOST_OF_ONE_SERVER = 10
STAYS = "What somebody set by hand stays."
LIFTED = "What somebody had set by hand was lifted."

Work = StandingOrder | Errand


class NotSoYet(OSError):
    """Discord took the call, and yet it is not so."""


class Runner:
    """Carries out, for one time of leading, what the rows ask for.

    Every step is safe to die after: the row says what was wished, and who finds it looks again.
    """

    def __init__(self, *, http: HTTPClient, clock: DiscordClock, epoch: int) -> None:
        self.http = http
        self.clock = clock
        self.epoch = epoch
        self.hint = asyncio.Event()
        self._under_way: dict[asyncio.Task[None], Work] = {}
        self._soon: asyncio.TimerHandle | None = None
        self._refusal: discord.LoginFailure | None = None

    @property
    def now(self) -> datetime:
        """Discord's time; nothing is taken up before it is known."""
        now = self.clock.now()
        assert now is not None  # noqa: S101 - for the type
        return now

    async def run(self) -> None:
        """Go on until cancelled; what is under way then is left for the next one to find."""
        renewing = asyncio.create_task(self._keep_in_hand())
        try:
            while self._refusal is None:
                self.hint.clear()  # before looking: a hint that comes meanwhile is not lost
                taken = await self.take_up()
                if taken == MOST_IN_ONE_GRASP:  # there may be more
                    continue
                pause = BETWEEN_LOOKS if taken else await self._until_the_next()
                # Unlike the library's wait_for, this does not lose an end that comes with a hint.
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self.hint.wait()
            raise self._refusal
        finally:
            for task in [renewing, *self._under_way]:
                task.cancel()
            await asyncio.gather(renewing, *self._under_way, return_exceptions=True)

    async def _until_the_next(self) -> float:
        """Return how long nothing is due, so that what ends then is not a look too late."""
        if (now := self.clock.now()) is None:
            return BETWEEN_LOOKS
        try:
            moment = await call(orders.next_moment, now=now)
        except Error:
            return BETWEEN_LOOKS
        wait = BETWEEN_LOOKS if moment is None else (moment - self.now).total_seconds()
        return min(BETWEEN_LOOKS, max(SHORTEST_PAUSE, wait))

    async def take_up(self) -> int:
        """Begin what is due and finds a free hand; return how much that was."""
        free = min(MOST_IN_ONE_GRASP, MOST_AT_ONCE - len(self._under_way))
        if free <= 0 or self.clock.now() is None:
            return 0
        try:
            due = await self.claim(free)
        except Error as error:
            log.warning("The database does not say what is due: %s", type(error).__name__)
            return 0
        for work in due:
            self._begin(work)
        return len(due)

    async def claim(self, most: int) -> list[Work]:
        """Take up what is due, orders before errands."""
        under_way = list(self._under_way.values())
        per_guild = Counter(work.guild_id for work in under_way)
        limits: dict[str, Any] = {
            "now": self.now,
            "epoch": self.epoch,
            "busy": [guild for guild, count in per_guild.items() if count >= MOST_OF_ONE_SERVER],
        }
        mine = [work.pk for work in under_way if isinstance(work, StandingOrder)]
        wanted = await call(orders.claim_orders, **limits, most=most, besides=mine)
        if (left := most - len(wanted)) <= 0:
            return [*wanted]
        said = [work for work in under_way if isinstance(work, Errand)]
        limits |= {"besides": [work.pk for work in said]}
        limits |= {"lanes": {errands.lane_of(work) for work in said}}
        asked = await call(errands.claim_errands, **limits, most=left)
        # After a backup was put back nothing is due; then there is only something to look at.
        if wanted or asked:
            return [*wanted, *asked]
        return [*await call(claim_to_compare, epoch=self.epoch, most=most)]

    async def carry_out(self, work: Work) -> None:
        """Carry out one thing that was taken up, whatever comes of it."""
        if isinstance(work, Errand):
            await self.carry_out_errand(work)
        elif work.hold == orders.Hold.RESTORED:
            await self.compare_order(work)
        else:
            await self.carry_out_order(work)

    async def compare_order(self, order: StandingOrder) -> None:
        """Look how an order stands on Discord, and change nothing."""
        try:
            seen = await self._look(order_kind(order.kind), order)
        except FAILURES as error:
            _heed_refused_token(error)
            trouble = trouble_of(error, attempts=order.attempts)
            await asyncio.sleep(min(trouble.wait.total_seconds(), BETWEEN_RENEWALS))
            await call(fail_comparison, **self._about(order), trouble=trouble)
        else:
            await call(note_comparison, **self._about(order), seen=seen, now=self.now)

    async def carry_out_order(self, order: StandingOrder) -> None:
        """Make one order true, or find that it is, or why it cannot be."""
        kind = order_kind(order.kind)
        try:
            await (self._make_true(kind, order) if order.wanted else self._take_back(kind, order))
        except FAILURES as error:
            _heed_refused_token(error)
            trouble = trouble_of(error, attempts=order.attempts)
            await call(orders.fail_order, **self._about(order), trouble=trouble, now=self.now)

    async def carry_out_errand(self, errand: Errand) -> None:
        """Do one errand, or find why it cannot be done."""
        told: dict[str, Any] = {"errand": errand, "epoch": self.epoch}
        try:
            result = await errand_kind(errand.kind).perform(self.http, errand)
        except NotWorthIt as reason:
            await call(errands.skip_errand, **told, words=str(reason))
        except FAILURES as error:
            _heed_refused_token(error)
            trouble = trouble_of(error, attempts=errand.attempts)
            await call(errands.fail_errand, **told, trouble=trouble, now=self.now)
        else:
            await call(errands.finish_errand, **told, result=result)

    async def _make_true(self, kind: OrderKind, order: StandingOrder) -> None:
        if not order.is_settled:
            await kind.perform(self.http, order)
        seen = await self._look(kind, order)
        if not order.is_settled:
            if seen == ABSENT:
                raise NotSoYet
        elif self._was_changed(kind, order, seen):
            await self._accept(order, seen)
            return
        elif self._is_to_be_renewed(kind, order):
            await kind.perform(self.http, order)
            seen = await self._look(kind, order)
        await self._settle(order, seen)

    def _was_changed(self, kind: OrderKind, order: StandingOrder, seen: Seen) -> bool:
        """Tell whether somebody changed by hand what Discord had confirmed."""
        if seen == ABSENT:
            return not kind.has_run_out(order, self.now)
        return (seen.owner, order.owner) == ("foreign", "ours")

    async def _take_back(self, kind: OrderKind, order: StandingOrder) -> None:
        seen = await self._look(kind, order)
        if await self._goes(kind, order, seen):
            # Between the look and this moment somebody may have wished otherwise, or done so.
            if not await call(orders.is_current, order=order, epoch=self.epoch):
                return
            await kind.undo(self.http, order)
            seen = ABSENT if seen.owner == "ours" else Seen("none", words=LIFTED)
        elif seen.owner == "foreign":
            seen = Seen("foreign", words=STAYS)
        await self._settle(order, seen)

    async def _goes(self, kind: OrderKind, order: StandingOrder, seen: Seen) -> bool:
        """Tell whether it is ours, or staff decided that it goes after somebody else set it."""
        decided_at = None if order.is_settled else order.lifts_all_before
        if seen.owner != "foreign" or decided_at is None:
            return seen.owner == "ours"
        return not await kind.was_set_since(self.http, order, decided_at)

    def _is_to_be_renewed(self, kind: OrderKind, order: StandingOrder) -> bool:
        renewal = kind.renew_at(order, self.now)
        return renewal is not None and renewal <= self.now

    async def _look(self, kind: OrderKind, order: StandingOrder) -> Seen:
        # What was taken back already is only looked at in case; who waits for a deed goes first.
        is_over = order.is_settled and not order.wanted
        with at_leisure() if is_over else nullcontext():
            return await kind.read_back(self.http, order, self.now)

    async def _settle(self, order: StandingOrder, seen: Seen) -> None:
        await call(orders.settle_order, **self._about(order), seen=seen, now=self.now)

    async def _accept(self, order: StandingOrder, seen: Seen) -> None:
        await call(orders.accept_drift, **self._about(order), seen=seen, now=self.now)

    def _about(self, order: StandingOrder) -> dict[str, Any]:
        return {"order": order, "epoch": self.epoch}

    def _begin(self, work: Work) -> None:
        task = asyncio.create_task(self._see_through(self.carry_out(work), work))
        self._under_way[task] = work
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._under_way.pop(task, None)
        # A hand is free, and whoever was passed over for want of one is due already. Where many
        # come free one after the other, one look does for all.
        if self._soon is None:
            self._soon = asyncio.get_running_loop().call_later(A_BREATH, self._look_again)

    def _look_again(self) -> None:
        self._soon = None
        self.hint.set()

    async def _see_through(self, deed: Coroutine[None, None, None], work: Work) -> None:
        try:
            await deed
        except LostLead:
            log.warning("%s was carried out by a bot that leads no more.", work)
        except discord.LoginFailure as refusal:
            self._refusal = refusal
        except Exception:
            # Its row is given back by itself: nothing is lost, and it is tried again.
            log.exception("%s could not be carried out.", work)

    async def _keep_in_hand(self) -> None:
        while True:
            await asyncio.sleep(BETWEEN_RENEWALS)
            under_way = list(self._under_way.values())
            wanted = [work for work in under_way if isinstance(work, StandingOrder)]
            asked = [work for work in under_way if isinstance(work, Errand)]
            with suppress(Error):
                await call(orders.keep_in_hand, orders=wanted, now=self.now)
                await call(errands.keep_errands_in_hand, errands=asked, now=self.now)


def _heed_refused_token(error: Exception) -> None:
    if status_of(error) == HTTPStatus.UNAUTHORIZED:
        raise discord.LoginFailure("Discord refuses the token.") from error
