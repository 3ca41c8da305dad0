"""A server with one of everything there is to look at, with words as wide as they may be."""

from datetime import timedelta

from django.utils import timezone

from tests.community.factories import (
    CommandDayFactory,
    CustomCommandFactory,
    ReminderFactory,
    RoleChoiceFactory,
    RoleReturnFactory,
)
from tests.factories import (
    ArchiveFactory,
    AuditEntryFactory,
    AutoRoleFactory,
    ChannelFactory,
    ErrandFactory,
    InviteFactory,
    MemberFactory,
    MemberRoleFactory,
    RoleFactory,
    StandingOrderFactory,
    UserFactory,
)

FORBIDDEN = "The bot lacks the permission, or its role is not above theirs."


def furnish(guild):
    role = RoleFactory(guild=guild, name="Reader", colour=0x8E44AD, position=3)
    InviteFactory(guild=guild, channel=ChannelFactory(guild=guild, name="poetry"))
    AuditEntryFactory(guild=guild, before={"prefix": "!"}, after={"prefix": "?"})
    for number in range(60):
        name = f"{guild.name[0]} Lantern {number}" if number else "w" * 32
        joined = timezone.now() - timedelta(days=number)
        someone = MemberFactory(
            guild=guild, nickname=name, joined_at=joined, user=UserFactory(username=name)
        )
        if number % 2:
            MemberRoleFactory(guild=guild, member=someone, role=role, assigned_at=joined)
    MemberFactory(guild=guild, nickname="gone", left_at=timezone.now())
    AutoRoleFactory(guild=guild, role=role)
    RoleChoiceFactory(guild=guild, role=role, label="Readers", panel__text="Choose. " * 40)
    RoleReturnFactory(guild=guild, role=role, member=someone)
    use_commands(guild, someone)
    StandingOrderFactory(guild=guild, user_id=someone.user_id)
    held = {"hold": "permission", "last_error": FORBIDDEN, "until": timezone.now()}
    StandingOrderFactory(guild=guild, **held)
    ErrandFactory(guild=guild, user_id=someone.user_id, attempts=4, last_error=FORBIDDEN)
    ended = {"state": "dead", "ended_at": timezone.now(), "last_error": "w" * 200}
    ErrandFactory(guild=guild, **ended)


def use_commands(guild, someone):
    CustomCommandFactory(guild=guild, name="w" * 32, last_error="It says too much. " * 9)
    ReminderFactory(guild=guild, user_id=someone.user_id, message="w" * 200)
    for command in ("/warn", "!" + "w" * 32):
        CommandDayFactory(guild=guild, command=command, uses=90, refused=7, failed=5)
    ArchiveFactory(guild_id=guild.pk)
