"""The mirror of a living bot: what happens at the pretend Discord is seen in our rows."""

import pytest

from community.models import Channel, Guild, Member, MemberRole, Overwrite, Role
from tests.living_bot import LivingBot, becomes

pytestmark = pytest.mark.django_db(transaction=True)
NEW = 4 * 10**17


@pytest.fixture
def living(sandbox, settings):
    settings.DISCORD_READY_PAUSE_MS = 50
    with LivingBot(sandbox) as bot:
        yield bot


def first_guild(sandbox):
    return sandbox.do(lambda heart: int(next(iter(heart.world.guilds))))


def size_of(sandbox, guild_id):
    return sandbox.do(lambda heart: len(heart.world.guilds[str(guild_id)].members))


def present(guild_id):
    return lambda: Member.objects.present().filter(guild_id=guild_id).count()


def test_every_server_is_mirrored_whole(sandbox, living):
    for guild_id in sandbox.do(lambda heart: list(heart.world.guilds)):
        becomes(present(int(guild_id)), size_of(sandbox, guild_id))
    told = sandbox.do(lambda heart: list(heart.world.guilds.values()))

    for guild in told:
        becomes(lambda g=guild: Guild.objects.get(pk=g.id).name, guild.facts["name"])
        becomes(lambda g=guild: Role.objects.filter(guild_id=g.id).count(), len(guild.roles))
        becomes(lambda g=guild: Channel.objects.filter(guild_id=g.id).count(), len(guild.channels))
        held = sum(len(member["roles"]) for member in guild.members.values())
        becomes(lambda g=guild: MemberRole.objects.filter(guild_id=g.id).count(), held)
        rights = sum(len(each["permission_overwrites"]) for each in guild.channels.values())
        becomes(lambda g=guild: Overwrite.objects.filter(guild_id=g.id).count(), rights)
