"""People and things for tests, with sensible defaults."""

from datetime import timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from community.models import (
    Archive,
    AuditEntry,
    AuditTrace,
    AutoRole,
    Channel,
    CheckResult,
    CommandSync,
    Errand,
    Grant,
    Guild,
    GuildSettings,
    Heartbeat,
    Invite,
    Job,
    JobRun,
    Lease,
    LoginTry,
    LogReading,
    Member,
    MemberRole,
    Overwrite,
    Preference,
    PrivacyRequest,
    Role,
    Staff,
    StandingOrder,
    User,
    Verdict,
)
from community.scope import cross_guild
from moderation.models import (
    Case,
    CaseEvent,
    CaseText,
    ChannelLock,
    Docket,
    LadderFire,
    LadderStep,
    MemberWarning,
    ProtectedRole,
    Punishment,
    ReasonPreset,
)

SNOWFLAKE = 10**17


class MadeAnywhere(DjangoModelFactory):
    """A test's world holds several servers; what it asks of them is scoped, not how it is made."""

    class Meta:
        abstract = True

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        with cross_guild("a test makes its world"):
            return super()._create(model_class, *args, **kwargs)


class GuildFactory(MadeAnywhere):
    class Meta:
        model = Guild

    id = factory.Sequence(lambda n: SNOWFLAKE + n)
    name = "The Reading Room"


class OfGuild(MadeAnywhere):
    class Meta:
        abstract = True

    guild = factory.SubFactory(GuildFactory)


def same_guild(subfactory, **kwargs):
    return factory.SubFactory(subfactory, guild=factory.SelfAttribute("..guild"), **kwargs)


class GuildSettingsFactory(OfGuild):
    class Meta:
        model = GuildSettings


class ChannelFactory(OfGuild):
    class Meta:
        model = Channel

    id = factory.Sequence(lambda n: 2 * SNOWFLAKE + n)
    kind = "text"
    name = "poetry"


class OverwriteFactory(OfGuild):
    class Meta:
        model = Overwrite

    channel = same_guild(ChannelFactory)
    target = "role"
    target_id = factory.Sequence(lambda n: 3 * SNOWFLAKE + n)


class RoleFactory(OfGuild):
    class Meta:
        model = Role

    id = factory.Sequence(lambda n: 3 * SNOWFLAKE + n)
    name = "Reader"


class AutoRoleFactory(OfGuild):
    class Meta:
        model = AutoRole

    role = same_guild(RoleFactory)


class InviteFactory(OfGuild):
    class Meta:
        model = Invite

    code = factory.Sequence(lambda n: f"invite{n}")
    channel = same_guild(ChannelFactory)
    inviter_id = 5 * SNOWFLAKE


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User

    id = factory.Sequence(lambda n: 4 * SNOWFLAKE + n)
    username = factory.Sequence(lambda n: f"reader{n}")


class MemberFactory(OfGuild):
    class Meta:
        model = Member

    user = factory.SubFactory(UserFactory)


class MemberRoleFactory(OfGuild):
    class Meta:
        model = MemberRole

    member = same_guild(MemberFactory)
    role = same_guild(RoleFactory)


class PreferenceFactory(DjangoModelFactory):
    class Meta:
        model = Preference

    user = factory.SubFactory(UserFactory)


class StaffFactory(DjangoModelFactory):
    class Meta:
        model = Staff

    username = factory.Sequence(lambda n: f"mod{n}")

    class Params:
        keeper = factory.Trait(is_superuser=True)


class GrantFactory(OfGuild):
    class Meta:
        model = Grant

    staff = factory.SubFactory(StaffFactory)
    capabilities = ["see", "moderate"]


class AuditEntryFactory(OfGuild):
    class Meta:
        model = AuditEntry

    actor = "marin"
    verb = "community.settings.changed"
    subject_kind = "settings"
    subject_id = "1"


class AuditTraceFactory(OfGuild):
    class Meta:
        model = AuditTrace

    entry = same_guild(AuditEntryFactory)
    address = "203.0.113.7"
    agent = "A browser"


class LoginTryFactory(DjangoModelFactory):
    class Meta:
        model = LoginTry

    username = "marin"
    network = "203.0.113.7"


class CommandSyncFactory(DjangoModelFactory):
    class Meta:
        model = CommandSync

    application_id = factory.Sequence(lambda n: 6 * SNOWFLAKE + n)
    fingerprint = "f" * 64
    receipt = "e" * 64


class LeaseFactory(DjangoModelFactory):
    class Meta:
        model = Lease

    name = factory.Sequence(lambda n: f"lease{n}")


class HeartbeatFactory(DjangoModelFactory):
    class Meta:
        model = Heartbeat

    process = factory.Sequence(lambda n: f"process{n}")


class JobFactory(DjangoModelFactory):
    class Meta:
        model = Job

    name = factory.Sequence(lambda n: f"community.tasks.job{n}")
    period = factory.LazyFunction(lambda: timedelta(minutes=1))


class JobRunFactory(DjangoModelFactory):
    class Meta:
        model = JobRun

    job = factory.SubFactory(JobFactory)
    slot = factory.LazyFunction(timezone.now)


class ArchiveFactory(DjangoModelFactory):
    class Meta:
        model = Archive

    table_name = "community_auditentry"
    first_id = 1
    last_id = 1
    row_count = 1
    path = "nowhere"
    sha256 = "0" * 64


class LogReadingFactory(OfGuild):
    class Meta:
        model = LogReading

    entry_id = 9 * SNOWFLAKE


class CheckResultFactory(DjangoModelFactory):
    class Meta:
        model = CheckResult

    name = factory.Sequence(lambda n: f"check{n}")
    looked_at = factory.LazyFunction(timezone.now)
    took = timedelta(seconds=1)


class PrivacyRequestFactory(DjangoModelFactory):
    class Meta:
        model = PrivacyRequest

    user_id = factory.Sequence(lambda n: 4 * SNOWFLAKE + n)
    kind = "copy"


class VerdictFactory(OfGuild):
    class Meta:
        model = Verdict


class ErrandFactory(OfGuild):
    class Meta:
        model = Errand

    kind = "message"
    user_id = 4 * SNOWFLAKE
    payload = factory.LazyFunction(lambda: {"channel_id": "1", "message": {"content": "Hello"}})
    dedupe_key = factory.Sequence(lambda n: f"errand{n}")


class StandingOrderFactory(OfGuild):
    class Meta:
        model = StandingOrder

    user_id = factory.Sequence(lambda n: 4 * SNOWFLAKE + n)
    kind = "ban"
    wanted = True
    reason = "[#1 - 5] Spam"


class CaseFactory(OfGuild):
    class Meta:
        model = Case

    number = factory.Sequence(lambda n: n + 1)
    kind = "warn"
    user_id = 4 * SNOWFLAKE
    moderator_id = 5 * SNOWFLAKE
    reason = "Spoilers in #poetry"


class DocketFactory(OfGuild):
    class Meta:
        model = Docket


class CaseEventFactory(OfGuild):
    class Meta:
        model = CaseEvent

    case = same_guild(CaseFactory)
    seq = factory.Sequence(lambda n: n + 1)
    verb = "opened"
    previous = "0" * 64
    hash = "1" * 64


class CaseTextFactory(OfGuild):
    class Meta:
        model = CaseText

    event = same_guild(CaseEventFactory)
    words = "Spoilers in #poetry"


class ReasonPresetFactory(OfGuild):
    class Meta:
        model = ReasonPreset

    name = factory.Sequence(lambda n: f"Spoilers {n}")
    text = "Spoilers without a warning"


class MemberWarningFactory(OfGuild):
    class Meta:
        model = MemberWarning

    case = same_guild(CaseFactory)
    user_id = factory.SelfAttribute("case.user_id")


class LadderStepFactory(OfGuild):
    class Meta:
        model = LadderStep

    points = factory.Sequence(lambda n: n + 3)
    kind = "mute"
    duration = factory.LazyFunction(lambda: timedelta(days=1))


class LadderFireFactory(OfGuild):
    class Meta:
        model = LadderFire

    step = same_guild(LadderStepFactory)
    warning = same_guild(MemberWarningFactory)
    points = 3


class PunishmentFactory(OfGuild):
    class Meta:
        model = Punishment

    case = same_guild(CaseFactory, kind="ban")
    user_id = factory.SelfAttribute("case.user_id")
    kind = "ban"


class ChannelLockFactory(OfGuild):
    class Meta:
        model = ChannelLock

    case = same_guild(CaseFactory, kind="lock")
    channel = same_guild(ChannelFactory)


class ProtectedRoleFactory(OfGuild):
    class Meta:
        model = ProtectedRole

    role = same_guild(RoleFactory)
