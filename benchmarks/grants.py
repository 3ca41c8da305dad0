"""What it costs to ask, on every request, what somebody may do."""

from collections.abc import Iterator

from django.db import connection

from benchmarks import Figure, best_of
from community.models import Grant, Guild, Member, MemberRole, Role, Staff, User
from community.scope import cross_guild, guild_scope
from community.services.grants import capabilities_of

TIMES = 50


def measure(*, quick: bool) -> Iterator[Figure]:
    """Ask in a small and in a big server, through a role that everybody holds."""
    small, big = 100, 5_000 if quick else 100_000
    seconds = [_ask(number, members) for number, members in enumerate((small, big), start=1)]
    yield Figure("what may they do: one answer", seconds[1] * 1000, "ms", 10)
    yield Figure(f"{big:,} holders of the role beside {small}", seconds[1] / seconds[0], "ratio", 2)


def _ask(number: int, members: int) -> float:
    guild_id = number * 10**17
    with cross_guild("a benchmark's world"):
        guild = Guild.objects.create(pk=guild_id, name="Big")
        role = Role.objects.create(guild=guild, pk=guild_id + 1, name="Moderator")
        users = [User(pk=guild_id + n) for n in range(members)]
        User.objects.bulk_create(users)
        people = Member.objects.bulk_create(Member(guild=guild, user=user) for user in users)
        MemberRole.objects.bulk_create(
            MemberRole(guild=guild, member=each, role=role) for each in people
        )
        Grant.objects.create(guild=guild, role=role, capabilities=["moderate"])
    staff = Staff.objects.create_user(f"mod{number}", discord_id=users[members // 2].pk)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with guild_scope(guild_id):
        return best_of(TIMES, lambda: capabilities_of(staff, guild_id=guild_id))
