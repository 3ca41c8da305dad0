"""Who comes is welcomed and given roles once; who returns gets back what they had."""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from community.errors import HouseError, NotAllowed
from community.models import (
    Errand,
    GuildSettings,
    Member,
    RoleReturn,
    StandingOrder,
    Stay,
)
from community.services.arrivals import settle_arrivals
from community.services.greetings import compose_greeting, preview_greeting, try_greeting
from community.services.guilds import change_settings
from community.services.mirror.facts import (
    ListEnded,
    News,
    PersonChanged,
    PersonJoined,
    PersonLeft,
)
from community.services.mirror.news import tell_news
from community.services.people import MemberFacts, mirror_members
from community.services.returning import decide_role_return
from tests.factories import (
    AutoRoleFactory,
    ChannelFactory,
    GrantFactory,
    MemberFactory,
    MemberRoleFactory,
    RoleFactory,
    StaffFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
ADA, BOT, OWNER = 4 * 10**17, 9, 31
AGO = timedelta(minutes=10)
BAN = 1 << 2


@pytest.fixture
def hall(guild, monkeypatch):
    """A server in which the bot stands above the roles of readers and of staff."""
    monkeypatch.setattr("community.services.giving.bot_user_id", lambda: BOT)
    bot = MemberFactory(guild=guild, user=UserFactory(pk=BOT, is_bot=True))
    MemberRoleFactory(guild=guild, member=bot, role=RoleFactory(guild=guild, position=50))
    guild.owner_id = OWNER
    guild.joined_at = timezone.now() - timedelta(days=90)
    guild.save()
    return guild


def settings(guild, **told):
    GuildSettings.objects.of(guild.pk).update(**told)


def newcomers_role(guild, **told):
    role = RoleFactory(guild=guild, position=5, **told)
    return AutoRoleFactory(guild=guild, role=role, added_at=timezone.now() - AGO).role


def facts(at, user_id=ADA, **told):
    return MemberFacts(user_id=user_id, username="ada", joined_at=at, **told)


def tell(guild, *told, at=None):
    tell_news(guild_id=guild.pk, news=[News(each, at or timezone.now()) for each in told])


def compose_greeting_of(guild, what, user_id=BOT):
    payload = {"what": what, "about": str(user_id)}
    return compose_greeting(guild_id=guild.pk, payload=payload)


def come(guild, **told):
    at = timezone.now()
    tell(guild, PersonJoined(facts(at, **told)))
    return at


def given(guild):
    """Return which roles are wished for, and of whom."""
    orders = StandingOrder.objects.of(guild.pk).filter(kind="role_given", wanted=True)
    return set(orders.values_list("user_id", "subject"))


def greetings(guild):
    said = Errand.objects.of(guild.pk).filter(kind="greeting").order_by("pk")
    return [(each.payload["what"], each.payload.get("channel_id")) for each in said]


def test_a_newcomer_is_welcomed_and_given_roles_once_however_often_it_is_told(hall):
    hallway, role = ChannelFactory(guild=hall), newcomers_role(hall)
    settings(hall, welcome_channel=hallway, welcome_text="Hello {{ user.mention }}")

    at = come(hall)
    tell(hall, PersonJoined(facts(at)), PersonJoined(facts(at, user_id=8, is_bot=True)))

    assert greetings(hall) == [("welcome", str(hallway.pk))]
    assert given(hall) == {(ADA, role.pk)}
    assert Stay.objects.of(hall.pk).get().closed_at is not None


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ({"welcome_by": "direct"}, [None]),
        ({"welcome_by": "both"}, ["there", None]),
        ({"welcome_enabled": False}, []),
        ({"welcome_text": " "}, []),
    ],
)
def test_where_a_newcomer_is_welcomed_is_the_servers_choice(hall, told, wanted):
    hallway = ChannelFactory(guild=hall)
    settings(hall, **{"welcome_channel": hallway, "welcome_text": "Hello", **told})

    come(hall)

    places = [str(hallway.pk) if each else None for each in wanted]
    assert greetings(hall) == [("welcome", place) for place in places]


def test_who_has_to_accept_rules_first_is_given_and_told_nothing_until_they_have(hall):
    role = newcomers_role(hall)
    settings(
        hall, welcome_channel=ChannelFactory(guild=hall), welcome_text="Hi", welcome_waits=True
    )

    at = come(hall, pending=True)
    settle_arrivals(now=timezone.now())
    before = greetings(hall), given(hall)
    tell(hall, PersonChanged(facts(at, pending=False)))

    assert before == ([], set())
    assert len(greetings(hall)) == 1
    assert given(hall) == {(ADA, role.pk)}


def test_roles_wait_as_long_as_the_server_says(hall):
    role = newcomers_role(hall)
    settings(hall, auto_role_delay=timedelta(minutes=30))

    at = come(hall)
    settle_arrivals(now=at + timedelta(minutes=29))
    before = given(hall)
    settle_arrivals(now=at + timedelta(minutes=30))

    assert before == set()
    assert given(hall) == {(ADA, role.pk)}


def test_a_clock_that_lags_behind_discords_makes_nobody_wait(hall):
    role, ahead = newcomers_role(hall), timezone.now() + timedelta(seconds=2)

    tell(hall, PersonJoined(facts(ahead)))

    assert given(hall) == {(ADA, role.pk)}


@pytest.mark.parametrize("kind", ["timeout", "mute_role"])
def test_nothing_is_given_over_a_mute(hall, kind):
    role = newcomers_role(hall)
    mute = StandingOrder.objects.create(guild=hall, user_id=ADA, kind=kind, wanted=True)

    at = come(hall)
    settle_arrivals(now=at + timedelta(hours=1))
    before = given(hall)
    StandingOrder.objects.of(hall.pk).filter(pk=mute.pk).update(wanted=False)
    settle_arrivals(now=at + timedelta(hours=2))

    assert before == set()
    assert given(hall) == {(ADA, role.pk)}


def test_a_role_of_staff_or_above_the_bot_or_added_later_is_not_for_newcomers(hall):
    newcomers_role(hall, permissions=BAN)
    AutoRoleFactory(guild=hall, role=RoleFactory(guild=hall, position=60))
    later = RoleFactory(guild=hall, position=4)
    AutoRoleFactory(guild=hall, role=later, added_at=timezone.now() + AGO)

    come(hall)

    assert given(hall) == set()


def test_who_came_and_went_while_nobody_listened_is_found_by_the_list(hall):
    role, hallway = newcomers_role(hall), ChannelFactory(guild=hall)
    settings(hall, welcome_channel=hallway, welcome_text="Hi", goodbye_channel=hallway)
    gone = MemberFactory(guild=hall)
    mirror_members(guild_id=hall.pk, facts=[facts(timezone.now() - timedelta(minutes=5))])
    old = facts(timezone.now() - timedelta(days=20), user_id=77)
    mirror_members(guild_id=hall.pk, facts=[old])

    tell(hall, ListEnded(frozenset({ADA, 77, BOT})))

    assert given(hall) == {(ADA, role.pk)}
    assert greetings(hall) == [("welcome", str(hallway.pk))]
    assert Stay.objects.of(hall.pk).get(member=gone).left_at is not None
    assert not Stay.objects.of(hall.pk).filter(member__user_id=77).exists()


def leave_with(guild, *roles):
    """Let somebody of long standing leave, who holds some roles."""
    joined = timezone.now() - timedelta(days=50)
    member = MemberFactory(guild=guild, user=UserFactory(pk=ADA), joined_at=joined)
    for role in roles:
        held = {"member": member, "role": role, "assigned_at": joined}
        MemberRoleFactory(guild=guild, **held)
    tell(guild, PersonLeft(ADA))
    return member


def test_who_leaves_is_seen_off_once_and_owed_nothing_more(hall):
    hallway, role = ChannelFactory(guild=hall), newcomers_role(hall)
    settings(hall, goodbye_channel=hallway, goodbye_text="So long, {{ user.name }}")

    come(hall)
    tell(hall, PersonLeft(ADA), PersonLeft(ADA))

    assert greetings(hall) == [("goodbye", str(hallway.pk))]
    assert given(hall) == set()
    order = StandingOrder.objects.of(hall.pk).get(subject=role.pk)
    assert order.next_check_at is None


def test_who_returns_gets_back_what_they_had_but_for_what_takes_a_word(hall):
    reader = RoleFactory(guild=hall, position=5)
    muted = RoleFactory(guild=hall, position=6)
    guard = RoleFactory(guild=hall, position=7, permissions=BAN)
    high = RoleFactory(guild=hall, position=70)
    granted = GrantFactory(guild=hall, staff=None, role=RoleFactory(guild=hall, position=4)).role
    settings(hall, sticky_roles=True, mute_role=muted)
    member = leave_with(hall, reader, muted, guard, high, granted)

    come(hall)

    assert given(hall) == {(ADA, reader.pk)}
    asked = RoleReturn.objects.of(hall.pk).filter(member=member)
    assert set(asked.values_list("role_id", "state")) == {
        (guard.pk, "waiting"),
        (granted.pk, "waiting"),
    }


def test_nothing_comes_back_where_the_server_does_not_want_it(hall):
    leave_with(hall, RoleFactory(guild=hall, position=5))

    come(hall)

    assert given(hall) == set()


@pytest.fixture
def asked(hall):
    """A guard who left, and asks with their return."""
    guard = RoleFactory(guild=hall, position=7, permissions=BAN)
    settings(hall, sticky_roles=True)
    leave_with(hall, guard)
    come(hall)
    return RoleReturn.objects.of(hall.pk).get()


def warden(guild, discord_id, **role):
    """Somebody of staff who holds a role on Discord."""
    staff = StaffFactory(discord_id=discord_id)
    GrantFactory(guild=guild, staff=staff, capabilities=["staff"])
    if role:
        member = MemberFactory(guild=guild, user=UserFactory(pk=discord_id))
        held = RoleFactory(guild=guild, **role)
        MemberRoleFactory(guild=guild, member=member, role=held)
    return staff


def test_a_role_of_staff_comes_back_at_the_word_of_who_could_give_it_themselves(hall, asked):
    decide_role_return(asked=asked, by=warden(hall, OWNER), is_given=True)

    assert given(hall) == {(ADA, asked.role_id)}
    with pytest.raises(HouseError, match="decided already"):
        decide_role_return(asked=asked, by=warden(hall, 55, permissions=8), is_given=False)


def test_who_may_do_less_on_discord_gives_nobody_more(hall, asked):
    with pytest.raises(NotAllowed, match="more on Discord than you may"):
        decide_role_return(asked=asked, by=warden(hall, 56, permissions=2), is_given=True)
    with pytest.raises(NotAllowed, match="themselves"):
        decide_role_return(asked=asked, by=warden(hall, ADA), is_given=True)
    with pytest.raises(NotAllowed, match="grant and take back"):
        decide_role_return(asked=asked, by=StaffFactory(discord_id=OWNER), is_given=True)

    assert given(hall) == set()


def test_who_leaves_again_asks_for_nothing_more(hall, asked):
    tell(hall, PersonLeft(ADA))

    assert RoleReturn.objects.of(hall.pk).get().state == "gone"


def test_a_greeting_is_written_as_own_commands_are_and_read_before_it_is_kept(hall):
    by = StaffFactory()
    GrantFactory(guild=hall, staff=by, capabilities=["configure"])
    text = "{% if count < 9 %}{{ user.name }}, {{ member.roles.size }} of {{ server }}{% endif %}"
    change = partial(change_settings, guild_id=hall.pk, by=by)

    change(welcome_text=text, goodbye_text="{{ user.token }}{0} %s")
    shown = preview_greeting(guild_id=hall.pk, text=text, user_id=OWNER)

    assert shown == f"Somebody, 0 of {hall.name}"
    assert compose_greeting_of(hall, "goodbye") == "{0} %s"
    for text, words in (("{{ args }}", "Nobody knows “args”"), ("{% for", "does not work")):
        with pytest.raises(HouseError, match=words):
            change(welcome_text=text)


def test_a_name_formats_nothing_and_the_erased_have_none(hall):
    settings(hall, welcome_text="{{ user.name }} of {{ server.members }}")
    come(hall)
    Member.objects.of(hall.pk).filter(user_id=ADA).update(nickname="**@everyone** <@1>")

    said = compose_greeting_of(hall, "welcome", ADA)
    UserFactory._meta.model.objects.filter(pk=ADA).update(
        username="", global_name="", erased_at=timezone.now()
    )

    assert said.replace("\u200b", "") == r"\*\*\@everyone\*\* \<\@1\> of 1"
    assert compose_greeting_of(hall, "welcome", ADA) == ""


def test_a_greeting_is_tried_on_the_one_who_asks(hall):
    by = StaffFactory(discord_id=OWNER)
    GrantFactory(guild=hall, staff=by, capabilities=["configure"])
    settings(hall, goodbye_text="So long")

    try_greeting(guild_id=hall.pk, by=by, what="goodbye")

    assert Errand.objects.of(hall.pk).get().user_id == OWNER
    with pytest.raises(HouseError, match="no text yet"):
        try_greeting(guild_id=hall.pk, by=by, what="welcome")
