"""A server with a living bot, for tests of what people do there."""

import pytest


@pytest.fixture
def here(sandbox, settings):
    """A server with a living bot, its owner and somebody without rights."""
    from community.models import Member, MemberRole
    from community.scope import cross_guild
    from tests.living_bot import LivingBot, becomes
    from tests.moderation.here import Here
    from tests.sandbox.places import a_place

    settings.DISCORD_READY_PAUSE_MS = 50
    here = Here(sandbox, a_place(sandbox))
    with LivingBot(sandbox, carries_out=True) as bot, cross_guild("a test looks everywhere"):
        here.bot = bot
        known = Member.objects.filter(guild_id=here.guild_id, user_id=here.human)
        becomes(known.exists, wanted=True)
        becomes(lambda: MemberRole.objects.filter(guild_id=here.guild_id).exists(), wanted=True)
        yield here
