"""Comings, goings, panels, reminders, uses of commands and backups for tests."""

from datetime import UTC, datetime, time, timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from community.models import (
    Backup,
    CommandDay,
    CommandName,
    CommandPause,
    CommandUse,
    CustomCommand,
    GoneMember,
    Reminder,
    Restoration,
    RetentionChoice,
    RoleChoice,
    RolePanel,
    RoleReturn,
    Stay,
    TableSize,
)
from moderation.models import CaseHold
from tests.factories import (
    SNOWFLAKE,
    ArchiveFactory,
    CaseFactory,
    ChannelFactory,
    MemberFactory,
    OfGuild,
    RoleFactory,
    StaffFactory,
    same_guild,
)


class StayFactory(OfGuild):
    class Meta:
        model = Stay

    member = same_guild(MemberFactory)
    joined_at = factory.LazyFunction(timezone.now)


class RoleReturnFactory(OfGuild):
    class Meta:
        model = RoleReturn

    member = same_guild(MemberFactory)
    role = same_guild(RoleFactory)


class RolePanelFactory(OfGuild):
    class Meta:
        model = RolePanel

    title = "Colours"
    channel = same_guild(ChannelFactory)


class RoleChoiceFactory(OfGuild):
    class Meta:
        model = RoleChoice

    panel = same_guild(RolePanelFactory)
    role = same_guild(RoleFactory)


def tomorrow():
    return timezone.now() + timedelta(days=1)


class ReminderFactory(OfGuild):
    class Meta:
        model = Reminder

    user_id = 4 * SNOWFLAKE
    message = "Return the book"
    asked_as = factory.Sequence(lambda n: 8 * SNOWFLAKE + n)
    on_day = factory.LazyFunction(lambda: tomorrow().date())
    at_time = time(18)
    tz = "UTC"
    due_at = factory.LazyAttribute(lambda it: datetime.combine(it.on_day, it.at_time, tzinfo=UTC))


class CommandUseFactory(OfGuild):
    class Meta:
        model = CommandUse

    id = factory.Sequence(lambda n: 8 * SNOWFLAKE + n)
    command = "/whois"
    user_id = 4 * SNOWFLAKE


class CommandDayFactory(OfGuild):
    class Meta:
        model = CommandDay

    day = factory.LazyFunction(lambda: timezone.now().date())
    command = "/whois"
    uses = 1


class CustomCommandFactory(OfGuild):
    class Meta:
        model = CustomCommand

    name = factory.Sequence(lambda n: f"command{n}")
    response = "Hello, {{ user.name }}"
    creator_id = 4 * SNOWFLAKE


class CommandNameFactory(OfGuild):
    class Meta:
        model = CommandName

    command = same_guild(CustomCommandFactory)
    name = factory.Sequence(lambda n: f"alias{n}")


class CommandPauseFactory(OfGuild):
    class Meta:
        model = CommandPause

    command = same_guild(CustomCommandFactory)
    subject_id = 4 * SNOWFLAKE
    until = factory.LazyFunction(timezone.now)


class BackupFactory(DjangoModelFactory):
    class Meta:
        model = Backup

    name = factory.Sequence(lambda n: f"guildhall-{n:06}")
    made_at = factory.LazyFunction(timezone.now)
    took = timedelta(seconds=3)
    size = 1_000_000
    row_count = 5_000


class RestorationFactory(DjangoModelFactory):
    class Meta:
        model = Restoration

    backup = "guildhall-000001"
    sha256 = "0" * 64
    shows_at = factory.LazyFunction(timezone.now)
    approved_at = factory.LazyFunction(timezone.now)


class RetentionChoiceFactory(OfGuild):
    class Meta:
        model = RetentionChoice

    table_name = "activity_presenceday"
    days = 30


class GoneMemberFactory(OfGuild):
    class Meta:
        model = GoneMember

    user_id = 4 * SNOWFLAKE
    archive = factory.SubFactory(ArchiveFactory)
    left_at = factory.LazyFunction(timezone.now)


class CaseHoldFactory(OfGuild):
    class Meta:
        model = CaseHold

    case = same_guild(CaseFactory)
    reason = "A court asked"
    set_by = factory.SubFactory(StaffFactory)


class TableSizeFactory(DjangoModelFactory):
    class Meta:
        model = TableSize

    table_name = "community_guild"
    day = factory.LazyAttribute(lambda size: size.measured_at.date())
    measured_at = factory.LazyFunction(timezone.now)
    rows = 1_000
    dead_rows = 0
    table_bytes = 1 << 20
    index_bytes = 1 << 19
    toast_bytes = 0
