"""What Discord's payloads say, whatever is in them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from community.mirror import reading
from community.mirror.hearing import HEARD, news_of
from community.mirror.mirror import Mirror
from community.models import Channel, Guild, Invite, Member, Role
from community.services.mirror import facts
from community.services.mirror.facts import ListEnded, News
from community.services.mirror.news import tell_news

ID = 4 * 10**17
HOSTILE = ["a\x00b", "half \ud800", "long" * 2_000, "<b>", "\u202e"]
NAMES = st.sampled_from(HOSTILE) | st.text(max_size=200)
NUMBERS = st.integers() | st.floats() | st.integers().map(str)
TIMES = st.datetimes().map(datetime.isoformat) | st.sampled_from(
    ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-01-01T00:00:00Z", "now"]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | NUMBERS | NAMES | TIMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=5,
)
IDS = st.integers(1, 2**63 - 1).map(str) | ANYTHING


def payload(*fields, inner=ANYTHING, **known):
    """An object that has some of its fields, each with anything in it."""
    names = {"name", "nick", "username", "global_name", "topic"}
    values = {field: NAMES | inner if field in names else inner for field in fields} | known
    return st.fixed_dictionaries({}, optional=values)


USERS = payload("username", "global_name", "avatar", "bot", id=IDS)
MEMBERS = payload(
    "nick", "joined_at", "pending", "premium_since", "communication_disabled_until",
    user=USERS | ANYTHING, roles=st.lists(IDS, max_size=3) | ANYTHING,
)  # fmt: skip
ROLES = payload("name", "color", "hoist", "position", "permissions", "managed", id=IDS)
OVERWRITES = payload("type", "allow", "deny", id=IDS)
CHANNELS = payload(
    "type", "name", "topic", "position", "nsfw", "rate_limit_per_user", id=IDS, parent_id=IDS,
    permission_overwrites=st.lists(OVERWRITES, max_size=3) | ANYTHING,
)  # fmt: skip
INVITES = payload(
    "uses", "max_uses", "max_age", "created_at", "expires_at", "temporary", code=NAMES | ANYTHING,
    channel_id=IDS, inviter=USERS | ANYTHING,
)  # fmt: skip
VOICES = payload(
    "mute", "deaf", "self_mute", "self_deaf", "suppress", user_id=IDS, channel_id=IDS,
    member=payload(user=USERS | ANYTHING) | ANYTHING,
)  # fmt: skip
GUILDS = payload(
    "name", "icon", "owner_id", "member_count", "preferred_locale", "joined_at", "unavailable",
    features=st.lists(NAMES, max_size=3) | ANYTHING,
    roles=st.lists(ROLES | ANYTHING, max_size=4) | ANYTHING,
    channels=st.lists(CHANNELS | ANYTHING, max_size=4) | ANYTHING,
    threads=st.lists(CHANNELS | ANYTHING, max_size=2) | ANYTHING,
    members=st.lists(MEMBERS | ANYTHING, max_size=4) | ANYTHING,
    voice_states=st.lists(VOICES | ANYTHING, max_size=3) | ANYTHING,
    afk_channel_id=IDS,
)  # fmt: skip
READ = [
    (reading.role, ROLES, Role),
    (reading.channel, CHANNELS, Channel),
    (reading.invite, INVITES, Invite),
    (reading.guild, GUILDS, Guild),
    (reading.member, MEMBERS, Member),
]


@pytest.mark.parametrize(("read", "payloads", "model"), READ)
def test_whatever_is_read_fits_into_its_columns(read, payloads, model):
    @given(payloads)
    @settings(max_examples=150, deadline=None)
    def check(data):
        facts = read(data)

        for field in model._meta.local_concrete_fields if facts else ():
            if hasattr(facts, field.name) and not field.is_relation:
                fits(field, getattr(facts, field.name))

    check()


def fits(field, value):
    if isinstance(value, str):
        assert "\x00" not in value
        value.encode()
        assert field.max_length is None or len(value) <= field.max_length
    elif isinstance(value, int) and not isinstance(value, bool):
        assert 0 <= value < (2**31 if "Positive" in type(field).__name__ else 2**63)
    elif isinstance(value, datetime):
        assert 1970 < value.astimezone(UTC).year < 9001


@pytest.mark.django_db
@given(st.lists(st.tuples(st.sampled_from(sorted(HEARD)), GUILDS | MEMBERS | VOICES), max_size=6))
@settings(max_examples=40, deadline=None)
def test_no_event_stumbles_and_the_database_takes_whatever_was_read(told):
    from django.db import transaction

    from community.scope import guild_scope

    guild = {"id": str(ID), "name": "The Reading Room"}
    events = [("GUILD_CREATE", guild), *((name, {**data, "id": str(ID)}) for name, data in told)]
    at = datetime(2026, 1, 1, tzinfo=UTC)

    with guild_scope(ID), transaction.atomic():
        news = [News(each, at) for name, data in events for each in news_of(name, data)]
        tell_news(guild_id=ID, news=news)
        transaction.set_rollback(True)

    assert news


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (str(1 << 46), 1 << 46),
        (str(2**53 + 1), 2**53 + 1),
        (str((1 << 80) | 8), 8),
        ("-1", 0),
        ("9" * 5_000, 0),
        (None, 0),
    ],
)
def test_permissions_are_kept_to_the_bit_and_those_beyond_left_out(told, kept):
    assert reading.permissions(told) == kept


@pytest.mark.parametrize("odd", [None, True, 0, -5, "0", "x", 2**63, str(2**63), 1.5, [], "1" * 20])
def test_what_is_no_id_is_nobody(odd):
    assert reading.snowflake(odd) is None
    assert reading.member({"user": {"id": odd}}) is None


def test_a_member_is_read_as_discord_tells_of_them():
    facts = reading.member(
        {
            "user": {"id": str(ID), "username": "ada", "global_name": None, "avatar": "a" * 32},
            "nick": "Countess\x00",
            "roles": ["5", "6", "x"],
            "joined_at": "2026-01-02T03:04:05.678000+00:00",
            "communication_disabled_until": "2026-02-01T00:00:00Z",
        }
    )

    assert (facts.user_id, facts.username, facts.nickname) == (ID, "ada", "Countess")
    assert (facts.global_name, facts.avatar, facts.role_ids) == ("", "a" * 32, {5, 6})
    assert facts.joined_at == datetime(2026, 1, 2, 3, 4, 5, 678_000, UTC)
    assert facts.timed_out_until == datetime(2026, 2, 1, tzinfo=UTC)


def test_a_picture_that_would_leave_its_address_is_none():
    assert reading.picture("../../evil?" + "a" * 32) == ""
    assert reading.picture("a_" + "0f" * 16) == "a_" + "0f" * 16


def test_a_server_that_leaves_out_its_roles_loses_none():
    assert reading.guild_told({"name": "Kiln"}).roles is None
    assert reading.guild_told({"name": "Kiln", "roles": "none", "channels": 5}).channels is None


def test_a_list_that_holds_everybody_ends_with_the_server_itself():
    data = {"id": "7", "members": [{"user": {"id": "5"}}], "member_count": 1}

    whole, part = (news_of("GUILD_CREATE", {**data, "member_count": n}) for n in (1, 2))

    assert whole[-1] == ListEnded(frozenset({5}))
    assert ListEnded not in {type(each) for each in part}


def test_an_invite_from_a_list_ends_when_its_age_is_over():
    facts = reading.invite(
        {"code": "abc", "created_at": "2026-01-01T00:00:00Z", "max_age": 60, "inviter": {"id": "9"}}
    )

    assert facts.expires_at == datetime(2026, 1, 1, 0, 1, tzinfo=UTC)
    assert facts.inviter_id == 9


def test_who_gave_a_role_is_read_from_discords_audit_log():
    (given_by,) = news_of(
        "GUILD_AUDIT_LOG_ENTRY_CREATE",
        {
            "action_type": 25, "user_id": "8", "target_id": "9",
            "changes": [{"key": "$add", "new_value": [{"id": "5"}]}, {"key": "$remove"}],
        },
    )  # fmt: skip

    assert (given_by.user_id, given_by.by_id, given_by.role_ids) == (9, 8, {5})


def test_what_is_heard_later_is_later_though_the_clock_steps_back():
    now = datetime(2026, 3, 1, tzinfo=UTC)
    clock = iter([now, now - timedelta(seconds=2), now - timedelta(seconds=1)])
    mirror, moments = Mirror(None, now=lambda: next(clock)), []
    mirror.intake.take = lambda _, news: moments.append(news.at) or True

    for _ in range(3):
        mirror.hear("GUILD_BAN_ADD", {"guild_id": "7", "user": {"id": "5"}})

    assert moments[0] == now
    assert moments == sorted(set(moments))


def test_where_voices_are_is_read_and_bots_are_no_company():
    anna = {"user_id": "5", "channel_id": "8", "self_mute": True, "member": {"user": {"id": "5"}}}
    bot = {"user_id": "6", "channel_id": "8", "deaf": True, "member": {"user": {"bot": True}}}

    heard = [told for each in (anna, bot) for told in news_of("VOICE_STATE_UPDATE", each)]

    assert heard == [facts.VoiceTold(facts.VoiceState(user_id=5, channel_id=8, muted=True))]
