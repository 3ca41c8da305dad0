"""What held before we came is written down once, and nobody is told."""

from datetime import timedelta

import pytest
from django.utils import timezone

from community.models import CommandSync, Errand, Guild
from community.services.mirror import facts
from moderation.models import Case, Docket, Punishment
from moderation.services.byhand import DiscordEntry, note_discord_entry
from moderation.services.first_look import (
    ask_what_holds,
    end_first_look,
    import_bans,
    import_timeouts,
    last_ban_found,
)
from moderation.services.hearing import hear_news
from tests.factories import MemberFactory

pytestmark = pytest.mark.django_db
BOT, MODERATOR = 99, 7
DAY = timedelta(days=1)


@pytest.fixture
def bot(guild):
    """The bot, which owns the server and so may do everything."""
    CommandSync.objects.create(application_id=BOT)
    Guild.objects.filter(pk=guild.pk).update(owner_id=BOT)
    return guild


def found(guild):
    return list(Case.objects.of(guild.pk).order_by("pk").values_list("kind", "user_id"))


def test_bans_of_before_are_cases_once_and_nobody_is_told(guild):
    bans = {400: "Spam", 401: "[#1 - 7] ours", 402: ""}

    for _ in range(2):
        import_bans(guild_id=guild.pk, bans=bans)

    assert found(guild) == [("ban", 400), ("ban", 402)]
    assert last_ban_found(guild_id=guild.pk) == 402
    assert not Errand.objects.of(guild.pk).exists()
    assert not Punishment.objects.of(guild.pk).exists()


def test_timeouts_of_before_are_cases_once_everybody_was_told_of(guild):
    now = timezone.now()
    for ends in (DAY, -DAY):
        MemberFactory(guild=guild, timed_out_until=now + ends)

    hear_news(guild_id=guild.pk, told=facts.ListEnded(frozenset()))
    MemberFactory(guild=guild, timed_out_until=now + DAY)
    hear_news(guild_id=guild.pk, told=facts.ListEnded(frozenset()))

    assert [kind for kind, _ in found(guild)] == ["mute"]


def test_the_bans_are_looked_through_until_that_is_done(bot):
    told = facts.RightsChanged()

    hear_news(guild_id=bot.pk, told=told)
    end_first_look(guild_id=bot.pk)

    assert Errand.objects.of(bot.pk).get().kind == "first_look"
    assert not ask_what_holds(guild_id=bot.pk)
    assert Docket.objects.of(bot.pk).get().bans_found_at


def test_without_the_permission_nobody_looks(bot):
    Guild.objects.filter(pk=bot.pk).update(owner_id=None)

    assert not ask_what_holds(guild_id=bot.pk)


def test_a_ban_that_was_found_and_then_read_of_is_one_case_with_its_moderator(guild):
    now = timezone.now()
    import_bans(guild_id=guild.pk, bans={400: "Spam"}, at=now)
    about = {"guild_id": guild.pk, "entry_id": 1, "action": 22, "target_id": 400}

    note_discord_entry(entry=DiscordEntry(**about, actor_id=MODERATOR, at=now - DAY))

    (case,) = Case.objects.of(guild.pk)
    assert case.moderator_id == MODERATOR


def test_of_two_timeouts_before_us_the_one_that_held_is_the_one_that_was_found(guild):
    now = timezone.now()
    silent = MemberFactory(guild=guild, timed_out_until=now + DAY)
    import_timeouts(guild_id=guild.pk, at=now)
    about = {"guild_id": guild.pk, "action": 24, "target_id": silent.user_id}
    first, second = (
        DiscordEntry(
            **about,
            entry_id=number,
            actor_id=who,
            at=now - timedelta(minutes=10 - number),
            changes={"communication_disabled_until": now + number * DAY / 2},
        )
        for number, who in ((1, MODERATOR), (2, MODERATOR + 1))
    )

    noted = [note_discord_entry(entry=entry) for entry in (first, second, first, second)]

    assert noted[:2] == noted[2:]
    assert [(case.number, case.moderator_id) for case in noted[:2]] == [(2, 7), (1, 8)]


def test_of_two_bans_before_us_each_is_a_case_under_who_gave_it(guild):
    now = timezone.now()
    import_bans(guild_id=guild.pk, bans={400: "Spam"}, at=now)
    about = {"guild_id": guild.pk, "action": 22, "target_id": 400, "at": now - DAY}
    first, second = (
        DiscordEntry(**about, entry_id=number, actor_id=who)
        for number, who in ((1, MODERATOR), (2, MODERATOR + 1))
    )

    noted = [note_discord_entry(entry=entry) for entry in (first, second, first, second)]

    assert noted[:2] == noted[2:]
    assert {case.moderator_id for case in noted} == {MODERATOR, MODERATOR + 1}
    assert Case.objects.of(guild.pk).count() == 2


def test_a_ban_that_was_heard_of_is_not_found_again(guild):
    about = {"guild_id": guild.pk, "entry_id": 1, "action": 22, "target_id": 400}
    note_discord_entry(entry=DiscordEntry(**about, actor_id=MODERATOR, at=timezone.now()))

    assert import_bans(guild_id=guild.pk, bans={400: "Spam"}) == 0


def test_who_is_silent_by_our_own_doing_is_not_found(guild):
    now = timezone.now()
    member = MemberFactory(guild=guild, timed_out_until=now + DAY)
    Case.objects.create(guild_id=guild.pk, number=1, kind="mute", user_id=member.user_id)

    assert import_timeouts(guild_id=guild.pk, at=now) == 0
