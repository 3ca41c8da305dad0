"""One story from its beginning to the day of judgement."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime
from itertools import count
from random import Random
from random import seed as seed_all
from typing import Any

from community.models import Guild, Lease
from community.runner import runner
from community.scope import guild_scope
from community.services.leases import LEAD, drop_lease
from community.tasks import look_at_standing_orders
from config.schedules import SCHEDULES
from drills.clocks import BEGINNING, Clocks
from drills.mortal import ALIVE, Mortal, adopting
from drills.orders import deeds, troubles
from drills.orders.bot import Bot
from drills.orders.gateway import Gateway
from drills.orders.hearing import Ears
from drills.orders.oracle import judge
from drills.orders.schedule import CALM, HOUR, Chances, Schedule
from drills.orders.story import Story
from drills.orders.town import Town
from drills.orders.witness import Witness
from drills.virtual import Deed, VirtualLoop, away_from_loop
from sandbox import Event

A_LEASE = 10.0
BETWEEN_LOOKS = SCHEDULES["community.tasks.look_at_standing_orders"].total_seconds()
A_WHILE, SELDOM = 30.0, 6 * HOUR


class Play:
    """A schedule being played: its clocks, its town, its bots, and what is remembered of it."""

    decide: Callable[..., Coroutine[Any, Any, None]] = staticmethod(deeds.command)
    ears: Callable[[Bot], Ears] = Ears
    beginning: datetime = BEGINNING

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.chance = Random(schedule.seed + 0.5)
        self.chances: Chances = schedule.chances
        self.loop = VirtualLoop(self._in_database)
        self.clocks = Clocks(self.loop.time, self.beginning)
        self.story = Story(self.loop.time)
        self.town = Town(schedule, self.clocks)
        self.witness = Witness(self.town, self.story)
        self.gateway = Gateway(self.chance, lambda: self.chances)
        self.bots: dict[str, Bot] = {}
        self.has_rivals = schedule.has_second_bot
        self.wrongs: list[str] = []
        self._tasks: list[asyncio.Task[None]] = []

    def run(self) -> None:
        """Play, and write down what was wrong."""
        usual = runner.BETWEEN_LOOKS, runner.BETWEEN_RENEWALS
        try:
            seed_all(self.schedule.seed)  # the runner's pauses are a matter of chance, too
            with self.clocks.in_force():
                self.settle_in()
                self.loop.run_until_complete(self._play())
                self.wrongs = self.judge()
        finally:
            runner.BETWEEN_LOOKS, runner.BETWEEN_RENEWALS = usual
            self._forget()

    def settle_in(self) -> None:
        """Write down the place where it happens."""
        self.town.settle_in()

    def judge(self) -> list[str]:
        """Say what was wrong in the end."""
        return list(judge(self.town, self.story))

    async def _play(self) -> None:
        self.loop.set_task_factory(adopting)
        self.town.discord.listeners += [self.gateway.tell, self._note_departure]
        for fault in troubles.always(self.chances):
            self.town.discord.add_fault(fault)
        hosts = ["first", "second"] if self.schedule.has_second_bot else ["first"]
        for host in hosts:
            self._spawn(self._keep_alive(host))
        self._spawn(self._vary_the_pace())
        self._spawn(self._ring_the_clock())
        self._begin_acts()
        await asyncio.sleep(self.schedule.is_calm_at)
        self._calm_down()
        await asyncio.sleep(self.schedule.is_over_at - self.loop.time())
        await asyncio.sleep(self.schedule.settles_for)

    def _begin_acts(self) -> None:
        plot = self.schedule
        for command in plot.commands:
            self._spawn(self._at(command.at, self.decide, command))
        for hand in plot.hands:
            self._spawn(self._at(hand.at, deeds.by_hand, hand))
        for word in plot.words:
            self._spawn(self._at(word.at, deeds.say, word))
        for jump in plot.jumps:
            self._spawn(self._at(jump.at, deeds.set_clock, jump))
        for trouble in plot.troubles:
            self._spawn(self._at(trouble.at, troubles.make, trouble))

    async def _at(
        self, at: float, deed: Callable[..., Coroutine[Any, Any, None]], what: object
    ) -> None:
        await asyncio.sleep(at)
        await deed(self, what)

    def _calm_down(self) -> None:
        self.story.tell("the storm is over")
        self.chances = CALM
        for fault in list(self.town.discord.faults.in_force):
            self.town.discord.end_fault(fault)
        if self.has_rivals:
            self.has_rivals = False
            self.bots["second"].life.die()

    async def _keep_alive(self, host: str) -> None:
        for number in count():
            life = Mortal(host, self.chance, lambda: self.chances.crash, self.story.tell)
            holder = f"{host} {number}"
            bot = self.bots[host] = Bot(self, life, holder)
            life.start(bot.run()).add_done_callback(self._note_end)
            await life.is_dead.wait()
            self.gateway.sessions.pop(host, None)
            down = 0.5 * 400 ** self.chance.random()
            self.story.tell(f"{host} is down for {down:.1f} s")
            await asyncio.sleep(down if self.has_rivals else max(down, A_LEASE))
            if host == "second" and not self.has_rivals:
                return
            if not self.has_rivals:
                away_from_loop(drop_lease, name=LEAD, holder=holder)  # it has run out by now

    def _note_end(self, living: "asyncio.Task[Any]") -> None:
        """See how a bot ends: by being killed, and in no other way."""
        if not living.cancelled() and (error := living.exception()):
            self.story.find("broke", repr(error))

    async def _vary_the_pace(self) -> None:
        """Let the runner look often where something happens, and hardly ever in between."""
        while True:
            quiet = self.quiet()
            runner.BETWEEN_LOOKS = (
                self.chance.choice((2.0, 6.0, 20.0)) if quiet < A_WHILE else quiet
            )
            runner.BETWEEN_RENEWALS = 10.0 if quiet < A_WHILE else SELDOM
            await asyncio.sleep(min(max(quiet, A_WHILE), SELDOM))

    def quiet(self) -> float:
        """Tell for how long nothing happens that the bot must not be late for."""
        return self.schedule.quiet_after(self.loop.time())

    async def _ring_the_clock(self) -> None:
        """Do what the house's clock does, in a process of its own."""
        while True:
            await asyncio.sleep(BETWEEN_LOOKS)
            self.ring()
            self.wake_bots()

    def ring(self) -> None:
        """Do what is due by the house's clock."""
        away_from_loop(look_at_standing_orders)

    def begin_sessions(self) -> None:
        """Let every bot that leads connect anew."""
        for bot in self.bots.values():
            if bot.life.is_alive:
                bot.begin_session()

    def wake_bots(self) -> None:
        """Let the database's hint arrive."""
        for bot in self.bots.values():
            bot.wake()

    async def _in_database(self, deed: Deed) -> Any:
        life = ALIVE.get()
        if life is None:
            return deed()
        await life.step("before the database", 0.001, 0.01)
        try:
            return deed()
        finally:
            await life.step("after the database", 0.001, 0.01)

    def _note_departure(self, event: Event) -> None:
        if event.name == "GUILD_MEMBER_REMOVE":
            deeds.note_departure(self, int(event.data["user"]["id"]))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(self.loop.create_task(work))

    def is_settled(self, user_id: int, kind: str) -> bool:
        """Tell whether an order was carried out, and the bot has left it alone for a while."""
        order = away_from_loop(self.town.order_of, user_id, kind)
        quiet = self.loop.time() - self.witness.touched.get((user_id, kind), -1e9) > HOUR / 60
        return quiet and (order is None or order.applied_rev == order.wanted_rev)

    def _forget(self) -> None:
        self.chances = CALM
        while left := asyncio.all_tasks(self.loop):
            for task in left:
                task.cancel()
            self.loop.run_until_complete(asyncio.wait(left, timeout=1))
        self.loop.close()
        self.forget()

    def forget(self) -> None:
        """Take the place down again."""
        Lease.objects.filter(name=LEAD).delete()
        with guild_scope(self.town.guild_id):
            Guild.objects.filter(id=self.town.guild_id).delete()
