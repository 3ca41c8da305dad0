"""What people of the pretended servers did before anybody looked: ninety days, told all at once."""

import random
from collections.abc import Collection

from django.db import connection, transaction
from django.utils import timezone

from activity.models import MemberTotals
from activity.services.hearing import hear_all_news
from activity.services.messages import write_batch
from activity.services.months import make_months_since
from community.errors import HouseError
from community.models import Guild
from community.scope import cross_guild, guild_scope
from config.past.cases import decide
from config.past.coins import earn_and_pay
from config.past.comings import comings_of
from config.past.commands import use_commands
from config.past.evenings import evenings_of
from config.past.shop import open_shop
from config.past.talk import talk_of
from config.past.town import DAYS, Town, town_of
from economy.services.days import count_economy_days

USUAL_SEED = 2026


def tell_past(*, guild_ids: Collection[int], seed: int = USUAL_SEED) -> int:
    """Let servers have a past, all or none of them; return how many messages were written in it.

    Where anything was ever counted, nothing is told: a past is told once, and to nobody real.
    """
    now = timezone.now()
    make_months_since(since=now - DAYS, now=now)
    with transaction.atomic(), cross_guild("pretended servers are given a past", among=guild_ids):
        there = Guild.objects.filter(pk__in=guild_ids).order_by("pk")
        guilds = list(there.select_for_update(no_key=True))
        if MemberTotals.objects.filter(guild_id__in=guild_ids).exists():
            raise HouseError("These servers have a past already.")
        written = sum(_tell(town_of(guild, _chance(seed, guild), now)) for guild in guilds)
    count_economy_days(now=now, days=DAYS.days)
    _take_stock()
    return written


def _chance(seed: int, guild: Guild) -> random.Random:
    return random.Random(f"{seed}:{guild.pk}")  # noqa: S311 - a story, not a secret


def _tell(town: Town) -> int:
    """Tell everything of one server through the services that real things go through."""
    with guild_scope(town.guild_id):
        news = sorted([*comings_of(town), *evenings_of(town)], key=lambda each: each.at)
        hear_all_news(guild_id=town.guild_id, news=news)
        written = write_batch(told=talk_of(town))
        earn_and_pay(town)
        open_shop(town)
        decide(town)
        use_commands(town)
    return written


def _take_stock() -> None:
    """Let the database look at what came all at once, or its plans would be those of no rows."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
