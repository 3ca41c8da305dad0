"""What it costs to meet the members of a server, and to be told the same again."""

from collections.abc import Iterator

from benchmarks import Figure, best_of
from community.models import Guild, Role, User
from community.scope import guild_scope
from community.services.guilds import GuildFacts, meet_guild, meet_role
from community.services.people import MemberFacts, meet_members

GUILD = 10**17


def measure(*, quick: bool) -> Iterator[Figure]:
    """Mirror a server for the first time and then unchanged, beside bare inserts."""
    count = 2_000 if quick else 20_000
    with guild_scope(GUILD):
        meet_guild(guild_id=GUILD, facts=GuildFacts(name="Big"))
        meet_role(guild_id=GUILD, role_id=GUILD + 1, name="Reader")
        told = [
            MemberFacts(
                user_id=2 * GUILD + n,
                username=f"reader{n}",
                joined_at=Guild.objects.get().joined_at,
                role_ids=frozenset({GUILD + 1}),
            )
            for n in range(count)
        ]
        bare = best_of(1, lambda: User.objects.bulk_create(User(pk=n + 1) for n in range(count)))
        first = best_of(1, lambda: meet_members(guild_id=GUILD, facts=told))
        again = best_of(3, lambda: meet_members(guild_id=GUILD, facts=told))
        assert Role.objects.get(name="Reader").holders.count() == count
    yield Figure("members met for the first time", count / first, "per s")
    yield Figure("... beside one bare bulk insert of as many rows", first / bare, "ratio", 12)
    yield Figure("told the same again, beside the first time", again / first, "ratio", 0.6)
