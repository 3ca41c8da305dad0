"""What stands in the way in every server alike: the bot, the clock's jobs, what must hold."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from community.models import Job
from community.services.bots import BotFacts, look_at_bot
from community.services.results import standings_of_house

OFF_BY = timedelta(seconds=30)
LOSS_IS_NEWS = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that needs a hand: what, how much of it, and what mends it.

    `kind` and `about` say where in the desk its rows are; `is_grave` tells it from what is only
    worth knowing.
    """

    kind: str
    title: str
    fix: str
    about: str = ""
    count: int = 1
    is_grave: bool = True


def problems_of_house() -> list[Problem]:
    """Return what stands in the way in every server alike."""
    return [*trouble_of_bot(look_at_bot()), *_jobs(), *_checks()]


def _jobs() -> list[Problem]:
    """Tell of the jobs that have missed two of their periods, or were set aside."""
    quiet = [job.name for job in Job.objects.quiet().filter(parked_at=None).order_by("name")]
    parked = [job.name for job in Job.objects.parked().order_by("name")]
    fix = "House, Jobs says what it said last; Run now rings it once more."
    told = ((quiet, "missed two of their periods"), (parked, "were set aside"))
    return [
        Problem(kind="job", title=f"Jobs that {words}: {', '.join(names)}.", fix=fix)
        for names, words in told
        if names
    ]


def _checks() -> list[Problem]:
    """Tell of what must hold in the house and does not; the jobs have a line of their own."""
    failing = [each for each in standings_of_house() if each.count]
    return [
        Problem(kind="check", title=each.breaches[0], fix=each.check.fix, count=each.count)
        for each in failing
        if each.check.name != "community.jobs"
    ]


def trouble_of_bot(bot: BotFacts | None) -> list[Problem]:
    """Return what keeps the bot from its work."""
    if bot is None:
        title = "The bot is not running: nothing is carried out on Discord."
        fix = "Whoever keeps the house starts it: python3 manage.py up, or runbot."
    elif not bot.is_on_discord:
        title = f"The bot is running, but not on Discord: it {bot.words or 'says nothing'}."
        fix = "It goes on by itself; what it waits for stands in its log."
    else:
        return [*_clock(bot.clock_off), *_lost(bot)]
    return [Problem(kind="bot", title=title, fix=fix)]


def _lost(bot: BotFacts) -> list[Problem]:
    if bot.lost_at is None or bot.lost_at < timezone.now() - LOSS_IS_NEWS:
        return []
    title = f"{bot.lost:,} events of messages could not be kept, and are not counted."
    fix = "The database was away, or too slow: the bot's log says when. What came before is kept."
    return [Problem(kind="bot", title=title, fix=fix)]


def _clock(off: timedelta | None) -> list[Problem]:
    if off is None:
        title = "Discord has not told the time yet: nothing is carried out until it does."
        fix = "It goes on by itself with Discord's first answer."
        return [Problem(kind="bot", title=title, fix=fix)]
    if abs(off) < OFF_BY:
        return []
    title = f"The clock of the bot's machine is {abs(off.total_seconds()):,.0f} s off Discord's."
    fix = "Whoever keeps the house sets it. What ends, ends by Discord's time all the same."
    return [Problem(kind="bot", title=title, fix=fix, is_grave=False)]
