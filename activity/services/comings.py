"""Who came, left, was banned, boosts, took another name: each once, however often it is told."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from activity.models import MemberEvent
from activity.services.tallies import Tallies
from community.models import Guild, Member
from community.services.mirror import facts
from community.services.people import MemberFacts

BANNED, UNBANNED, CHANGED = 22, 23, 24  # Discord's numbers in its audit log
NICKNAME = "nick"
LOOKS_BACK = timedelta(days=30)  # for who came while nobody listened
JUST_AFTER, AHEAD = timedelta(milliseconds=1), timedelta(seconds=3)
FRESH = timedelta(days=300)  # well within the year for which events stay

Kind = MemberEvent.Kind
GOINGS, BOOSTS = (Kind.JOIN, Kind.LEAVE), (Kind.BOOST, Kind.UNBOOST)
BY_ACTION = {BANNED: Kind.BAN, UNBANNED: Kind.UNBAN}


def hear_comings(
    *, guild_id: int, news: Sequence[facts.News], tallies: Tallies
) -> list[MemberEvent]:
    """Write down who came and went; return what is new."""
    known = _Known.of(guild_id, news)
    told = [event for each in news for event in known.events_of(each)]
    told += _missed(guild_id, news)
    new = _unknown(guild_id, told)
    _count_members(guild_id, new)
    MemberEvent.objects.bulk_create(new)
    tallies.add_joins(event.at for event in new if event.kind == Kind.JOIN)
    tallies.add_leaves(event.at for event in new if event.kind == Kind.LEAVE)
    _note_ways(guild_id, news)
    return new


@dataclass(slots=True)
class _Known:
    """What the last was that is known of each person, while news is gone through in order."""

    guild_id: int
    going: dict[int, MemberEvent] = field(default_factory=dict)
    boost: dict[int, MemberEvent] = field(default_factory=dict)

    @classmethod
    def of(cls, guild_id: int, news: Iterable[facts.News]) -> "_Known":
        told = [each.told for each in news]
        moved = {each.user_id for each in told if isinstance(each, facts.PersonLeft)}
        moved |= {each.person.user_id for each in told if isinstance(each, facts.PersonJoined)}
        changed = {each.person.user_id for each in told if isinstance(each, facts.PersonChanged)}
        going, boost = _last(guild_id, moved, GOINGS), _last(guild_id, changed, BOOSTS)
        return cls(guild_id, going, boost)

    def events_of(self, news: facts.News) -> Iterator[MemberEvent]:
        """Yield what news tells, as long as it is not what was known last."""
        match news.told:
            case facts.PersonJoined(person):
                yield from self._comes(person.user_id, person.joined_at or news.at)
            case facts.PersonLeft(user_id):
                yield from self._goes(user_id, news.at)
            case facts.PersonChanged(person):
                yield from self._boosts(person, news.at)
            case facts.EntryLogged() as entry:
                yield from self._deeds(entry)

    def _comes(self, user_id: int, at: datetime) -> Iterator[MemberEvent]:
        before = self.going.get(user_id)
        if before is None or before.at < at:
            self.going[user_id] = event = self._event(Kind.JOIN, user_id, at)
            yield event

    def _goes(self, user_id: int, at: datetime) -> Iterator[MemberEvent]:
        before = self.going.get(user_id)
        # Discord's word for when they came may lie a little ahead of our count of its time.
        if before is None or (before.kind == Kind.JOIN and before.at - AHEAD < at):
            after = max(at, before.at + JUST_AFTER) if before else at
            self.going[user_id] = event = self._event(Kind.LEAVE, user_id, after)
            yield event

    def _boosts(self, person: MemberFacts, at: datetime) -> Iterator[MemberEvent]:
        before = self.boost.get(person.user_id)
        since = person.premium_since
        if since and since > at - FRESH:
            self.boost[person.user_id] = event = self._event(Kind.BOOST, person.user_id, since)
            yield event
        elif since is None and before and before.kind == Kind.BOOST:
            self.boost[person.user_id] = event = self._event(Kind.UNBOOST, person.user_id, at)
            yield event

    def _deeds(self, entry: facts.EntryLogged) -> Iterator[MemberEvent]:
        kind = BY_ACTION.get(entry.action)
        if entry.action == CHANGED and NICKNAME in entry.changes:
            kind = Kind.RENAME
        if kind and entry.target_id:
            yield self._event(kind, entry.target_id, entry.at)

    def _event(self, kind: str, user_id: int, at: datetime) -> MemberEvent:
        return MemberEvent(guild_id=self.guild_id, user_id=user_id, kind=kind, at=at)


def _last(
    guild_id: int, user_ids: Collection[int], kinds: Collection[str]
) -> dict[int, MemberEvent]:
    events = MemberEvent.objects.of(guild_id).last_of(user_ids, kinds) if user_ids else ()
    return {event.user_id: event for event in events}


def _unknown(guild_id: int, told: Iterable[MemberEvent]) -> list[MemberEvent]:
    """Leave out what is written down already, or told twice at once."""
    once = {(event.user_id, event.kind, event.at): event for event in told}
    if not once:
        return []
    known = MemberEvent.objects.of(guild_id).filter(
        user_id__in={user_id for user_id, _, _ in once},
        user_id__gt=0,
        at__in={at for _, _, at in once},
    )
    for key in known.values_list("user_id", "kind", "at"):
        once.pop(key, None)
    return list(once.values())


def _missed(guild_id: int, news: Iterable[facts.News]) -> list[MemberEvent]:
    """Return who came, went and began to boost while nobody listened: a whole list tells it."""
    ends = [each.at for each in news if isinstance(each.told, facts.ListEnded)]
    return [*_missed_until(guild_id, ends[-1])] if ends else []


def _missed_until(guild_id: int, at: datetime) -> Iterator[MemberEvent]:
    came = Guild.objects.values_list("joined_at", flat=True).get(pk=guild_id)
    members, since = Member.objects.of(guild_id), max(came, at - LOOKS_BACK)
    here = members.present()
    found = (
        (Kind.JOIN, "joined_at", here.filter(joined_at__gt=since)),
        (Kind.LEAVE, "left_at", members.filter(left_at=at)),
        (Kind.BOOST, "premium_since", here.filter(premium_since__gt=at - FRESH)),
    )
    for kind, column, people in found:
        known = MemberEvent.objects.of(guild_id).filter(
            user_id=OuterRef("user_id"), kind=kind, at=OuterRef(column), user_id__gt=0
        )
        for user_id, moment in people.exclude(Exists(known)).values_list("user_id", column):
            yield MemberEvent(guild_id=guild_id, user_id=user_id, kind=kind, at=moment)


def _count_members(guild_id: int, new: Sequence[MemberEvent]) -> None:
    """Say with each coming and going how many were there after it: known is how many are now."""
    goings = [event for event in new if event.kind in GOINGS]
    if goings:
        count = Guild.objects.values_list("member_count", flat=True).get(pk=guild_id)
        for event in sorted(goings, key=lambda event: event.at, reverse=True):
            event.member_count = max(0, count)
            count += 1 if event.kind == Kind.LEAVE else -1


def _note_ways(guild_id: int, news: Iterable[facts.News]) -> None:
    """Put the invite to those who came through it; it is known a moment after they came."""
    told = [each.told.joined for each in news if isinstance(each.told, facts.InvitesTold)]
    newcomers = frozenset().union(*told)
    came = Member.objects.of(guild_id).filter(user_id__in=newcomers).exclude(came_by="")
    ways = came.values_list("user_id", "joined_at", "came_by") if newcomers else ()
    for user_id, at, invite in ways:
        theirs = MemberEvent.objects.of(guild_id).filter(user_id=user_id, kind=Kind.JOIN, at=at)
        theirs.update(invite=invite)
