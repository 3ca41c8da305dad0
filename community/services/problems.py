"""What stands in the way out there, from rows alone: each trouble in words, and what mends it."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import timedelta
from typing import Any, NamedTuple

from django.db.models import Case, CharField, Count, Q, QuerySet, TextField, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, Now

from community.kinds import label_of
from community.models import (
    Channel,
    Errand,
    Guild,
    GuildSettings,
    LogReading,
    Role,
    StandingOrder,
    Verdict,
)
from community.scope import cross_guild
from community.services.bots import BotFacts, look_at_bot
from community.services.house_problems import Problem, trouble_of_bot
from community.services.unheard import BOTH, words_for

LATE_AFTER = timedelta(minutes=2)
LATELY = timedelta(days=7)
STUCK_AFTER = 3
TO_ROLES = "On Discord: Server Settings, Roles."
RIGHTS = {
    "ban": "Ban Members",
    "timeout": "Timeout Members",
    "role": "Manage Roles",
    "mute_role": "Manage Roles",
}
CLOSED = "They take no messages"
GONE = "The channel is gone"
FORBIDDEN = ("The bot may not see it", "The bot lacks the permission")
LONGEST_ID = 19

Names = dict[int, str]


class Row(NamedTuple):
    """What one statement tells of each trouble: where it was found, and what is known of it."""

    table: str
    guild_id: int
    kind: str
    about: str
    state: str
    words: str
    many: int


# What was found, each with its server.
Found = Iterator[tuple[int, Problem]]


def problems_of(*, guild_id: int) -> list[Problem]:
    """Return what stands in the way in one server, the grave first."""
    return problems_in(guild_ids=[guild_id])[guild_id]


def problems_in(*, guild_ids: Collection[int]) -> dict[int, list[Problem]]:
    """Return what stands in the way in each of some servers; where all is well, by one question."""
    bot = look_at_bot()
    house = trouble_of_bot(bot)
    with cross_guild("what stands in the way in some servers", among=guild_ids):
        found = {guild_id: [*house] for guild_id in guild_ids}
        rows = _rows(guild_ids)
        for table, tell in TELLERS.items():
            for guild_id, problem in tell([row for row in rows if row.table == table]):
                found[guild_id].append(problem)
        for guild_id, problem in _wishes(rows, bot):
            found[guild_id].append(problem)
    return {
        key: sorted(each, key=lambda problem: not problem.is_grave) for key, each in found.items()
    }


def count_problems(*, guild_id: int) -> int:
    """Return how many grave things stand in the way, for a badge."""
    return sum(problem.is_grave for problem in problems_of(guild_id=guild_id))


def _rows(guild_ids: Collection[int]) -> list[Row]:
    """Ask every table at once: the badge of each page is one such question."""
    legs = [look(guild_ids) for look in LOOKS]
    return sorted(Row(*row) for row in legs[0].union(*legs[1:], all=True))


def _text(words: str = "") -> Value:
    return Value(words, CharField())


def _away_rows(guild_ids: Collection[int]) -> QuerySet[Any]:
    away = Guild.objects.filter(Q(available=False) | Q(left_at__isnull=False), pk__in=guild_ids)
    how = Case(When(left_at=None, then=_text("unreached")), default=_text("removed"))
    blank = _text()
    return away.values_list(_text("guild"), "pk", blank, blank, how, blank, Value(1))


def _away(rows: list[Row]) -> Found:
    for row in rows:
        if row.state == "removed":
            title = "The bot was removed from this server."
            fix = "Invite it again; everything is kept for 30 days, and goes on where it stood."
        else:
            title = "Discord cannot reach this server."
            fix = "Nothing to do: it goes on by itself as soon as Discord has mended it."
        yield row.guild_id, Problem(kind="away", title=title, fix=fix)


def _log_rows(guild_ids: Collection[int]) -> QuerySet[Any]:
    closed = LogReading.objects.filter(is_closed=True, guild_id__in=guild_ids)
    blank = _text()
    return closed.values_list(_text("log"), "guild_id", blank, blank, blank, blank, Value(1))


def _log(rows: list[Row]) -> Found:
    for row in rows:
        title = "The bot may not read Discord's audit log: what people do by hand is not known."
        fix = f"Give the bot's role the permission “View Audit Log”. {TO_ROLES}"
        yield row.guild_id, Problem(kind="log", title=title, fix=fix)


def _verdict_rows(guild_ids: Collection[int]) -> QuerySet[Any]:
    bad = Verdict.objects.filter(count__gt=0, guild_id__in=guild_ids)
    first = Coalesce(KeyTextTransform("0", "breaches"), _text(), output_field=TextField())
    blank = _text()
    return bad.values_list(_text("verdict"), "guild_id", blank, blank, blank, first, "count")


def _verdicts(rows: list[Row]) -> Found:
    for row in rows:
        rest = f" And {row.many - 1} more." if row.many > 1 else ""
        title = f"Something does not hold that must: {row.words}{rest}"
        fix = "Whoever keeps the house runs python3 manage.py verify, and looks who had the tables."
        yield row.guild_id, Problem(kind="verdict", title=title, fix=fix, count=row.many)


def _order_rows(guild_ids: Collection[int]) -> QuerySet[Any]:
    """Find the orders that wait for something, and those whose end has passed."""
    late = Q(hold="", wanted=True, until__lt=Now() - LATE_AFTER)
    due = Q(next_check_at__lt=Now() - LATE_AFTER)  # as they are, and an index has these
    rows = StandingOrder.objects.filter(~Q(hold="") | (late & due), guild_id__in=guild_ids)
    groups = rows.order_by().values("guild_id", "kind", "subject", "hold", "last_error")
    subject = Cast("subject", TextField())
    return groups.annotate(many=Count("pk")).values_list(
        _text("order"), "guild_id", "kind", subject, "hold", "last_error", "many"
    )


def _orders(rows: list[Row]) -> Found:
    roles = _names(Role, rows)
    sums: dict[tuple[int, str], int] = defaultdict(int)
    for row in rows:
        if row.state == StandingOrder.Hold.PERMISSION:
            yield row.guild_id, _missing_right(row, roles)
        else:
            sums[row.guild_id, row.state] += row.many
    yield from ((guild_id, _held(hold, count)) for (guild_id, hold), count in sums.items())


def _missing_right(row: Row, roles: Names) -> Problem:
    what = " ".join(filter(None, [label_of(row.kind), roles.get(_number(row.about), "")]))
    fix = (
        f"Give the bot's role the permission “{RIGHTS.get(row.kind, 'it needs')}”, and drag it "
        f"above the roles of those it shall act on. {TO_ROLES} It is tried again by itself."
    )
    return Problem(
        kind="permission",
        title=f"{what} ({row.many}): {row.words}",
        fix=fix,
        about=row.kind,
        count=row.many,
    )


def _held(hold: str, count: int) -> Problem:
    """Say what some orders wait for, or that their end has passed."""
    title, fix = {
        "": (
            "should have ended by now, and Discord was not told.",
            "The bot ends them as soon as it runs and Discord answers.",
        ),
        "guild_away": (
            "wait for this server to come back.",
            "They go on by themselves once the bot is in the server, and Discord can reach it.",
        ),
        "restored": (
            "wait for a word since a backup was restored.",
            "Whoever keeps the house looks at the differences and approves them (House, Backups).",
        ),
        "clock": (
            "wait for a time that can be trusted.",
            "They go on by themselves with Discord's next answer.",
        ),
    }[hold]
    kind = hold or "late"
    return Problem(
        kind=kind,
        title=f"{count} standing {'order' if count == 1 else 'orders'} {title}",
        fix=fix,
        count=count,
        is_grave=hold != "guild_away",
    )


def _settings_rows(guild_ids: Collection[int]) -> QuerySet[Any]:
    """Find the settings that name a channel or a role which is no more."""
    gone = Q()
    for field in _naming_fields():
        gone |= Q(**{f"{field.name}__deleted_at__isnull": False})
    rows, blank = GuildSettings.objects.filter(gone, guild_id__in=guild_ids), _text()
    return rows.values_list(_text("settings"), "guild_id", blank, blank, blank, blank, Value(1))


def _settings(rows: list[Row]) -> Found:
    if not rows:
        return
    fields = _naming_fields()
    named = GuildSettings.objects.filter(guild_id__in=[row.guild_id for row in rows])
    for settings in named.select_related(*[field.name for field in fields]):
        for field in fields:
            place = getattr(settings, field.name)
            if place is None or place.deleted_at is None:
                continue
            title = f"{place} was deleted, and is still the {field.verbose_name}."
            what = "role" if field.related_model is Role else "channel"
            fix = f"Choose another {what} in the settings."
            yield settings.guild_id, Problem(kind=what, title=title, fix=fix)


def _naming_fields() -> list[Any]:
    return [f for f in GuildSettings._meta.local_fields if f.related_model in (Channel, Role)]


def _wish_rows(guild_ids: Collection[int]) -> QuerySet[Any]:
    """Find who wishes for what Discord tells only a bot that may hear it."""
    wishing = Q(presence_enabled=True) | Q(message_log__isnull=False)
    rows, blank = GuildSettings.objects.filter(wishing, guild_id__in=guild_ids), _text()
    which = Case(
        When(presence_enabled=True, message_log__isnull=False, then=_text(BOTH)),
        When(presence_enabled=True, then=_text("presences")),
        default=_text("message_content"),
    )
    return rows.values_list(_text("wish"), "guild_id", blank, blank, which, blank, Value(1))


def _wishes(rows: list[Row], bot: BotFacts | None) -> Found:
    for row in (row for row in rows if row.table == "wish"):
        for title, fix, is_grave in words_for(row.state, bot.unheard if bot else ()):
            yield row.guild_id, Problem(kind="intent", title=title, fix=fix, is_grave=is_grave)


def _errand_rows(guild_ids: Collection[int]) -> QuerySet[Any]:
    """Sum up the errands that came to nothing lately, or were tried again and again."""
    dead = Q(state=Errand.State.DEAD, ended_at__gt=Now() - LATELY)
    tried = Q(state__in=["waiting", "running"], attempts__gte=STUCK_AFTER) & ~Q(last_error="")
    rows: Any = Errand.objects.filter(dead | tried, guild_id__in=guild_ids).order_by()
    ended = Case(When(state=Errand.State.DEAD, then=_text("dead")), default=_text())
    told = KeyTextTransform("channel_id", "payload")
    place = Coalesce(told, _text(), output_field=TextField())
    groups = rows.annotate(place=place, ended=ended)
    groups = groups.values("guild_id", "kind", "place", "ended", "last_error")
    found: QuerySet[Any] = groups.annotate(many=Count("pk")).values_list(
        _text("errand"), "guild_id", "kind", "place", "ended", "last_error", "many"
    )
    return found


def _errands(rows: list[Row]) -> Found:
    channels = _names(Channel, rows)
    for row in rows:
        yield row.guild_id, _errand(row, channels.get(_number(row.about), ""))


def _errand(row: Row, place: str) -> Problem:
    """Say what came to nothing, or is stuck; closed doors of people are no fault."""
    is_dead = row.state == "dead"
    fix = _fix_for(row.words) if is_dead else "It is tried again by itself."
    if row.words.startswith(FORBIDDEN):
        fix = f"Let the bot's role view {place or 'the channel'} and send messages there. {fix}"
    what = f"{label_of(row.kind)} in {place}" if place else label_of(row.kind)
    return Problem(
        kind="given_up" if is_dead else "stuck",
        title=f"{what} ({row.many}): {row.words}",
        fix=fix,
        about=row.kind,
        count=row.many,
        is_grave=not row.words.startswith(CLOSED),
    )


def _fix_for(words: str) -> str:
    if words.startswith(CLOSED):
        return "People may close their messages; there is nothing to do."
    if words.startswith(GONE):
        return "Choose another channel in the settings, then try again."
    return "Mend what it says, then try again."


def _number(text: str) -> int:
    is_id = text.isascii() and text.isdecimal() and len(text) <= LONGEST_ID
    return int(text) if is_id else 0


def _names(model: type[Any], rows: list[Row]) -> Names:
    """Return what the channels or roles that some rows are about are called in those servers."""
    wanted = {_number(row.about) for row in rows} - {0}
    here = {row.guild_id for row in rows}
    found = model.objects.filter(guild_id__in=here, pk__in=wanted) if wanted else ()
    return {each.pk: str(each) for each in found}


LOOKS = (
    _away_rows,
    _log_rows,
    _verdict_rows,
    _order_rows,
    _settings_rows,
    _errand_rows,
    _wish_rows,
)
# Who puts the rows of each table into words.
TELLERS = {
    "guild": _away,
    "log": _log,
    "verdict": _verdicts,
    "order": _orders,
    "settings": _settings,
    "errand": _errands,
}
