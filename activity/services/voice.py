"""Voice: what Discord tells becomes stays, steps and counted time; settled minute by minute."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Max

from activity.models import ActivitySettings, VoiceEvent, VoiceSession
from activity.services.places import uncounted_places
from activity.services.rooms import Rooms, Rules
from activity.services.settings import settings_of
from activity.services.tallies import Tallies
from activity.services.voice_deeds import name_who_did_it
from community.models import GuildSettings, Member
from community.scope import cross_guild
from community.services.mirror import facts

# Everybody in voice changes each minute: one statement for all, whatever became of each.
CHANGE = """
UPDATE activity_voicesession AS stay SET
    ended_at = told.ended_at, ending = told.ending, counted_ms = told.counted_ms,
    counting_since = told.counting_since, seen_at = told.seen_at, muted = told.muted,
    deafened = told.deafened
FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[], %s::bigint[], %s::timestamptz[],
    %s::timestamptz[], %s::boolean[], %s::boolean[]) AS told
    (id, ended_at, ending, counted_ms, counting_since, seen_at, muted, deafened)
WHERE stay.guild_id = %s AND stay.id = told.id
"""
CHANGED = (
    "id", "ended_at", "ending", "counted_ms", "counting_since", "seen_at", "muted", "deafened",
)  # fmt: skip
ABOUT_VOICE = (
    facts.VoiceTold, facts.VoicesTold, facts.PersonLeft, facts.ChannelLost, facts.GuildLeft,
)  # fmt: skip


def hear_voices(*, guild_id: int, news: Sequence[facts.News], tallies: Tallies) -> list[VoiceEvent]:
    """Take in what concerns voice; return the steps that are new. Told twice, nothing changes."""
    mirror_afk_channel(guild_id=guild_id, news=news)
    about = [each for each in news if isinstance(each.told, ABOUT_VOICE)]
    steps: list[VoiceEvent] = []
    if about:
        rooms = _rooms_of(guild_id, list(_states_in(about)))
        for each in _unheard(guild_id, about):
            _take_in(rooms, each)
        steps = _write(guild_id, rooms, tallies)
    name_who_did_it(guild_id=guild_id, news=news)
    return steps


def settle_voice(*, guild_id: int, now: datetime) -> int:
    """Write down the time that has passed in voice until now; return how many are there."""
    with transaction.atomic():
        tallies, rooms = Tallies(guild_id), _rooms_of(guild_id, ())
        rooms.settle(now)
        _write(guild_id, rooms, tallies)
        tallies.write()
    return len(rooms.touched)


def servers_in_voice(*, among: Collection[int]) -> list[int]:
    """Return which of these servers have somebody in voice, and can be reached."""
    with cross_guild("time passes in every server at once", among=among):
        there = VoiceSession.objects.open().filter(
            guild_id__in=among, guild__available=True, guild__left_at=None
        )
        return sorted(set(there.values_list("guild_id", flat=True)))


def mirror_afk_channel(*, guild_id: int, news: Iterable[facts.News]) -> None:
    """Remember which channel Discord sends the absent to."""
    told = [each.told.afk_channel_id for each in news if isinstance(each.told, facts.GuildTold)]
    known = [afk for afk in told if afk is not None]
    if known and settings_of(guild_id).afk_channel_id != (known[-1] or None):
        fresh = ActivitySettings(guild_id=guild_id)
        ActivitySettings.objects.bulk_create([fresh], ignore_conflicts=True)
        ActivitySettings.objects.of(guild_id).update(afk_channel_id=known[-1] or None)


def _take_in(rooms: Rooms, news: facts.News) -> None:
    match news.told:
        case facts.VoiceTold(state):
            rooms.move(state, news.at)
        case facts.VoicesTold(states):
            rooms.look(states, news.at)
        case facts.PersonLeft(user_id):
            rooms.leave([user_id], news.at)
        case facts.ChannelLost(channel_id):
            rooms.close(channel_id, news.at)
        case facts.GuildLeft():
            rooms.end(news.at)


def _rooms_of(guild_id: int, told: Collection[facts.VoiceState]) -> Rooms:
    """Load who is in voice, for nobody else to change until this is written down."""
    stays = VoiceSession.objects.of(guild_id).open()
    locked = list(stays.select_for_update(no_key=True).order_by("pk"))
    channels = {stay.channel_id for stay in locked} | {each.channel_id or 0 for each in told}
    silent = uncounted_places({guild_id: channels}, "voice_counted")
    logs = GuildSettings.objects.of(guild_id).exclude(voice_log=None)
    rules = Rules(
        settings_of(guild_id),
        silent={channel_id for _, channel_id in silent},
        is_logged=logs.exists(),
    )
    gone = {each.user_id for each in told if each.channel_id is None}
    return Rooms(locked, rules, _silenced(guild_id, gone) if gone else {})


def _silenced(guild_id: int, user_ids: Collection[int]) -> dict[int, datetime]:
    """Return until when people are timed out: that puts them out of voice."""
    theirs = Member.objects.of(guild_id).filter(user_id__in=user_ids)
    until = theirs.values_list("user_id", "timed_out_until")
    return {user_id: end for user_id, end in until if end}


def _states_in(news: Iterable[facts.News]) -> Iterator[facts.VoiceState]:
    for each in news:
        match each.told:
            case facts.VoiceTold(state):
                yield state
            case facts.VoicesTold(states):
                yield from states


def _unheard(guild_id: int, news: list[facts.News]) -> list[facts.News]:
    """Leave out what was written down before: a batch may be told again after its answer was lost.

    What is heard later has a later moment, so it is enough to know the last step of each.
    """
    told = {each.told.state.user_id for each in news if isinstance(each.told, facts.VoiceTold)}
    steps = VoiceEvent.objects.of(guild_id).filter(user_id__in=told).values_list("user_id")
    last = dict(steps.annotate(Max("at"))) if told else {}
    return [each for each in news if not _is_older(each, last)]


def _is_older(news: facts.News, last: dict[int, datetime]) -> bool:
    if not isinstance(news.told, facts.VoiceTold):
        return False
    known = last.get(news.told.state.user_id)
    return known is not None and news.at <= known


def _write(guild_id: int, rooms: Rooms, tallies: Tallies) -> list[VoiceEvent]:
    """Write down what became of the stays: those that end come before those that begin."""
    touched = list(rooms.touched.values())
    known = [stay for stay in touched if stay.pk]
    if known:
        columns = [[getattr(stay, name) for stay in known] for name in CHANGED]
        with connection.cursor() as cursor:
            cursor.execute(CHANGE, [*columns, guild_id])
    VoiceSession.objects.bulk_create([stay for stay in touched if not stay.pk])
    VoiceEvent.objects.bulk_create(rooms.steps)
    tallies.add_spans(rooms.spans)
    return rooms.steps
