"""What is looked up before somebody decides: people, cases, reasons and channels of a server."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from community.durations import say_duration
from community.models import Channel, User
from community.scope import guild_scope
from moderation.models import (
    Case,
    CaseEvent,
    CaseText,
    ChannelLock,
    MemberWarning,
    Punishment,
    ReasonPreset,
)
from moderation.services.given_by_hand import banned_by_hand
from moderation.services.ladder import Standing, standing_of
from moderation.services.records import Record, case_numbered, history_of, record_of
from moderation.words import say_step

WRITTEN = (Channel.Kind.TEXT, Channel.Kind.NEWS, Channel.Kind.FORUM, Channel.Kind.MEDIA)
MOST = 25


@dataclass(frozen=True, slots=True)
class Brief:
    """What a moderator should know of somebody before they decide."""

    user_id: int
    name: str
    record: Record
    standing: Standing

    @property
    def record_words(self) -> str:
        """How many cases of each kind are on record."""
        counted = sorted(self.record.counts.items())
        named = [
            f"{number} {Case.Kind(kind).label.lower()}{'' if number == 1 else 's'}"
            for kind, number in counted
        ]
        return ", ".join(named) or "clean"

    @property
    def next_words(self) -> str:
        """How far the next rung is, and what it brings."""
        return next_in_words(self.standing)


@dataclass(frozen=True, slots=True)
class Story:
    """One case with all that happened to it."""

    case: Case
    events: tuple[CaseEvent, ...]
    words: dict[int, str]
    punishment: Punishment | None


def next_in_words(standing: Standing) -> str:
    """Return how far the next rung is from where somebody stands, and what it brings."""
    step = standing.next_step
    if step is None:
        return ""
    span = say_duration(step.duration) if step.duration else ""
    return say_step(step.points, standing.points_left, step.get_kind_display(), span)


def brief_on(*, guild_id: int, user_id: int) -> Brief:
    """Return somebody's name, record and place on the ladder."""
    now = timezone.now()
    with guild_scope(guild_id):
        known = User.objects.filter(pk=user_id).first()
        record = record_of(guild_id=guild_id, user_id=user_id, now=now)
        standing = standing_of(guild_id=guild_id, user_id=user_id, now=now)
    return Brief(user_id, str(known or user_id), record, standing)


def story_of(*, guild_id: int, number: int) -> Story:
    """Return a case with its whole history."""
    with guild_scope(guild_id):
        case = case_numbered(guild_id=guild_id, number=number)
        events = tuple(CaseEvent.objects.of(guild_id).filter(case=case).in_order())
        texts = CaseText.objects.of(guild_id).filter(event__case=case)
        punishment = Punishment.objects.of(guild_id).filter(case=case).first()
        words = dict(texts.values_list("event_id", "words"))
        return Story(case, events, words, punishment)


def standing_warnings(*, guild_id: int, user_id: int) -> list[MemberWarning]:
    """Return the warnings of somebody that count now, what runs out first on top."""
    with guild_scope(guild_id):
        theirs = MemberWarning.objects.of(guild_id).standing(timezone.now()).filter(user_id=user_id)
        with_cases = theirs.select_related("case").prefetch_related("case__warnings")
        return list(with_cases.order_by("expires_at", "pk"))


def presets_like(*, guild_id: int, kind: str, text: str) -> list[ReasonPreset]:
    """Return the reasons offered for a kind of deed whose name or text holds what was typed."""
    with guild_scope(guild_id):
        offered = ReasonPreset.objects.of(guild_id).filter(kind__in=["", kind]).order_by("name")
        typed = text.casefold()
        return [each for each in offered if typed in f"{each.name} {each.text}".casefold()]


def preset_named(*, guild_id: int, name: str) -> ReasonPreset | None:
    """Return a reason by what moderators pick it by."""
    with guild_scope(guild_id):
        found: ReasonPreset | None = (
            ReasonPreset.objects.of(guild_id).filter(name__iexact=name).first()
        )
        return found


def cases_like(*, guild_id: int, text: str, most: int = MOST) -> list[Case]:
    """Return the latest cases whose number begins with what was typed."""
    with guild_scope(guild_id):
        cases = Case.objects.of(guild_id).latest_first()
        if not text.isdecimal():
            return list(cases[:most])
        number = int(text[:9])
        found: list[Case] = []
        for size in range(5):
            low = number * 10**size
            found += cases.filter(number__gte=low, number__lt=low + 10**size)[: most - len(found)]
        return found


def banned_like(*, guild_id: int, text: str, most: int = MOST) -> list[tuple[Case, str]]:
    """Return the cases by which people are banned, by us or by hand, and their names.

    As far as they fit what was typed, the latest first.
    """
    with guild_scope(guild_id):
        standing = Punishment.objects.of(guild_id).standing().filter(kind=Punishment.Kind.BAN)
        named: dict[str, Any] = {}
        if text.isdecimal():
            named = {"user_id": int(text[:19])}
        elif text:
            named = {"user_id__in": User.objects.filter(username__istartswith=text).values("pk")}
        bans = standing.filter(**named).select_related("case").order_by("-pk")
        by_hand = banned_by_hand(guild_id=guild_id).filter(**named)[:most]
        found = {each.user_id: each for each in [*by_hand, *(ban.case for ban in bans[:most])]}
        latest = sorted(found.values(), key=lambda case: case.created_at, reverse=True)[:most]
        users = User.objects.in_bulk([*found])
        return [(each, str(users.get(each.user_id, each.user_id))) for each in latest]


def text_channels(*, guild_id: int) -> list[int]:
    """Return the channels of a server in which people write."""
    with guild_scope(guild_id):
        written = Channel.objects.standing().filter(guild_id=guild_id, kind__in=WRITTEN)
        return list(written.values_list("pk", flat=True))


def locked_channels(*, guild_id: int) -> list[int]:
    """Return the channels of a server that are locked."""
    with guild_scope(guild_id):
        standing = ChannelLock.objects.of(guild_id).standing()
        return list(standing.values_list("channel_id", flat=True))


def page_of_history(
    *, guild_id: int, user_id: int, before: int | None = None, page: int = 10
) -> list[Case]:
    """Return one page of somebody's cases, the newest first."""
    with guild_scope(guild_id):
        return history_of(guild_id=guild_id, user_id=user_id, before=before, page=page)
