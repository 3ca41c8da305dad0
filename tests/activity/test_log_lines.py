"""Lines in the logs that a server named: gathered, counted when they pour, and calling nobody."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from activity.models import MemberEvent, VoiceEvent
from activity.services.hearing import hear_all_news
from activity.services.log_lines import KIND, compose_lines, write_lines
from activity.services.privacy import forget_member
from activity.snowflakes import first_id_at
from community.kinds import errand_kind
from community.models import Errand, GuildSettings
from community.services.mirror import facts
from community.services.mirror.news import tell_news
from community.services.people import MemberFacts
from tests.factories import ChannelFactory, UserFactory

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANNA, MODERATOR, LOBBY = 41, 44, 21
MOVED, CHANGED, ROLES = 26, 24, 25


def at(minutes):
    return NOON + timedelta(minutes=minutes)


@pytest.fixture
def logged(guild):
    """A server that logs everything, each in a channel of its own."""
    places = ("member", "message", "role", "voice")
    logs = {f"{place}_log": ChannelFactory(guild=guild) for place in places}
    GuildSettings.objects.of(guild.pk).update(**logs)
    return guild


def waiting(guild):
    return list(Errand.objects.of(guild.pk).open().filter(kind=KIND).order_by("pk"))


def said(guild):
    """Return the words of every message that waits, line by line and without the time."""
    lines = []
    for errand in waiting(guild):
        words = compose_lines(guild_id=guild.pk, payload=errand.payload)
        lines += [line.split("> ", 1)[-1] for line in words.split("\n")]
    return lines


def entry(action, minutes, **more):
    about = {"entry_id": 9, "action": action, "at": at(minutes), "by_id": MODERATOR, **more}
    return facts.News(facts.EntryLogged(**about), at(minutes))


def voice(who, where, minutes):
    state = facts.VoiceState(user_id=who, channel_id=where)
    return facts.News(facts.VoiceTold(state), at(minutes))


def test_what_happens_together_is_one_message(logged):
    UserFactory(pk=ANNA, global_name="An*na @everyone")
    news = (voice(ANNA, LOBBY, 0), voice(ANNA, 22, 1), voice(ANNA, None, 2))

    for _ in range(2):
        hear_all_news(guild_id=logged.pk, news=news)

    (errand,) = waiting(logged)
    assert errand.payload["channel_id"] == str(GuildSettings.objects.get().voice_log_id)
    name = "<@41> (An\\*na \\@\u200beveryone)"
    assert said(logged) == [
        f"{name} came into <#21>.",
        f"{name} went over to <#22>.",
        f"{name} left <#22>.",
    ]


def test_who_did_it_is_told_though_it_is_known_later(logged):
    hear_all_news(guild_id=logged.pk, news=[voice(ANNA, LOBBY, 0), voice(ANNA, 22, 1)])

    hear_all_news(guild_id=logged.pk, news=[entry(MOVED, 1.01, channel_id=22)])

    assert said(logged)[-1] == "<@41> went over to <#22>, moved by <@44>."


def test_comings_names_and_roles_each_have_their_log(logged):
    young = first_id_at(at(-60 * 24 * 3)) + 1
    person = MemberFacts(user_id=young, username="newbie", joined_at=at(0))
    news = (
        facts.News(facts.PersonJoined(person), at(0)),
        entry(CHANGED, 1, target_id=young, changes={"nick": ("", "[k]")}),
        entry(ROLES, 1, target_id=young, changes={"$add": frozenset({7})}),
        facts.News(facts.PersonLeft(young), at(3)),
    )

    tell_news(guild_id=logged.pk, news=news)
    MemberEvent.objects.of(logged.pk).filter(kind="join").update(invite="party")

    who = f"<@{young}> (newbie)"
    assert said(logged) == [
        f"{who} came in through the invite party. Their account is 3 days old.",
        f"{who} has another nickname: their own name became “\\[k\\]”.",
        f"{who} left.",
        f"{who} was given the role <@&7> by <@44>.",
    ]


def test_a_server_without_logs_says_nothing(guild):
    hear_all_news(guild_id=guild.pk, news=[voice(ANNA, LOBBY, 0)])

    assert waiting(guild) == []
    assert VoiceEvent.objects.of(guild.pk).count() == 1


def test_a_raid_does_not_flood_a_log(logged):
    people = [MemberFacts(user_id=n, username=f"u{n}", joined_at=at(n / 60)) for n in range(1, 501)]
    news = [facts.News(facts.PersonJoined(each), each.joined_at) for each in people]

    tell_news(guild_id=logged.pk, news=news)

    errands = waiting(logged)
    assert [len(each.payload["notes"]) for each in errands] == [10, 10, 10]
    assert said(logged)[-1] == "And more: 470 came in."
    apart = [b.due_at - a.due_at for a, b in pairwise(errands)]
    assert min(apart) >= timedelta(seconds=5)


def test_what_is_long_past_is_written_down_and_not_told(logged):
    roles = {"$add": frozenset({7})}
    old = entry(ROLES, -60 * 13, target_id=ANNA, changes=roles)
    renamed = entry(CHANGED, -60 * 13, target_id=ANNA, changes={"nick": ("a", "b")})

    hear_all_news(guild_id=logged.pk, news=[old, renamed, voice(ANNA, None, 0)])

    assert waiting(logged) == []
    assert MemberEvent.objects.of(logged.pk).count() == 1


def edit(**more):
    about = {"what": "edit", "at": at(0).isoformat(), "guild": "1", "channel": "2", "message": "3"}
    return {**about, "user": str(ANNA), "before": "a" * 900, "after": "<@&7> `b`\n" * 90, **more}


def test_texts_are_clipped_and_fit_whatever_they_hold(logged):
    write_lines(guild_id=logged.pk, place="message", notes=[edit()] * 10)

    (errand,) = waiting(logged)
    words = compose_lines(guild_id=logged.pk, payload=errand.payload)

    assert len(words) < 4096
    assert "<@&7>" not in words
    assert words.count("\n") == 9


def test_a_text_that_was_not_kept_is_said_to_be_so(logged):
    gone = {"what": "delete", "at": at(0).isoformat(), "channel": "2"}
    empty = {**gone, "user": str(ANNA), "before": ""}
    many = {**gone, "what": "purge", "count": 12}

    notes = [gone, empty, {**empty, "before": "hi"}, many]
    write_lines(guild_id=logged.pk, place="message", notes=notes)

    assert said(logged) == [
        "A message in <#2> was deleted; its text was not kept.",
        "A message of <@41> in <#2> was deleted; its text was not kept.",
        "A message of <@41> in <#2> was deleted; “hi”.",
        "12 messages in <#2> were deleted at once.",
    ]


@pytest.mark.parametrize("outcome", ["done", "failed"])
def test_what_people_wrote_is_not_kept_after_it_was_said(logged, outcome):
    write_lines(guild_id=logged.pk, place="message", notes=[edit()])
    (errand,) = waiting(logged)

    getattr(errand_kind(KIND), outcome)(errand)

    errand.refresh_from_db()
    assert set(errand.payload) == {"channel_id"}


def test_who_is_erased_is_not_told_of_any_more(logged):
    write_lines(guild_id=logged.pk, place="message", notes=[edit(), edit(user="5")])
    hear_all_news(guild_id=logged.pk, news=[voice(ANNA, LOBBY, 0)])

    forget_member(user_id=ANNA)

    lines = said(logged)
    assert [line.split(" ")[0] for line in lines] == ["<@5>", "Somebody"]


def test_a_message_that_is_being_said_is_not_added_to(logged):
    write_lines(guild_id=logged.pk, place="message", notes=[edit()])
    Errand.objects.of(logged.pk).update(state="running", attempts=1)

    write_lines(guild_id=logged.pk, place="message", notes=[edit()])

    assert [len(each.payload["notes"]) for each in waiting(logged)] == [1, 1]
