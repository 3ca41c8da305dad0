"""The runner on a living bot: what the rows ask for is so at the pretend Discord, and stays so."""

import asyncio
from datetime import timedelta

import pytest
from django.utils import timezone

from community.clock import DiscordClock
from community.errands.speaking import meet
from community.models import Errand, Member, StandingOrder, User
from community.runner import Runner
from community.scope import cross_guild
from community.services.errands import send_errand, write_line
from community.services.orders import drop_order, look_at_everything, want_order
from sandbox.faults import Fault
from tests.living_bot import LivingBot, becomes
from tests.sandbox.places import a_place

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _hurried(settings):
    settings.DISCORD_READY_PAUSE_MS = 50
    with cross_guild("a test looks everywhere"):
        yield


@pytest.fixture
def place(sandbox):
    """A place in the pretend Discord, where a bot carries out what is due."""
    place = a_place(sandbox)
    with LivingBot(sandbox, carries_out=True):
        becomes(lambda: guild_is_known(place), wanted=True)
        yield place


def guild_is_known(place):
    return Member.objects.filter(guild_id=int(place.guild), user_id=int(place.human)).exists()


def ban(place, **told):
    about = {"guild_id": int(place.guild), "user_id": int(place.human), "kind": "ban"}
    return want_order(**about, reason="[#1 - 5] Spam", **told)


def bans(sandbox, place):
    return lambda: sandbox.do(lambda heart: place.human in heart.world.guilds[place.guild].bans)


def of(order):
    return lambda: StandingOrder.objects.get(pk=order.pk)


def test_who_is_told_and_stopped_in_one_breath_stops():
    async def stop():
        runner = Runner(http=None, clock=DiscordClock(), epoch=1)
        running = asyncio.create_task(runner.run())
        await asyncio.sleep(0.05)
        runner.hint.set()
        running.cancel()
        await asyncio.wait([running], timeout=20)
        return running.cancelled()

    assert asyncio.run(stop())


def test_a_ban_is_carried_out_and_lifted_again(sandbox, place):
    order = ban(place)
    becomes(bans(sandbox, place), wanted=True)
    becomes(lambda: of(order)().is_settled, wanted=True)

    drop_order(guild_id=order.guild_id, user_id=order.user_id, kind="ban")

    becomes(bans(sandbox, place), wanted=False)
    becomes(lambda: of(order)().next_check_at, None)


def test_a_ban_ends_by_itself_and_not_too_early(sandbox, place):
    until = timezone.now() + timedelta(seconds=2)
    order = ban(place, until=until)
    becomes(bans(sandbox, place), wanted=True)

    becomes(bans(sandbox, place), wanted=False)

    assert timezone.now() >= until
    becomes(lambda: of(order)().wanted, wanted=False)


def test_a_ban_that_was_lifted_by_hand_is_not_put_back(sandbox, place):
    order = ban(place)
    becomes(lambda: of(order)().is_settled and of(order)().wanted, wanted=True)

    sandbox.do(lambda heart: heart.people.unban(place.guild, place.human, by=place.owner))

    becomes(lambda: of(order)().wanted, wanted=False)
    assert not bans(sandbox, place)()


def test_a_ban_set_by_hand_is_not_lifted_when_ours_ends(sandbox, place):
    sandbox.do(lambda heart: heart.people.ban(place.guild, place.human, by=place.owner))
    order = ban(place)
    becomes(lambda: of(order)().owner, "foreign")

    drop_order(guild_id=order.guild_id, user_id=order.user_id, kind="ban")

    becomes(lambda: of(order)().next_check_at, None)
    assert bans(sandbox, place)()


def test_somebody_is_timed_out_and_may_speak_again(sandbox, place):
    about = {"guild_id": int(place.guild), "user_id": int(place.human), "kind": "timeout"}
    order = want_order(**about, until=timezone.now() + timedelta(days=60))
    becomes(lambda: of(order)().is_settled, wanted=True)
    assert timed_out_until(sandbox, place)()[:19] == of(order)().marks[0][:19]

    drop_order(**about)

    becomes(timed_out_until(sandbox, place), None)


def timed_out_until(sandbox, place):
    def look(heart):
        member = heart.world.guilds[place.guild].members[place.human]
        return member.get("communication_disabled_until")

    return lambda: sandbox.do(look)


def test_a_role_that_is_taken_by_hand_is_given_again(sandbox, place):
    role = sandbox.do(lambda heart: a_plain_role(heart, place))
    about = {"guild_id": int(place.guild), "user_id": int(place.human)}
    order = want_order(**about, kind="role", subject=int(role))
    becomes(lambda: of(order)().is_settled, wanted=True)

    sandbox.do(lambda heart: heart.people.take_role(place.guild, place.human, role, by=place.owner))

    becomes(lambda: of(order)().wanted_rev > 1 and of(order)().is_settled, wanted=True)
    assert role in sandbox.do(lambda h: h.world.guilds[place.guild].members[place.human]["roles"])


def a_plain_role(heart, place):
    roles = heart.world.guilds[place.guild].roles.values()
    return next(r["id"] for r in roles if not r["managed"] and r["position"] == 1)


def test_a_missing_permission_is_said_and_its_return_noticed(sandbox, place):
    sandbox.do(lambda heart: heart.people.take_permissions(place.guild, 1 << 2 | 1 << 3))
    order = ban(place)
    becomes(lambda: of(order)().hold, "permission")

    sandbox.do(lambda heart: heart.people.give_permissions(place.guild, 1 << 2))

    becomes(bans(sandbox, place), wanted=True)
    becomes(lambda: of(order)().hold, "")


def test_what_discord_missed_is_done_when_it_answers_again(sandbox, place):
    sandbox.do(lambda heart: heart.faults.add(Fault("reset", "PUT *bans*", times=2)))
    sandbox.do(lambda heart: heart.faults.add(Fault("lost", "PUT *bans*", times=1)))

    order = ban(place)

    becomes(lambda: of(order)().is_settled, wanted=True)
    assert bans(sandbox, place)()


def said(sandbox, place):
    def look(heart):
        messages = heart.world.messages[place.channel].values()
        return [each["content"] for each in messages if each["author"]["id"] == heart.world.bot_id]

    return lambda: sandbox.do(look)


def test_a_message_is_said_once_though_its_answer_was_lost(sandbox, place):
    sandbox.do(lambda heart: heart.faults.add(Fault("lost", "POST *messages*", times=1)))
    payload = {"channel_id": place.channel, "message": {"content": "Welcome, @everyone"}}

    about = {"guild_id": int(place.guild), "kind": "message", "dedupe_key": "welcome"}
    errand = send_errand(**about, payload=payload)

    becomes(lambda: Errand.objects.get(pk=errand.pk).state, "done")
    assert said(sandbox, place)() == ["Welcome, @everyone"]


def test_a_line_is_edited_in_place(sandbox, place):
    about = {"guild_id": int(place.guild), "channel_id": int(place.channel), "subject": "case:1"}
    line = write_line(**about, message={"content": "Warned"})
    becomes(lambda: Errand.objects.get(pk=line.pk).state, "done")

    write_line(**about, message={"content": "Warned, and pardoned"})

    becomes(said(sandbox, place), ["Warned, and pardoned"])


def test_a_person_who_takes_no_messages_is_told_of(sandbox, place):
    sandbox.do(lambda heart: heart.people.close_dms(place.human))
    payload = {"message": {"content": "You were warned"}}

    about = {"guild_id": int(place.guild), "user_id": int(place.human), "dedupe_key": "told"}
    errand = send_errand(**about, kind="direct_message", payload=payload)

    becomes(lambda: Errand.objects.get(pk=errand.pk).state, "dead")
    assert "take no messages" in Errand.objects.get(pk=errand.pk).last_error


def test_a_conversation_is_opened_once_whoever_speaks_and_anew_when_it_is_gone(sandbox):
    place = a_place(sandbox)
    whom = User.objects.filter(pk=int(place.human))
    with LivingBot(sandbox, carries_out=True) as first:
        becomes(lambda: guild_is_known(place), wanted=True)
        first.wait(asyncio.wait_for(two_meetings(first.bot.http, whom.get().pk), 60))
        opened = whom.get().direct_channel_id
    with LivingBot(sandbox, carries_out=True):
        becomes(lambda: tell(place, "Good evening").state, "done")
        openings = len(sandbox.journal("POST", "/users/@me/channels"))
        whom.update(direct_channel_id=404)
        becomes(lambda: tell(place, "Good night").state, "done")

    assert openings == 1
    assert len(sandbox.journal("POST", "/users/@me/channels")) == 2
    assert whom.get().direct_channel_id == opened


async def two_meetings(http, user_id):
    await asyncio.gather(meet(http, user_id), meet(http, user_id))


def tell(place, words):
    about = {"guild_id": int(place.guild), "user_id": int(place.human), "dedupe_key": words}
    return send_errand(**about, kind="direct_message", payload={"message": {"content": words}})


def test_what_changed_while_nobody_listened_is_found_by_looking(sandbox, place):
    order = ban(place)
    becomes(lambda: of(order)().is_settled, wanted=True)
    sandbox.do(lambda heart: heart.faults.add(Fault("event_lost", "GUILD_BAN_REMOVE", times=1)))
    sandbox.do(lambda heart: heart.people.unban(place.guild, place.human, by=place.owner))

    look_at_everything()

    becomes(lambda: of(order)().wanted, wanted=False)


def pass_days(sandbox, place, days):
    """Let time pass; the bot learns of it with Discord's next answer."""
    sandbox.move_clock(days * 86_400)
    payload = {"channel_id": place.channel, "message": {"content": "Is it that late?"}}
    about = {"guild_id": int(place.guild), "kind": "message", "dedupe_key": f"{days} days"}
    send_errand(**about, payload=payload)


def test_a_long_timeout_is_renewed_a_week_after_it_was_set(sandbox, place):
    about = {"guild_id": int(place.guild), "user_id": int(place.human), "kind": "timeout"}
    order = want_order(**about, until=timezone.now() + timedelta(days=60))
    becomes(lambda: of(order)().is_settled, wanted=True)
    first = timed_out_until(sandbox, place)()

    pass_days(sandbox, place, 8)

    becomes(lambda: timed_out_until(sandbox, place)() > first, wanted=True)
    becomes(lambda: of(order)().marks[0] > first[:19], wanted=True)


def test_a_long_timeout_that_was_lifted_by_hand_is_not_renewed(sandbox, place):
    about = {"guild_id": int(place.guild), "user_id": int(place.human), "kind": "timeout"}
    order = want_order(**about, until=timezone.now() + timedelta(days=60))
    becomes(lambda: of(order)().is_settled and not of(order)().observe, wanted=True)
    sandbox.add_fault("event_lost", route="GUILD_MEMBER_UPDATE")
    sandbox.people.timeout(place.guild, place.human, None, by=place.owner)

    pass_days(sandbox, place, 8)

    becomes(lambda: of(order)().wanted, wanted=False)
    assert timed_out_until(sandbox, place)() is None
