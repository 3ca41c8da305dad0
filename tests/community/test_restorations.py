"""After a backup was put back the bot only looks, until somebody has seen what differs."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db.utils import OperationalError
from django.utils import timezone
from django.utils.html import escape

from community.errors import HouseError, NotAllowed
from community.models import (
    AuditEntry,
    CommandSync,
    Errand,
    Guild,
    LogReading,
    Member,
    Restoration,
    StandingOrder,
    User,
)
from community.scope import cross_guild, guild_scope
from community.services import restorations
from community.services.errands import send_errand
from community.services.mirror.log import note_log_ends, place_in_log
from community.services.orders import drop_order, want_order
from community.services.restorations import (
    FOREIGN,
    MISSING,
    NEVER_DONE,
    NOT_LIFTED,
    approve_restoration,
    bans_tell_more,
    begin_restoration,
    compare,
)
from economy.models import ShopItem
from moderation.models import Docket
from tests.factories import MemberFactory, MemberRoleFactory, RoleFactory, StaffFactory
from tests.living_bot import LivingBot, becomes
from tests.sandbox.places import a_place

pytestmark = pytest.mark.django_db(transaction=True)

LONG = timedelta(days=1)


@pytest.fixture
def place(sandbox, settings):
    """A place in the pretend Discord, where a bot carries out what is due."""
    settings.DISCORD_READY_PAUSE_MS = 50
    place = a_place(sandbox)
    with cross_guild("a test looks everywhere"), LivingBot(sandbox, carries_out=True):
        known = Member.objects.filter(guild_id=int(place.guild), user_id=int(place.human))
        becomes(known.exists, wanted=True)
        servers = sandbox.do(lambda heart: len(heart.world.guilds))
        becomes(Guild.objects.filter(available=True).count, wanted=servers)
        # The case of every mark is known: nothing is to be regained from Discord's log.
        Docket.objects.update_or_create(guild_id=int(place.guild), defaults={"last_case": 1})
        yield place


def ban(place, user_id, **told):
    about = {"guild_id": int(place.guild), "user_id": int(user_id), "kind": "ban"}
    return want_order(**about, reason="[#1 - 5] Spam", **told)


def others(sandbox, place, count):
    def found(heart):
        plain = (
            key
            for key, member in heart.world.guilds[place.guild].members.items()
            if not heart.world.users[key]["bot"] and not member["roles"]
        )
        return [key for key in plain if key not in {place.owner, place.human}][:count]

    return sandbox.do(found)


def banned(sandbox, place):
    return lambda: sandbox.do(lambda heart: set(heart.world.guilds[place.guild].bans))


def settled():
    return StandingOrder.objects.filter(confirmed_at__isnull=False).count


def greeting(place, key, **told):
    about = {"guild_id": int(place.guild), "user_id": int(place.human), "dedupe_key": key}
    return send_errand(
        **about, kind="direct_message", payload={"message": {"content": "Hi"}}, **told
    )


def state_of(errand):
    return Errand.objects.get(pk=errand.pk).state


def run_out(user_id):
    yesterday = timezone.now() - LONG
    StandingOrder.objects.filter(user_id=int(user_id)).update(
        until=yesterday, next_check_at=yesterday
    )


def put_back(*, days=1):
    shows_at = timezone.now() - days * LONG
    begin_restoration(backup="guildhall-1", sha256="0" * 64, shows_at=shows_at)


def look_again():
    """Have everything looked at anew in one moment; the bot may be at work on some of it."""
    try:
        StandingOrder.objects.restored().update(observe=True)
    except OperationalError:  # each waited for the other
        look_again()


def logs_were_read():
    """Let Discord's log be read, as a bot does that begins after a restore."""
    for guild in Guild.objects.all():
        with guild_scope(guild.pk):
            place_in_log(guild_id=guild.pk, user_id=0)
            note_log_ends(guild_id=guild.pk)
            LogReading.objects.update(is_closed=False)


def words_of(user_id):
    found = [each for each in compare().differences if each.order.user_id == int(user_id)]
    return found[0].words if found else ""


def seen():
    return compare().unseen


def change_in_silence(sandbox, place, change):
    sandbox.do(lambda heart: change(heart.world.guilds[place.guild].bans))


def test_it_compares_and_does_nothing_until_it_is_approved(sandbox, place):
    gone, stays, over, late = others(sandbox, place, 4)
    _ = [ban(place, user_id) for user_id in (gone, stays, over)]
    becomes(settled(), wanted=3)
    before = greeting(place, "before", not_before=timezone.now() + LONG)

    put_back()
    change_in_silence(sandbox, place, lambda bans: bans.pop(gone))
    run_out(over)
    ban(place, late)
    after = greeting(place, "after")
    look_again()
    becomes(
        lambda: (words_of(gone), words_of(stays), words_of(over), seen()),
        wanted=(MISSING, "", NOT_LIFTED, 0),
    )

    assert banned(sandbox, place)() == {stays, over}
    assert (state_of(before), state_of(after)) == ("skipped", "waiting")

    logs_were_read()
    assert approve_restoration(by=StaffFactory(keeper=True)) == 2
    becomes(banned(sandbox, place), wanted={stays, late})
    becomes(lambda: state_of(after), wanted="done")
    becomes(lambda: StandingOrder.objects.get(user_id=int(gone)).wanted, wanted=False)
    verbs = AuditEntry.objects.filter(subject_kind="backup").order_by("pk")
    assert [each.verb.rpartition(".")[2] for each in verbs] == ["restored", "approved"]


def test_as_in_the_backup_what_is_missing_is_made_so_again(sandbox, place):
    gone, foreign = others(sandbox, place, 2)
    for user_id in (gone, foreign):
        ban(place, user_id)
    becomes(settled(), wanted=2)
    put_back()

    def others_took_over(bans):
        bans.pop(gone)
        bans[foreign] = "By hand"

    change_in_silence(sandbox, place, others_took_over)
    look_again()
    becomes(seen, wanted=0)
    becomes(lambda: (words_of(gone), words_of(foreign)), wanted=(MISSING, FOREIGN))

    logs_were_read()
    call_command("reconcile", approve=True, as_in_backup=True)

    becomes(banned(sandbox, place), wanted={gone, foreign})
    assert Restoration.objects.get().approved_at


def given_by_the_bot(guild, count, **told):
    CommandSync.objects.get_or_create(application_id=99)
    role = RoleFactory(guild=guild, name="Reader")
    people = [MemberFactory(guild=guild) for _ in range(count)]
    for member in people:
        MemberRoleFactory(guild=guild, member=member, role=role, assigned_by_id=99, **told)
    return role, [member.user_id for member in people]


def test_roles_that_the_bot_gave_since_are_told_of_where_no_book_says_why(guild):
    given_by_the_bot(guild, 1, assigned_at=timezone.now() - 2 * LONG)
    put_back()
    role, people = given_by_the_bot(guild, 7)
    about = {"guild_id": guild.pk, "user_id": people[0], "kind": "role", "subject": role.pk}
    want_order(**about)

    (words,) = compare().gifts

    named = ", ".join(f"{User.objects.get(pk=key)} ({key})" for key in sorted(people[1:])[:5])
    assert f"{guild.name}: since the backup Reader was given to {named} and 1 more." in words


def test_what_is_kept_with_a_servers_number_is_shown_with_its_name(guild, capsys):
    lacks = f"Server {guild.pk}: 8 of the lines of its wallets are not here."
    begin_restoration(
        backup="guildhall-1", sha256="0" * 64, shows_at=timezone.now(), missing=[lacks]
    )
    logs_were_read()

    call_command("reconcile")

    assert f"{guild.name}: 8 of the lines of its wallets are not here." in capsys.readouterr().out


@pytest.mark.parametrize("nobody", [False, True])
def test_what_nobody_has_looked_at_is_not_approved(guild, nobody):
    with pytest.raises(HouseError, match="No backup waits"):
        approve_restoration(by=None)
    want_order(guild_id=guild.pk, user_id=5, kind="ban", reason="[#1 - 5] Spam")
    put_back()

    if nobody:
        with pytest.raises(NotAllowed):
            approve_restoration(by=StaffFactory())
    with pytest.raises(CommandError, match="1 orders have not been looked at"):
        call_command("reconcile", approve=True)
    assert Restoration.objects.get().approved_at is None


def test_what_no_log_tells_is_said_and_an_unread_one_is_waited_for(client, guild, capsys):
    put_back(days=46)
    with pytest.raises(CommandError, match="has not been read since: let the bot run"):
        call_command("reconcile", approve=True)
    logs_were_read()
    LogReading.objects.update(is_closed=True)

    call_command("reconcile", approve=True)

    said = capsys.readouterr().out
    assert f"Discord's log of {guild.name} is still to be read." in said
    assert "older than the 45 days" in said
    assert f"{guild.name} keeps its audit log from the bot" in said


def test_what_staff_decide_while_it_is_approved_counts_more(guild, monkeypatch):
    order = want_order(guild_id=guild.pk, user_id=5, kind="ban", reason="[#1 - 5] Spam")
    put_back()
    StandingOrder.objects.filter(pk=order.pk).update(observe=False, last_error=FOREIGN)
    logs_were_read()
    names_of = restorations.names_of

    def meanwhile(user_ids):
        drop_order(guild_id=guild.pk, user_id=5, kind="ban", lifts_all_before=timezone.now())
        return names_of(user_ids)

    monkeypatch.setattr(restorations, "names_of", meanwhile)
    approve_restoration(by=None)

    found = StandingOrder.objects.get(pk=order.pk)
    assert (found.wanted, found.is_settled, found.hold) == (False, False, "")


def test_a_role_that_the_house_gives_is_named_where_nobody_knows_who_gave_it(guild):
    put_back()
    role, other = RoleFactory(guild=guild, name="Sold"), RoleFactory(guild=guild)
    ShopItem.objects.create(guild=guild, name="Sold", price=1, role=role)
    for each in (role, other):
        MemberRoleFactory(guild=guild, member=MemberFactory(guild=guild), role=each)

    (words,) = compare().gifts

    assert "Sold was given to" in words


def test_bans_tell_more_where_a_log_is_closed_or_too_short(guild):
    LogReading.objects.create(guild=guild)
    assert not bans_tell_more(guild_id=guild.pk)
    put_back()
    assert not bans_tell_more(guild_id=guild.pk)
    LogReading.objects.update(is_closed=True)
    assert bans_tell_more(guild_id=guild.pk)
    LogReading.objects.update(is_closed=False)
    Restoration.objects.update(shows_at=timezone.now() - 46 * LONG)
    assert bans_tell_more(guild_id=guild.pk)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"is_settled": False, "is_closed": False}, NEVER_DONE),
        ({"is_settled": True, "is_closed": False}, MISSING),
        ({"is_settled": False, "is_closed": True}, MISSING),
    ],
)
def test_what_no_log_says_was_ever_done_is_told_as_that(guild, told, words):
    order = want_order(guild_id=guild.pk, user_id=5, kind="ban", reason="[#1 - 5] Spam")
    order.applied_rev = order.wanted_rev if told["is_settled"] else 0
    order.save()
    put_back()
    StandingOrder.objects.filter(pk=order.pk).update(observe=False, last_error=MISSING)
    logs_were_read()
    LogReading.objects.update(is_closed=told["is_closed"])

    assert words_of(5) == words


def test_keepers_approve_at_the_desk_after_they_saw_what_differs(client, guild):
    order = want_order(guild_id=guild.pk, user_id=5, kind="ban", reason="[#1 - 5] Spam")
    client.force_login(StaffFactory(keeper=True))
    page = "/community/backup/approve/"
    assert "No backup waits for a word." in client.get(page).content.decode()
    put_back()
    StandingOrder.objects.filter(pk=order.pk).update(observe=False, last_error=MISSING)
    logs_were_read()

    shown = client.get(page).content.decode()
    client.post(page, {"follow": "discord"})

    assert escape(NEVER_DONE) in shown
    assert Restoration.objects.get().approved_by
    found = StandingOrder.objects.get(pk=order.pk)
    assert (found.hold, found.is_settled, found.observe) == ("", True, True)
