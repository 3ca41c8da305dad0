"""Who came, went, boosts, was renamed and was given roles: each once, however often it is told."""

from datetime import UTC, datetime, timedelta

import pytest

from activity.models import GuildHour, MemberEvent, RoleChange
from activity.services.hearing import hear_all_news
from community.models import Guild, Member
from community.services.mirror import facts
from community.services.mirror.news import tell_news
from community.services.people import MemberFacts

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANNA, BEN, CLEO, MODERATOR = 41, 42, 43, 44
BAN, UNBAN, CHANGED, ROLES = 22, 23, 24, 25


def at(minutes):
    return NOON + timedelta(minutes=minutes)


def person(who, minutes=0, **more):
    return MemberFacts(user_id=who, username=f"user{who}", joined_at=at(minutes), **more)


def joined(who, minutes):
    return facts.News(facts.PersonJoined(person(who, minutes)), at(minutes + 0.01))


def left(who, minutes):
    return facts.News(facts.PersonLeft(who), at(minutes))


def changed(who, minutes, **more):
    return facts.News(facts.PersonChanged(person(who, **more)), at(minutes))


def logged(action, minutes, **more):
    entry = {"entry_id": 900 + action, "action": action, "at": at(minutes), "by_id": MODERATOR}
    return facts.News(facts.EntryLogged(**{**entry, **more}), at(minutes))


def written(guild, *fields):
    rows = MemberEvent.objects.of(guild.pk).order_by("at", "pk")
    return list(rows.values_list("user_id", "kind", *fields))


def goings(guild):
    """Return comings and goings by hour."""
    hours = GuildHour.objects.of(guild.pk).order_by("hour")
    return list(hours.values_list("hour__hour", "joins", "leaves"))


@pytest.fixture
def few(guild):
    Guild.objects.filter(pk=guild.pk).update(member_count=10, joined_at=at(-600))
    return guild


def test_each_coming_and_going_is_counted_once(few):
    news = (joined(ANNA, 0), joined(BEN, 1), left(ANNA, 70), joined(ANNA, 75))

    for _ in range(2):
        tell_news(guild_id=few.pk, news=news)
    for each in news:
        tell_news(guild_id=few.pk, news=[each])

    told = [(ANNA, "join", 11), (BEN, "join", 12), (ANNA, "leave", 11), (ANNA, "join", 12)]
    assert written(few, "member_count") == told
    assert goings(few) == [(12, 2, 0), (13, 1, 1)]


def test_what_the_gateway_delivers_twice_happened_once(few):
    again = facts.News(facts.PersonJoined(person(ANNA, 0)), at(3))
    tell_news(guild_id=few.pk, news=(joined(ANNA, 0), left(ANNA, 1)))

    tell_news(guild_id=few.pk, news=(again, left(ANNA, 3.1)))

    assert written(few) == [(ANNA, "join"), (ANNA, "leave")]


def test_who_came_while_nobody_listened_is_found_in_the_list(few):
    tell_news(guild_id=few.pk, news=(joined(ANNA, 0), joined(BEN, 1)))
    came = person(CLEO, 5, premium_since=at(6))
    here = facts.PeopleTold((person(ANNA, 0), came))
    end = facts.ListEnded(frozenset({ANNA, CLEO}))
    Guild.objects.filter(pk=few.pk).update(member_count=2)

    for _ in range(2):
        tell_news(guild_id=few.pk, news=(facts.News(here, at(90)), facts.News(end, at(90))))

    assert written(few)[2:] == [(CLEO, "join"), (CLEO, "boost"), (BEN, "leave")]
    assert goings(few) == [(12, 3, 0), (13, 0, 1)]


def test_who_was_there_before_us_did_not_come_in_now(few):
    here = facts.PeopleTold((person(ANNA, -700),))
    end = facts.ListEnded(frozenset({ANNA}))

    tell_news(guild_id=few.pk, news=(facts.News(here, at(0)), facts.News(end, at(0))))

    assert written(few) == []


def test_the_invite_is_put_to_who_came_through_it(few):
    tell_news(guild_id=few.pk, news=[joined(ANNA, 0)])
    Member.objects.of(few.pk).filter(user_id=ANNA).update(came_by="party")

    told = facts.InvitesTold((), frozenset({ANNA}))
    hear_all_news(guild_id=few.pk, news=[facts.News(told, at(0.1))])

    assert written(few, "invite") == [(ANNA, "join", "party")]


def test_boosts_begin_and_end(few):
    news = (
        changed(ANNA, 1, premium_since=at(1)),
        changed(ANNA, 2, premium_since=at(1), nickname="Ann"),
        changed(ANNA, 50),
        changed(ANNA, 51, nickname=""),
    )

    for each in news:
        tell_news(guild_id=few.pk, news=[each])

    assert written(few, "at") == [(ANNA, "boost", at(1)), (ANNA, "unboost", at(50))]


def test_discords_log_tells_of_bans_and_of_other_names(few):
    news = (
        logged(CHANGED, 0, target_id=ANNA, changes={"nick": ("Anna", "Ann")}),
        logged(CHANGED, 1, target_id=ANNA, changes={}),
        logged(BAN, 2, target_id=ANNA),
        logged(UNBAN, 3, target_id=ANNA),
    )

    for _ in range(2):
        tell_news(guild_id=few.pk, news=news)

    assert written(few) == [(ANNA, "rename"), (ANNA, "ban"), (ANNA, "unban")]


def test_discords_log_tells_who_gave_and_took_roles(few):
    roles = {"$add": frozenset({7, 8}), "$remove": frozenset({9})}
    news = [logged(ROLES, 0, target_id=ANNA, changes=roles)]

    for _ in range(2):
        tell_news(guild_id=few.pk, news=news)

    changes = RoleChange.objects.of(few.pk).order_by("role_id")
    told = changes.values_list("user_id", "role_id", "is_added", "actor_id", "at")
    assert list(told) == [
        (ANNA, 7, True, MODERATOR, at(0)),
        (ANNA, 8, True, MODERATOR, at(0)),
        (ANNA, 9, False, MODERATOR, at(0)),
    ]
