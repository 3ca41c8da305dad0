"""All settings of a server, whichever app's: found, said, changed one by one, kept in history."""

from datetime import timedelta

import pytest

from community.errors import HouseError, NotAllowed
from community.models import AuditEntry, GuildSettings
from community.services.audit import OnDiscord
from community.services.grants import who_on_discord
from community.services.settings import (
    all_sections,
    names_like,
    set_setting,
    show_section,
    values_like,
)
from economy.models import EconomySettings
from tests.community.factories import RoleChoiceFactory
from tests.factories import (
    AutoRoleFactory,
    ChannelFactory,
    GrantFactory,
    RoleFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db
MANAGER, NOBODY = OnDiscord(31, 1 << 5), OnDiscord(32, 1 << 1)


def put(guild, name, typed, by=MANAGER):
    return set_setting(guild_id=guild.pk, by=by, name=name, typed=typed)


def own(guild):
    return GuildSettings.objects.of(guild.pk).get()


def test_every_setting_of_every_app_stands_in_one_section(guild):
    named = [(each.model, column) for each in all_sections() for column in each.fields]
    columns = {
        (model, field.name)
        for model in {each.model for each in all_sections()}
        for field in model._meta.local_fields
        if field.name not in {"id", "guild", "retention_days", "afk_channel_id"}
    }

    assert sorted(map(str, named)) == sorted(map(str, columns))


@pytest.mark.parametrize(
    ("name", "typed", "column", "value"),
    [
        ("commands.prefix", "?", "prefix", "?"),
        ("welcome.welcome_by", "both", "welcome_by", "both"),
        ("welcome.welcome_by", "By direct message", "welcome_by", "direct"),
        ("newcomers.sticky_roles", "Yes", "sticky_roles", True),
        ("newcomers.auto_role_delay", "90m", "auto_role_delay", timedelta(minutes=90)),
        ("moderation.warning_lifetime", "30 days", "warning_lifetime", timedelta(days=30)),
        ("moderation.appeal_text", "nothing", "appeal_text", ""),
    ],
)
def test_a_setting_is_changed_by_what_is_typed(guild, name, typed, column, value):
    put(guild, name, typed)

    assert getattr(own(guild), column) == value


def test_channels_and_roles_are_meant_by_name_id_or_as_discord_writes_them(guild):
    channel = ChannelFactory(guild=guild, name="mod-log")
    role = RoleFactory(guild=guild, name="Silent")

    for typed in ("#mod-log", str(channel.pk), f"<#{channel.pk}>"):
        put(guild, "logs.moderation_log", typed)
        assert own(guild).moderation_log_id == channel.pk
        put(guild, "logs.moderation_log", "nothing")
        assert own(guild).moderation_log_id is None
    put(guild, "moderation.mute_role", f"<@&{role.pk}>")
    assert own(guild).mute_role_id == role.pk


def test_channels_that_are_left_out_are_named(guild):
    ids = [ChannelFactory(guild=guild).pk for _ in range(21)]

    now = put(guild, "counted.ignored_channel_ids", " ".join(map(str, ids)))

    assert now.value.startswith(f"<#{ids[0]}> <#{ids[1]}> ")
    assert now.value.endswith("and 1 more")


def test_nobody_is_silenced_by_a_role_that_people_come_by_otherwise(guild):
    taken = {
        "Every newcomer": AutoRoleFactory(guild=guild).role,
        "People choose": RoleChoiceFactory(guild=guild).role,
    }

    for words, role in taken.items():
        with pytest.raises(HouseError, match=words):
            put(guild, "moderation.mute_role", str(role.pk))

    assert own(guild).mute_role is None


def test_a_span_is_told_in_words_and_kept_to_the_second(guild):
    for name in ("newcomers.auto_role_delay", "levels.xp_cooldown", "work.work_pause"):
        put(guild, name, "2h 3m 4s")
        put(guild, name, "2h 3m 5s")

    told = [each.after for each in AuditEntry.objects.order_by("pk")]
    assert len(told) == 6
    assert {words for each in told for words in each.values()} == {"2 hours 3 minutes"}
    assert own(guild).auto_role_delay == timedelta(hours=2, minutes=3, seconds=5)


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("commands.prefix", "nothing", "at most 5|5 characters"),
        ("newcomers.sticky_roles", "perhaps", "on or off"),
        ("welcome.welcome_by", "pigeon", "By direct message"),
        ("newcomers.auto_role_delay", "30d", "a week"),
        ("logs.moderation_log", "#elsewhere", "none like that"),
        ("logs.moderation_log", "#Lounge", "Nothing is written in"),
        ("work.work_least", "-4", "greater than|No|enter|Ensure"),
        ("nonsense.prefix", "x", "no such setting"),
        ("commands.guild", "1", "no such setting"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words_and_changes_nothing(guild, name, typed, words):
    ChannelFactory(name="elsewhere")
    ChannelFactory(guild=guild, name="Lounge", kind="voice")

    with pytest.raises(HouseError, match=rf"{words}"):
        put(guild, name, typed)

    assert not AuditEntry.objects.exists()


def test_history_tells_who_on_discord_changed_what_by_the_id_alone(guild):
    put(guild, "day.daily_coins", "7")
    put(guild, "day.daily_coins", "default")

    first, second = AuditEntry.objects.order_by("pk")
    assert (first.actor, first.staff) == ("31 on Discord", None)
    assert (first.before, first.after) == ({"daily_coins": 200}, {"daily_coins": 7})
    assert second.after == {"daily_coins": 200}
    assert EconomySettings.objects.in_force(guild.pk).daily_coins == 200


def test_who_may_manage_the_server_or_configure_it_here_may_and_nobody_else(guild):
    staff = GrantFactory(guild=guild, staff__discord_id=40, capabilities=["configure"]).staff
    StaffFactory(discord_id=41)

    for by in (NOBODY, who_on_discord(guild_id=guild.pk, user_id=41, permissions=0)):
        with pytest.raises(NotAllowed):
            put(guild, "commands.prefix", "?", by=by)
    by = who_on_discord(guild_id=guild.pk, user_id=40, permissions=0)
    put(guild, "commands.prefix", "?", by=by)

    assert by == staff
    assert AuditEntry.objects.get().staff == staff


def test_a_section_is_shown_with_what_it_would_be(guild):
    put(guild, "work.work_pause", "2h")

    shown = {each.name: each for each in show_section(guild_id=guild.pk, name="work")}

    assert (shown["work.work_pause"].value, shown["work.work_pause"].default) == (
        "2 hours",
        "1 hour",
    )
    assert shown["work.work_most"].value == shown["work.work_most"].default == "150"


def test_what_may_be_typed_is_offered(guild):
    ChannelFactory(guild=guild, name="hallway")
    ChannelFactory(name="elsewhere")
    about = {"guild_id": guild.pk}

    assert ("Welcome: Welcomed by", "welcome.welcome_by") in names_like("welcome by")
    assert values_like(**about, name="newcomers.sticky_roles", typed="") == ["on", "off", "default"]
    named = values_like(**about, name="welcome.welcome_channel", typed="")
    assert named == ["#hallway", "nothing", "default"]
    assert values_like(**about, name="zebra", typed="") == []
