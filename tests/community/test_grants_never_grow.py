"""However staff give and take back, together they never hold more than the keeper gave."""

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from community.errors import NotAllowed
from community.models import Grant
from community.scope import guild_scope
from community.services.grants import capabilities_of, give_grant, grants_of, take_back_grant
from tests.factories import GrantFactory, GuildFactory, StaffFactory

CAPABILITIES = Grant.Capability.values
NOW = timezone.now()
some = st.sets(st.sampled_from(CAPABILITIES), min_size=1).map(sorted)
ends = st.sampled_from([None, NOW + timedelta(days=1), NOW + timedelta(days=9)])
person = st.integers(0, 3)
steps = st.lists(
    st.tuples(st.sampled_from(["give", "take"]), person, person, some, ends), max_size=12
)


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(first=some, end=ends, steps=steps)
def test_no_sequence_of_gifts_makes_anybody_hold_more_than_was_given(first, end, steps):
    guild = GuildFactory()
    people = StaffFactory.create_batch(4)
    GrantFactory(guild=guild, staff=people[0], capabilities=[*first, "staff"], expires_at=end)

    with guild_scope(guild.pk):
        for deed, by, to, capabilities, expires_at in steps:
            attempt(guild, deed, people[by], people[to], capabilities, expires_at)

            held = {one for each in people for one in capabilities_of(each, guild_id=guild.pk)}
            lasting = [grant.expires_at for each in people for grant in grants_of(each)]
            assert held <= {*first, "staff", "see"}
            assert end is None or all(each is not None and each <= end for each in lasting)


def attempt(guild, deed, by, to, capabilities, expires_at):
    try:
        if deed == "give":
            give_grant(
                guild_id=guild.pk, by=by, to=to, capabilities=capabilities, expires_at=expires_at
            )
        elif grant := Grant.objects.standing().filter(staff=to).first():
            take_back_grant(grant=grant, by=by)
    except NotAllowed:
        pass
