"""A living bot hears, or reads, what people do with Discord's own buttons."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from community.mirror import log
from community.models import GuildSettings, LogReading, Member, Role, StandingOrder
from community.runner.runner import LIFTED, STAYS
from community.scope import cross_guild, guild_scope
from community.services.problems import problems_of
from moderation.errands import people as errands
from moderation.models import Case, Docket, Punishment
from moderation.services.deeds import ban_member, mute_member, unban_member, unmute_member
from moderation.services.docket import Decision, Deed
from sandbox.ask import By
from sandbox.deeds import audit, messages
from sandbox.faults import Fault
from sandbox.permissions import VIEW_AUDIT_LOG
from tests.living_bot import LivingBot, becomes
from tests.sandbox.places import a_place

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _hurried(settings, monkeypatch):
    settings.DISCORD_READY_PAUSE_MS = 50
    monkeypatch.setattr(log, "BREATH", 0.05)
    with cross_guild("a test looks everywhere"):
        yield


@pytest.fixture
def place(sandbox):
    """A server, as the numbers by which our rows know it."""
    place = a_place(sandbox)
    return SimpleNamespace(
        guild=int(place.guild),
        owner=int(place.owner),
        human=int(place.human),
        channel=place.channel,
    )


@pytest.fixture
def living(sandbox, place):
    with LivingBot(sandbox, carries_out=True) as bot:
        becomes(is_read(place), wanted=True)
        becomes(knows(place), wanted=True)
        yield bot


def is_read(place):
    return lambda: LogReading.objects.filter(guild_id=place.guild).exists()


def knows(place):
    return lambda: Member.objects.filter(guild_id=place.guild, user_id=place.human).exists()


def cases(place, user_id=None):
    """Ask for the cases about somebody, in their order: what, by whom and where it was decided."""
    about = Case.objects.filter(guild_id=place.guild, user_id=user_id or place.human)
    return lambda: list(about.order_by("pk").values_list("kind", "moderator_id", "source"))


def decide(place, deed, kind, at=None, **more):
    decision = Decision(guild_id=place.guild, is_sure=True, at=at or timezone.now())
    with guild_scope(place.guild):
        return deed(decision=decision, deed=Deed(kind=kind, user_id=place.human, **more))


def is_settled(place):
    def asked():
        order = StandingOrder.objects.filter(guild_id=place.guild, user_id=place.human).first()
        return bool(order and order.is_settled)

    return asked


def state_of(case):
    ended = Punishment.objects.filter(guild_id=case.guild_id, case=case)
    return lambda: ended.values_list("state", "ended_by", "ended_by_id").get()


def ban_strangers(sandbox, place, count):
    """Have people banned by hand who were never here; return their ids."""
    people = [place.owner + 1 + number for number in range(count)]

    def ban(heart):
        for each in people:
            heart.world.users.get(str(each)) or heart.world.add_user(str(each), f"s{each}")
            heart.people.ban(place.guild, each, reason="Old")

    sandbox.do(ban)
    return people


def is_banned(sandbox, place):
    return sandbox.do(lambda heart: str(place.human) in heart.world.guilds[str(place.guild)].bans)


def test_deeds_by_hand_are_cases_in_their_order(sandbox, living, place):
    here, soon = (place.guild, place.human), timezone.now() + timedelta(hours=1)
    sandbox.people.timeout(*here, soon.timestamp(), reason="Quiet")
    sandbox.people.timeout(*here, None)
    sandbox.people.kick(*here)
    sandbox.people.ban(*here)
    sandbox.people.unban(*here)

    kinds = ["mute", "unmute", "kick", "ban", "unban"]
    becomes(cases(place), [(kind, place.owner, "discord") for kind in kinds])


def test_many_messages_deleted_by_hand_are_one_case(sandbox, living, place):
    def delete(heart):
        said = [heart.people.say(place.owner, place.channel, "Spam")["id"] for _ in range(3)]
        count = len(messages.delete_many(heart, place.channel, said))
        guild, by = heart.world.guilds[str(place.guild)], By(str(place.owner))
        told = {"options": {"count": str(count)}}
        audit.record(heart, guild, by, audit.MESSAGES_DELETE, place.channel, **told)

    sandbox.do(delete)

    purges = Case.objects.filter(guild_id=place.guild, kind="purge")
    becomes(lambda: list(purges.values_list("channel_id", flat=True)), [int(place.channel)])


def test_what_we_do_ourselves_is_no_second_case(sandbox, living, place):
    decide(place, ban_member, "ban")
    becomes(is_settled(place), wanted=True)
    (stranger,) = ban_strangers(sandbox, place, 1)

    becomes(cases(place, stranger), [("ban", place.owner, "discord")])
    assert cases(place)() == [("ban", None, "command")]


def test_a_ban_lifted_by_hand_is_over_and_stays_so(sandbox, living, place):
    ban = decide(place, ban_member, "ban")
    becomes(is_settled(place), wanted=True)

    sandbox.people.unban(place.guild, place.human)

    becomes(state_of(ban), ("revoked", "external", place.owner))
    becomes(is_settled(place), wanted=True)
    assert not is_banned(sandbox, place)


def test_a_role_that_silences_taken_by_hand_lifts_the_mute(sandbox, living, place):
    role = Role.objects.filter(guild_id=place.guild, managed=False).exclude(pk=place.guild)
    lowest = role.order_by("position").first()
    GuildSettings.objects.filter(guild_id=place.guild).update(mute_role=lowest)
    mute = decide(place, mute_member, "mute")
    becomes(is_settled(place), wanted=True)

    sandbox.people.take_role(place.guild, place.human, lowest.pk)

    becomes(state_of(mute), ("revoked", "external", place.owner))
    becomes(lambda: [kind for kind, *_ in cases(place)()], ["mute", "unmute"])


def test_a_ban_set_by_hand_over_ours_is_not_lifted_with_ours(sandbox, living, place):
    ban = decide(place, ban_member, "ban", duration=timedelta(days=1))
    becomes(is_settled(place), wanted=True)
    sandbox.people.unban(place.guild, place.human)
    sandbox.people.ban(place.guild, place.human)
    becomes(lambda: state_of(ban)()[0] != "active", wanted=True)

    with guild_scope(place.guild):
        StandingOrder.objects.of(place.guild).update(observe=True, next_check_at=timezone.now())

    becomes(is_settled(place), wanted=True)
    assert is_banned(sandbox, place)


def test_what_happened_while_nobody_listened_is_read(sandbox, place):
    with LivingBot(sandbox, carries_out=True):
        becomes(is_read(place), wanted=True)
        ban = decide(place, ban_member, "ban")
        becomes(is_settled(place), wanted=True)
    sandbox.people.unban(place.guild, place.human)
    people = ban_strangers(sandbox, place, 230)  # more than two pages of the log

    with LivingBot(sandbox, carries_out=True):
        last = sandbox.do(lambda heart: heart.world.guilds[str(place.guild)].audit[-1]["id"])
        becomes(lambda: LogReading.objects.get(guild_id=place.guild).entry_id, int(last))
        becomes(cases(place, people[-1]), [("ban", place.owner, "discord")])
        becomes(state_of(ban), ("revoked", "external", place.owner))

    assert Case.objects.filter(guild_id=place.guild, source="discord").count() == 231


def test_a_log_that_is_closed_to_us_is_a_problem_until_it_is_opened(sandbox, place):
    sandbox.people.take_permissions(place.guild, VIEW_AUDIT_LOG | 1 << 3)
    with LivingBot(sandbox):
        becomes(lambda: [p.kind for p in problems_of(guild_id=place.guild)].count("log"), 1)
        sandbox.people.ban(place.guild, place.human)

        sandbox.people.give_permissions(place.guild, VIEW_AUDIT_LOG)

        becomes(cases(place), [("ban", place.owner, "discord")])
        becomes(lambda: [p.kind for p in problems_of(guild_id=place.guild)].count("log"), 0)


def test_what_held_before_us_is_found_once(sandbox, place, monkeypatch):
    monkeypatch.setattr(errands, "PAGE", 2)
    late = timezone.now() + timedelta(days=1)
    sandbox.people.timeout(place.guild, place.human, late.timestamp())
    ban_strangers(sandbox, place, 5)
    sandbox.do(lambda heart: heart.world.guilds[str(place.guild)].audit.clear())
    bans = f"/guilds/{place.guild}/bans"
    broken_off = Fault("reset", route=f"GET {bans}", skip=1, times=1)
    sandbox.do(lambda heart: heart.faults.add(broken_off))
    looked = Docket.objects.filter(guild_id=place.guild, bans_found_at__isnull=False)
    for _ in range(2):
        with LivingBot(sandbox, carries_out=True):
            becomes(lambda: looked.filter(mutes_found_at__isnull=False).exists(), wanted=True)
            becomes(is_read(place), wanted=True)

    found = Case.objects.filter(guild_id=place.guild, source="discord")
    assert sorted(found.values_list("kind", flat=True)) == ["ban"] * 5 + ["mute"]
    # Three pages of two, and none of them twice.
    assert sandbox.do(lambda heart: len(heart.journal.find("GET", bans, status=200))) == 3


def test_staff_lift_what_was_given_by_hand_and_the_case_says_so(sandbox, living, place):
    sandbox.people.ban(place.guild, place.human)
    becomes(cases(place), [("ban", place.owner, "discord")])

    lifted = decide(place, unban_member, "unban")

    becomes(lambda: is_banned(sandbox, place), wanted=False)
    becomes(lambda: verbs(lifted), ["opened", "delivered"])
    assert lifted.events.get(verb="delivered").facts["found"] == LIFTED


def test_what_is_given_after_staff_decided_stays(sandbox, living, place):
    sandbox.people.timeout(place.guild, place.human, (timezone.now() + DAY).timestamp())
    long_before = timezone.now() - timedelta(minutes=1)

    lifted = decide(place, unmute_member, "unmute", at=long_before)

    becomes(lambda: verbs(lifted), ["opened", "delivered"])
    assert lifted.events.get(verb="delivered").facts["found"] == STAYS
    assert Member.objects.get(guild_id=place.guild, user_id=place.human).timed_out_until


def verbs(case):
    return [each.verb for each in case.events.in_order()]
