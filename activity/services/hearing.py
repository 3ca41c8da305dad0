"""What activity makes of news from Discord: who came, went, spoke together, and was given what."""

from collections.abc import Sequence

from django.db import transaction

from activity.services.comings import hear_comings
from activity.services.role_changes import hear_role_changes
from activity.services.tallies import Tallies
from activity.services.voice import hear_voices
from community.services.mirror import facts


@transaction.atomic
def hear_all_news(*, guild_id: int, news: Sequence[facts.News]) -> None:
    """Take what concerns activity of some news, in one transaction; told twice, nothing changes."""
    tallies = Tallies(guild_id)
    hear_voices(guild_id=guild_id, news=news, tallies=tallies)
    hear_comings(guild_id=guild_id, news=news, tallies=tallies)
    hear_role_changes(guild_id=guild_id, news=news)
    tallies.write()
