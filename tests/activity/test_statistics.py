"""What activity comes to: numbers that add up, of one's own server, in days of its own zone."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from activity.services.looking import PICTURES, look_at
from activity.services.statistics import (
    busiest_channels,
    hours_of_week,
    leading_people,
    look_over,
    newcomers_by_week,
)
from activity.snowflakes import first_id_at
from community.models import Grant
from community.scope import guild_scope
from community.services.pictures import draw_chart
from community.spans import Span
from tests.activity.factories import (
    ChannelDayFactory,
    GuildHourFactory,
    MemberDayFactory,
    MemberEventFactory,
    MessageEventFactory,
    VoiceSessionFactory,
)
from tests.factories import (
    ChannelFactory,
    GrantFactory,
    GuildSettingsFactory,
    MemberFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
WEEK = Span(date(2026, 5, 14), date(2026, 5, 20))


@pytest.fixture
def guild(client):
    """The server of somebody who may do everything there, at noon of a Wednesday."""
    with time_machine.travel(NOON, tick=False):
        grant = GrantFactory(capabilities=Grant.Capability.values)
        GuildSettingsFactory(guild=grant.guild)
        client.force_login(grant.staff)
        with guild_scope(grant.guild_id):
            yield grant.guild


def counted(guild, ago, **told):
    return GuildHourFactory(guild=guild, hour=NOON - ago, **{"messages": 0, **told})


def test_days_add_up_beside_as_many_before(guild):
    counted(guild, 0 * DAY, messages=5, joins=3, leaves=1)
    counted(guild, HOUR, messages=2, voice_ms=90_000)
    counted(guild, 6 * DAY, messages=1)
    counted(guild, 7 * DAY, messages=40)
    counted(GuildSettingsFactory().guild, 0 * DAY, messages=900)

    seen = look_over(guild=guild, span=WEEK)

    now, before = seen.of(WEEK), seen.of(WEEK.before)
    assert (now.messages, now.net, now.voice_ms, before.messages) == (8, 2, 90_000, 40)
    assert [each.messages for each in seen.parts(WEEK)] == [1, 0, 0, 0, 0, 0, 7]


def test_the_size_of_the_past_is_told_from_today_backwards(guild):
    guild.member_count = 50
    guild.save()
    counted(guild, 0 * DAY, joins=4)
    counted(guild, DAY, joins=2, leaves=5)

    days = Span(date(2026, 5, 17), date(2026, 5, 19))
    seen = look_over(guild=guild, span=days)

    assert seen.growth == [49, 49, 46]


def test_hours_are_those_of_the_servers_zone(guild):
    counted(guild, 0 * DAY, messages=5)
    counted(guild, 14 * HOUR, messages=3)

    with timezone.override("Pacific/Auckland"):
        week = hours_of_week(guild_id=guild.pk, span=WEEK)
        days = look_over(guild=guild, span=WEEK).days

    assert (week[3][0], week[2][10], sum(map(sum, week))) == (0, 3, 3)
    assert {day: each.messages for day, each in days.items()} == {
        date(2026, 5, 20): 3,
        date(2026, 5, 21): 5,
    }


def test_channels_are_told_by_name_with_what_they_had_before(guild):
    poetry = ChannelFactory(guild=guild, name="poetry")
    for ago, messages in ((0, 5), (2, 5), (8, 20)):
        day = (NOON - ago * DAY).date()
        ChannelDayFactory(guild=guild, channel_id=poetry.pk, day=day, messages=messages)
    ChannelDayFactory(guild=guild, channel_id=77, day=NOON.date(), messages=1)

    first, second = busiest_channels(guild_id=guild.pk, span=WEEK)

    assert (first.name, first.messages, first.before) == ("#poetry", 10, 20)
    assert (second.name, second.before) == ("Channel 77", 0)


def test_people_are_ranked_by_what_is_asked_and_equals_share_a_place(guild):
    for user_id, messages, words in ((1, 5, 9), (2, 8, 9), (3, 5, 1), (4, 0, 50)):
        told = {"user_id": user_id, "messages": messages, "words": words}
        MemberDayFactory(guild=guild, day=NOON.date(), **told)
    MemberDayFactory(guild=guild, day=(NOON - 9 * DAY).date(), user_id=1, messages=99)

    by_messages = leading_people(guild_id=guild.pk, span=WEEK)
    by_words = leading_people(guild_id=guild.pk, span=WEEK, by="words", most=1)

    assert [(each.user_id, each.rank) for each in by_messages] == [(2, 1), (1, 2), (3, 2)]
    assert by_messages[0].people == 3
    assert [(each.user_id, each.people) for each in by_words] == [(4, 4)]


def test_newcomers_are_followed_as_far_as_time_has_come(guild):
    came = NOON - 40 * DAY
    for user_id in (1, 2, 3):
        MemberEventFactory(guild=guild, user_id=user_id, kind="join", at=came)
    MemberEventFactory(guild=guild, user_id=2, kind="leave", at=came + 3 * DAY)
    MemberEventFactory(guild=guild, user_id=3, kind="leave", at=came + 20 * DAY)
    for user_id, later in ((1, 0), (1, 8), (2, 1), (3, 30)):
        MemberDayFactory(guild=guild, user_id=user_id, day=(came + later * DAY).date())
    MemberEventFactory(guild=guild, user_id=UserFactory(is_bot=True).pk, kind="join", at=came)
    MemberEventFactory(guild=guild, user_id=9, kind="join", at=NOON - DAY)

    span = Span(date(2026, 4, 1), date(2026, 5, 20))
    old, new = newcomers_by_week(guild_id=guild.pk, span=span, now=NOON)

    assert (old.came, old.wrote, old.returned, old.stayed, old.remained) == (3, 2, 1, 2, 1)
    assert (new.came, new.wrote, new.stayed, new.remained) == (1, None, None, None)


@pytest.mark.parametrize("page", ["", "channels/", "people/", "newcomers/"])
def test_an_empty_page_says_so_and_its_sheet_has_only_its_head(client, guild, page):
    shown = client.get(f"/activity/{page}")
    sheet = client.get(f"/activity/{page}?sheet=csv")

    assert shown.status_code == 200
    assert "dk-empty" in shown.content.decode()
    assert len(b"".join(sheet.streaming_content).splitlines()) == 1


def test_the_overview_shows_each_number_against_the_days_before(client, guild):
    counted(guild, 0 * DAY, messages=1500, joins=2)
    counted(guild, 30 * DAY, messages=1000)

    page = client.get("/activity/").context

    told = {each["label"]: (each["value"], each["note"]) for each in page["figures"]}
    assert told["Messages"] == (1500, "+50 % (1,000)")
    assert told["Came in"] == (2, "none before")
    assert page["charts"][0].series[1].values[-1] == 1000
    assert page["week"].values[2][12] == 1500


def test_a_year_is_drawn_in_weeks_that_add_up(client, guild):
    for ago in range(0, 720, 9):
        counted(guild, ago * DAY, messages=1)

    chart = client.get("/activity/", {"from": "2025-05-22"}).context["charts"][0]

    assert chart.title == "Messages, week by week"
    assert [sum(each.values) for each in chart.series] == [41, 39]


def test_what_is_seen_can_be_taken_along(client, guild):
    nora = MemberFactory(guild=guild, nickname="=Nora")
    MemberDayFactory(guild=guild, user_id=nora.user_id, day=NOON.date(), messages=4)

    page = client.get("/activity/people/", {"by": "messages"})
    sheet = client.get(f"/activity/people/?{page.context['sheet']}")

    head, line = b"".join(sheet.streaming_content).decode().splitlines()
    assert head.startswith("rank,user_id,name,messages")
    assert line.startswith(f"1,{nora.user_id},'=Nora,4")


def test_lists_keep_to_thirty_days_unless_others_are_named(client, guild):
    for ago in (0, 29, 31):
        MessageEventFactory(guild=guild, id=first_id_at(NOON - ago * DAY))
        VoiceSessionFactory(guild=guild, user_id=ago, started_at=NOON - ago * DAY)
        MemberEventFactory(guild=guild, user_id=ago, at=NOON - ago * DAY)

    for model, column in (
        ("messageevent", "id"), ("voicesession", "started_at"), ("memberevent", "at"),
    ):  # fmt: skip
        usual = client.get(f"/activity/{model}/").context["cl"].result_list
        more = client.get(f"/activity/{model}/", {f"{column}__from": "2026-04-01"})
        assert (len(usual), len(more.context["cl"].result_list)) == (2, 3)


def test_a_list_finds_people_by_name_and_messages_by_channel(client, guild):
    nora = MemberFactory(guild=guild, nickname="Nora")
    MessageEventFactory(guild=guild, user_id=nora.user_id, channel_id=5)
    MessageEventFactory(guild=guild, user_id=8, channel_id=6)

    def found(asked):
        page = client.get("/activity/messageevent/", asked)
        return [row.channel_id for row in page.context["cl"].result_list]

    assert (found({"q": "nor"}), found({"q": "8"})) == ([5], [6])
    assert (found({"channel_id": "6"}), found({"channel_id": "x"})) == ([6], [6, 5])


def test_the_pages_ask_few_questions(client, guild, django_assert_max_num_queries):
    for number in range(30):
        user_id = MemberFactory(guild=guild).user_id
        MemberDayFactory(guild=guild, user_id=user_id, day=NOON.date())
        ChannelDayFactory(guild=guild, channel_id=number, day=NOON.date())
        MessageEventFactory(guild=guild, user_id=user_id, channel_id=number)
    client.get("/")

    for page in ("", "channels/", "people/", "newcomers/", "messageevent/"):
        with django_assert_max_num_queries(12):
            client.get(f"/activity/{page}")


@pytest.mark.parametrize("of", PICTURES)
def test_every_picture_for_discord_can_be_drawn_and_says_its_numbers(guild, of):
    counted(guild, HOUR, messages=412, joins=9, voice_ms=30 * 3_600_000)
    ChannelDayFactory(guild=guild, day=NOON.date(), messages=412)
    guild.member_count = 9
    guild.save()

    seen = look_at(guild_id=guild.pk, of=of, days=30)

    wanted = {"members": "9", "comings": "Came 9", "voice": "Hours 30"}.get(of, "412")
    assert wanted in seen.words
    assert draw_chart(seen.chart).startswith(b"\x89PNG")


def test_a_person_is_shown_with_their_days_channels_and_company(client, guild):
    nora, marin = (MemberFactory(guild=guild, nickname=name) for name in ("Nora", "Marin"))
    poetry = ChannelFactory(guild=guild, name="poetry")
    told = {"messages": 4, "words": 40, "voice_ms": 3_600_000}
    MemberDayFactory(guild=guild, user_id=nora.user_id, day=NOON.date(), **told)
    for number in range(4):
        written = first_id_at(NOON - number * HOUR)
        MessageEventFactory(guild=guild, id=written, user_id=nora.user_id, channel_id=poetry.pk)
    for member, start, length in ((nora, 5, 3), (marin, 4, 1), (marin, 1.5, 1), (nora, 30, 3)):
        began, ended = NOON - start * HOUR, NOON - (start - length) * HOUR
        stay = {"started_at": began, "ended_at": ended, "ending": "left", "channel_id": 7}
        VoiceSessionFactory(guild=guild, user_id=member.user_id, **stay)

    page = client.get(f"/person/{nora.pk}/?tab=activity").context
    timeline = client.get(f"/person/{nora.pk}/?show=Voice").context["timeline"].rows

    assert page["figures"][:2] == [("Messages", "4", ""), ("In voice", "1.0 h", "")]
    assert page["profile"].channels == [("#poetry", 4)]
    assert [(each["name"], each["time"], each["times"]) for each in page["company"]] == [
        ("Marin", "1.0 h", 1)
    ]
    assert [row.words.split(",")[0] for row in timeline] == ["In voice in Channel 7"] * 2
