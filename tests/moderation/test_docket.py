"""Cases are numbered without gaps, their history is chained, and what was done to it shows."""

import pytest

from community.scope import guild_scope
from moderation.services.docket import Decision, Deed, open_case
from moderation.services.proof import breaches_of_history
from moderation.services.records import amend_reason
from tests.factories import GuildFactory

pytestmark = pytest.mark.django_db

READER = 400


def opened(guild, reason="Spoilers"):
    deed = Deed(kind="warn", user_id=READER, reason=reason)
    return open_case(decision=Decision(guild_id=guild.pk, moderator_id=7), deed=deed)


def breaches(guild, *anchors):
    return list(breaches_of_history(guild_id=guild.pk, anchors=anchors))


def test_each_server_counts_its_own_cases():
    one, other = GuildFactory(), GuildFactory()

    numbers = []
    for guild in (one, one, other):
        with guild_scope(guild.pk):
            numbers.append(opened(guild).number)

    assert numbers == [1, 2, 1]


def test_a_history_as_it_was_written_is_whole(guild):
    case = opened(guild)
    amend_reason(case=case, decision=Decision(guild_id=guild.pk), reason="Worse than spoilers")

    assert breaches(guild) == []
    assert [event.verb for event in case.events.in_order()] == ["opened", "reason_changed"]
