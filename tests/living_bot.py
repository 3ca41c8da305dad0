"""The real bot in a thread of its own, for tests that speak to it over real sockets."""

import asyncio
import time
from datetime import timedelta
from threading import Barrier, Thread

from django.conf import settings

from community import bridge
from community.scope import cross_guild


class LivingBot:
    """A bot that leads, connected to a pretend Discord; it carries out orders when it is to."""

    def __init__(self, sandbox, *, carries_out=False):
        self.sandbox, self.bot, self.trouble = sandbox, None, None
        self.carries_out = carries_out
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._run, name="bot", daemon=True)

    def __enter__(self):
        self._thread.start()
        eventually(lambda: self.trouble or (self.bot and self.bot.is_ready()))
        assert self.trouble is None, self.trouble
        return self

    def __exit__(self, *_):
        if not self._loop.is_closed():  # a test may have ended it to begin another
            self._loop.call_soon_threadsafe(self._living.cancel)
        self._thread.join()
        let_the_database_rest()

    def do(self, deed):
        """Do something within the bot's loop, and return what came of it."""

        async def done():
            return deed(self.bot)

        return self.wait(done())

    def wait(self, coroutine):
        """Wait for something in the bot's loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(60)

    @property
    def mirror(self):
        """The mirror that the bot carries."""
        return next(each.__self__ for each in self.bot.events.listeners if each.__name__ == "hear")

    def _run(self):
        self._living = self._loop.create_task(self._live())
        try:
            self._loop.run_until_complete(self._living)
        except asyncio.CancelledError:
            pass
        except Exception as trouble:  # noqa: BLE001 - told to whoever waits
            self.trouble = trouble
        finally:
            self._loop.run_until_complete(self._end_what_is_left())
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    async def _end_what_is_left(self):
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    async def _live(self):
        from community.bridge import call
        from community.services.leases import LEAD, hold_lease
        from config.bot.client import Bot, speak_to
        from config.bot.leader import Lead
        from config.bot.running import carry_out_orders

        speak_to(self.sandbox.url, self.sandbox.gateway_url)
        lease = {"name": LEAD, "holder": "the living bot", "span": timedelta(hours=1)}
        epoch = await call(hold_lease, **lease) if self.carries_out else 1
        lead = Lead(epoch, asked_at=time.monotonic())
        async with Bot(lead) as self.bot:
            deeds = [self.bot.start(self.sandbox.token)]
            if self.carries_out:
                deeds.append(carry_out_orders(self.bot))
            await asyncio.gather(*deeds)


def let_the_database_rest():
    """Wait until no database thread has anything left to do: a flush would meet it."""
    together = Barrier(settings.BOT_DATABASE_THREADS)
    for free in [bridge._threads.submit(together.wait, 60) for _ in range(together.parties)]:
        free.result()


def eventually(question, *, seconds=60):
    """Ask until the answer is yes, and return it."""
    deadline = time.monotonic() + seconds
    while not (answer := question()):
        assert time.monotonic() < deadline, "It never came true."
        time.sleep(0.02)
    return answer


def becomes(question, wanted):
    """Ask about any server's rows until the answer is the wanted one."""

    def asked():
        nonlocal last
        with cross_guild("a test looks until it sees"):
            last = question()
        return last == wanted

    last = None
    try:
        eventually(asked)
    except AssertionError:
        assert last == wanted, f"{last!r} never became {wanted!r}"
        raise
