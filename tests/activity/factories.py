"""What people did, for tests, with sensible defaults."""

from datetime import timedelta

import factory
from django.utils import timezone

from activity.models import (
    ActivityRole,
    ActivityRoleHolding,
    ActivitySettings,
    AfkLeave,
    ChannelDay,
    GlobalProgress,
    GuildHour,
    LevelReward,
    MemberDay,
    MemberEvent,
    MemberTotals,
    MessageEvent,
    PresenceDay,
    Progress,
    RoleChange,
    VoiceEvent,
    VoiceSession,
    XpRule,
)
from activity.snowflakes import first_id_at
from tests.factories import SNOWFLAKE, MadeAnywhere, OfGuild, RoleFactory, same_guild

PERSON = 4 * SNOWFLAKE
LOBBY = 2 * SNOWFLAKE


def today():
    return timezone.now().date()


class ActivitySettingsFactory(OfGuild):
    class Meta:
        model = ActivitySettings


class MessageEventFactory(OfGuild):
    class Meta:
        model = MessageEvent

    id = factory.Sequence(lambda n: first_id_at(timezone.now()) + n)
    channel_id = LOBBY
    user_id = PERSON
    characters = 20
    words = 4


class MemberDayFactory(OfGuild):
    class Meta:
        model = MemberDay

    user_id = PERSON
    day = factory.LazyFunction(today)
    messages = 3
    characters = 60


class ChannelDayFactory(OfGuild):
    class Meta:
        model = ChannelDay

    channel_id = LOBBY
    day = factory.LazyFunction(today)
    messages = 3
    characters = 60


class GuildHourFactory(OfGuild):
    class Meta:
        model = GuildHour

    hour = factory.LazyFunction(lambda: timezone.now().replace(minute=0, second=0, microsecond=0))
    messages = 3


class MemberTotalsFactory(OfGuild):
    class Meta:
        model = MemberTotals

    user_id = PERSON
    messages = 3
    first_at = factory.LazyFunction(timezone.now)
    last_at = factory.LazyFunction(timezone.now)


class VoiceSessionFactory(OfGuild):
    class Meta:
        model = VoiceSession

    user_id = PERSON
    channel_id = LOBBY
    started_at = factory.LazyFunction(timezone.now)


class VoiceEventFactory(OfGuild):
    class Meta:
        model = VoiceEvent

    session = same_guild(VoiceSessionFactory)
    user_id = factory.SelfAttribute("session.user_id")
    channel_id = factory.SelfAttribute("session.channel_id")
    kind = "join"
    at = factory.LazyFunction(timezone.now)


class MemberEventFactory(OfGuild):
    class Meta:
        model = MemberEvent

    user_id = PERSON
    kind = "join"
    at = factory.LazyFunction(timezone.now)


class RoleChangeFactory(OfGuild):
    class Meta:
        model = RoleChange

    entry_id = factory.Sequence(lambda n: 9 * SNOWFLAKE + n)
    user_id = PERSON
    role_id = 3 * SNOWFLAKE
    is_added = True
    at = factory.LazyFunction(timezone.now)


class PresenceDayFactory(OfGuild):
    class Meta:
        model = PresenceDay

    user_id = PERSON
    day = factory.LazyFunction(today)
    client = "desktop"
    online_s = 600


class AfkLeaveFactory(OfGuild):
    class Meta:
        model = AfkLeave

    user_id = PERSON
    ends_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=7))


class ProgressFactory(OfGuild):
    class Meta:
        model = Progress

    user_id = PERSON
    xp = 100
    level = 1


class GlobalProgressFactory(MadeAnywhere):
    class Meta:
        model = GlobalProgress

    user_id = PERSON
    xp = 100


class LevelRewardFactory(OfGuild):
    class Meta:
        model = LevelReward

    level = 5
    role = same_guild(RoleFactory)


class XpRuleFactory(OfGuild):
    class Meta:
        model = XpRule

    subject = "channel"
    subject_id = LOBBY


class ActivityRoleFactory(OfGuild):
    class Meta:
        model = ActivityRole

    role = same_guild(RoleFactory)
    min_hours = 5


class ActivityRoleHoldingFactory(OfGuild):
    class Meta:
        model = ActivityRoleHolding

    rule = same_guild(ActivityRoleFactory)
    user_id = PERSON
