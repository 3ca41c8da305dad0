"""The mirror of a living bot: what happens at the pretend Discord is seen in our rows."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from community.mirror import ways
from community.models import (
    AuditEntry,
    Channel,
    Guild,
    Invite,
    Member,
    MemberRole,
    Overwrite,
    Role,
    User,
)
from community.scope import cross_guild
from community.services.privacy import erase_person
from sandbox.ask import By
from sandbox.deeds import channels, invites
from tests.living_bot import LivingBot, becomes, eventually
from tests.sandbox.places import a_place

pytestmark = pytest.mark.django_db(transaction=True)
NEWCOMER = 4 * 10**17
LOST = "GUILD_MEMBER_*", "CHANNEL_*", "GUILD_ROLE_*"
MIRRORED = (
    "community_guild", "community_channel", "community_overwrite", "community_role",
    "community_user", "community_member", "community_memberrole", "community_invite",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _hurried(settings, monkeypatch):
    settings.DISCORD_READY_PAUSE_MS = 50
    monkeypatch.setattr(ways, "BREATH", 0.05)
    with cross_guild("a test looks everywhere"):
        yield


@pytest.fixture
def living(sandbox):
    """A bot that has seen everything there is."""
    with LivingBot(sandbox) as bot:
        for each in guilds(sandbox):
            becomes(present(each), size_of(sandbox, each))
        yield bot


@pytest.fixture
def place(sandbox, living):
    """One of the servers the bot lives in."""
    return guilds(sandbox)[0]


def guilds(sandbox):
    return sandbox.do(lambda heart: [int(each) for each in heart.world.guilds])


def size_of(sandbox, guild_id):
    return sandbox.do(lambda heart: len(heart.world.guilds[str(guild_id)].members))


def owner_of(sandbox, guild_id):
    return sandbox.do(lambda heart: heart.world.guilds[str(guild_id)].facts["owner_id"])


def somebody(sandbox, guild_id):
    def find(heart):
        guild = heart.world.guilds[str(guild_id)]
        plain = (i for i in guild.members if i not in {heart.world.bot_id, guild.facts["owner_id"]})
        return int(next(plain))

    return sandbox.do(find)


def present(guild_id):
    return lambda: Member.objects.present().filter(guild_id=guild_id).count()


def is_present(guild_id, user_id):
    return lambda: Member.objects.present().filter(guild_id=guild_id, user_id=user_id).exists()


def roles_of(guild_id, user_id):
    held = MemberRole.objects.standing().filter(guild_id=guild_id, member__user_id=user_id)
    return lambda: set(held.values_list("role_id", "assigned_by_id"))


def versions():
    """Which transaction wrote each mirrored row last."""
    with connection.cursor() as cursor:
        for table in MIRRORED:
            cursor.execute(f"SELECT xmin::text, ctid::text FROM {table}")
            yield table, sorted(cursor.fetchall())


def in_guild(sandbox, guild_id, deed):
    """Do something by hand as the owner."""

    def done(heart):
        guild = heart.world.guilds[str(guild_id)]
        return deed(heart, guild, By(guild.facts["owner_id"]))

    return sandbox.do(done)


def test_every_server_is_mirrored_whole(sandbox, living):
    def check(guild):
        held = sum(len(member["roles"]) for member in guild.members.values())
        rights = sum(len(each["permission_overwrites"]) for each in guild.channels.values())
        counts = {
            Role: len(guild.roles), Channel: len(guild.channels), Overwrite: rights,
            MemberRole: held, Invite: len(guild.invites),
        }  # fmt: skip

        becomes(lambda: Guild.objects.get(pk=guild.id).name, guild.facts["name"])
        for model, count in counts.items():
            becomes(model.objects.filter(guild_id=guild.id).count, count)

    for guild in sandbox.do(lambda heart: list(heart.world.guilds.values())):
        check(guild)


def test_who_joins_renames_and_leaves_is_seen_at_once(sandbox, place):
    before = size_of(sandbox, place)
    sandbox.people.join(place, NEWCOMER, username="ada")
    becomes(is_present(place, NEWCOMER), wanted=True)
    becomes(lambda: Guild.objects.get(pk=place).member_count, before + 1)

    sandbox.people.rename(place, NEWCOMER, "Countess")
    sandbox.people.change_user(NEWCOMER, username="lovelace")
    becomes(lambda: Member.objects.get(guild_id=place, user_id=NEWCOMER).nickname, "Countess")
    becomes(lambda: User.objects.get(pk=NEWCOMER).username, "lovelace")

    sandbox.people.leave(place, NEWCOMER)
    becomes(is_present(place, NEWCOMER), wanted=False)
    becomes(lambda: Guild.objects.get(pk=place).member_count, before)


def test_a_role_that_is_given_by_hand_is_known_with_its_giver(sandbox, place):
    who, owner = somebody(sandbox, place), int(owner_of(sandbox, place))
    role = int(in_guild(sandbox, place, lambda heart, guild, _: [*guild.roles][1]))
    sandbox.people.change(place, who, roles=[])
    becomes(roles_of(place, who), set())

    sandbox.people.give_role(place, who, role, by=owner)
    becomes(roles_of(place, who), {(role, owner)})

    sandbox.people.take_role(place, who, role, by=owner)
    becomes(roles_of(place, who), set())


def test_a_channel_is_seen_to_come_and_go(sandbox, place):
    made = in_guild(
        sandbox, place, lambda heart, guild, by: channels.create(heart, guild, by, 0, "drafts")
    )
    becomes(lambda: Channel.objects.standing().filter(guild_id=place, name="drafts").count(), 1)

    in_guild(sandbox, place, lambda heart, guild, by: channels.delete(heart, guild, by, made))
    becomes(lambda: Channel.objects.standing().filter(guild_id=place, name="drafts").count(), 0)
    becomes(lambda: Channel.objects.filter(guild_id=place, pk=made["id"]).count(), 1)


def test_an_outage_of_a_server_touches_nothing_and_its_removal_ends_it(sandbox, place):
    before = size_of(sandbox, place)
    outage = sandbox.add_fault("guild_outage", guild_id=str(place))
    becomes(lambda: Guild.objects.get(pk=place).available, wanted=False)
    sandbox.end_fault(outage)
    becomes(lambda: Guild.objects.get(pk=place).available, wanted=True)
    becomes(present(place), before)

    sandbox.people.remove_bot(place)
    becomes(lambda: Guild.objects.present().filter(pk=place).exists(), wanted=False)
    sandbox.people.invite_bot(place)
    becomes(lambda: Guild.objects.present().filter(pk=place).exists(), wanted=True)

    verbs = AuditEntry.objects.filter(guild_id=place).order_by("pk")
    told = ["community.guild.joined", "community.guild.left", "community.guild.returned"]
    becomes(lambda: list(verbs.values_list("verb", flat=True)), told)


def test_what_was_missed_is_healed_when_the_session_begins_anew(sandbox, place):
    _, other, third = guilds(sandbox)
    gone, renamed = somebody(sandbox, other), int(owner_of(sandbox, other))
    faults = [sandbox.add_fault("event_lost", route=route) for route in (*LOST, "GUILD_DELETE")]
    sandbox.people.leave(other, gone)
    sandbox.people.join(other, NEWCOMER)
    sandbox.people.rename(other, renamed, "The Potter")
    in_guild(sandbox, other, lambda heart, guild, by: channels.create(heart, guild, by, 0, "new"))
    sandbox.people.remove_bot(third)
    for fault in faults:
        sandbox.end_fault(fault)

    sandbox.add_fault("invalidate")

    becomes(is_present(other, NEWCOMER), wanted=True)
    becomes(is_present(other, gone), wanted=False)
    becomes(lambda: Member.objects.get(guild_id=other, user_id=renamed).nickname, "The Potter")
    becomes(lambda: Channel.objects.filter(guild_id=other, name="new").count(), 1)
    becomes(lambda: Guild.objects.present().filter(pk=third).exists(), wanted=False)
    becomes(present(place), size_of(sandbox, place))


def test_who_was_erased_has_no_name_until_they_use_a_command(sandbox, living, place):
    who, channel = somebody(sandbox, place), a_place(sandbox).channel
    heard = []
    living.do(lambda bot: bot.events.listeners.append(lambda name, _: heard.append(name)))
    living.wait(living.mirror.settled())
    erase_person(user_id=who, by=None)

    sandbox.add_fault("invalidate")
    eventually(lambda: heard.count("GUILD_CREATE") == 3)
    living.wait(living.mirror.settled())

    assert User.objects.get(pk=who).username == ""
    sandbox.interactions.use(str(who), channel, "ping")
    becomes(lambda: User.objects.get(pk=who).erased_at, None)
    username = sandbox.do(lambda heart: heart.world.users[str(who)]["username"])
    becomes(lambda: User.objects.get(pk=who).username, username)


def test_news_bear_the_time_of_discord_not_of_this_machine(sandbox):
    sandbox.move_clock(10 * 86_400)
    place, who = guilds(sandbox)[0], somebody(sandbox, guilds(sandbox)[0])
    left = Member.objects.filter(guild_id=place, user_id=who, left_at__isnull=False)

    with LivingBot(sandbox):
        becomes(is_present(place, who), wanted=True)
        sandbox.people.leave(place, who)
        becomes(left.count, 1)

    assert left.get().left_at - timezone.now() > timedelta(days=9)


def test_being_told_everything_twice_writes_nothing(sandbox, living):
    heard = []
    living.do(lambda bot: bot.events.listeners.append(lambda name, _: heard.append(name)))
    living.wait(living.mirror.settled())
    before = dict(versions())

    sandbox.add_fault("invalidate")
    eventually(lambda: heard.count("GUILD_CREATE") == 3)
    living.wait(living.mirror.settled())

    assert "GUILD_MEMBERS_CHUNK" in heard
    assert dict(versions()) == before


def test_a_newcomers_invite_is_known(sandbox, place):
    told = {"max_age": 0, "max_uses": 0, "temporary": False}

    def make(heart, guild, by):
        channel = next(key for key, each in guild.channels.items() if each["type"] == 0)
        return [invites.create(heart, guild, by, channel, **told)["code"] for _ in range(2)]

    looks = f"/guilds/{place}/invites"
    becomes(lambda: len(sandbox.journal("GET", looks)) > 0, wanted=True)
    used, _ = in_guild(sandbox, place, make)
    known = Invite.objects.filter(guild_id=place, code=used)
    becomes(known.count, 1)

    sandbox.people.join(place, NEWCOMER, invite=used)

    came = Member.objects.filter(guild_id=place, user_id=NEWCOMER)
    becomes(lambda: list(came.values_list("came_by", flat=True)), [used])
    becomes(lambda: known.get().uses, 1)
