"""Coins at the desk: seen, granted, fined and undone by those who may, in their own server."""

from uuid import UUID

import pytest
from django.urls import reverse
from django.utils import timezone

from community.models import AuditEntry
from community.scope import guild_scope
from economy.models import EconomySettings, Transfer, Wallet
from economy.services.days import count_economy_days
from economy.services.proof import find_breaches
from tests.economy.factories import ADA, give
from tests.factories import GrantFactory, GuildFactory, GuildSettingsFactory, MemberFactory

pytestmark = pytest.mark.django_db
ONCE = UUID(int=7)


@pytest.fixture
def guild():
    guild = GuildSettingsFactory(guild=GuildFactory()).guild
    with guild_scope(guild.pk):
        yield guild
        assert list(find_breaches(guild_id=guild.pk)) == []


@pytest.fixture
def member(guild):
    return MemberFactory(guild=guild, user__id=ADA, nickname="Ada")


@pytest.fixture
def signed_in(client, guild):
    def sign_in(*capabilities):
        client.force_login(GrantFactory(guild=guild, capabilities=list(capabilities)).staff)
        return client

    return sign_in


def deed_url(name, member):
    return reverse(f"admin:community_member_{name}", args=[member.pk])


def coins(guild):
    return Wallet.objects.of(guild.pk).of_owner(ADA).get().balance


def test_staff_grant_and_fine_once_for_each_form(signed_in, guild, member):
    client = signed_in("see", "economy")
    told = {"coins": 100, "reason": "Won the quiz", "once": ONCE}

    client.post(deed_url("grant_coins", member), told)
    client.post(deed_url("grant_coins", member), told)
    client.post(deed_url("fine", member), {**told, "coins": 30, "once": UUID(int=8)})
    refused = client.post(deed_url("fine", member), {**told, "coins": 71, "once": UUID(int=9)})

    assert coins(guild) == 70
    assert "There are not 71 coins to give." in refused.content.decode()
    assert AuditEntry.objects.of(guild.pk).filter(verb="economy.coins.granted").count() == 1


def test_a_transfer_is_undone_from_its_list_and_says_so(signed_in, guild, member):
    client, moved = signed_in("see", "economy"), give(guild, ADA, 100)
    listed = reverse("admin:economy_transfer_changelist")
    undo = reverse("admin:economy_transfer_undo", args=[moved.transfer_id])
    assert undo in client.get(listed).content.decode()

    client.post(undo, {"reason": "By mistake", "once": ONCE})

    assert coins(guild) == 0
    page = client.get(listed).content.decode()
    assert "Undone" in page
    assert "By mistake" in page
    assert Transfer.objects.of(guild.pk).filter(kind="reversal").count() == 1


def test_who_may_only_see_moves_nothing(signed_in, guild, member):
    client, moved = signed_in("see"), give(guild, ADA, 100)
    told = {"coins": 5, "reason": "x", "once": ONCE}

    assert client.post(deed_url("grant_coins", member), told).status_code == 403
    undo = reverse("admin:economy_transfer_undo", args=[moved.transfer_id])
    assert client.post(undo, told).status_code == 403
    assert "Undo" not in client.get(reverse("admin:economy_transfer_changelist")).content.decode()
    assert coins(guild) == 100


def test_the_person_page_shows_their_coins_and_statement(signed_in, guild, member):
    client = signed_in("see")
    give(guild, ADA, 1234)

    page = client.get(reverse("admin:person", args=[member.pk]), {"tab": "coins"}).content.decode()

    assert "1,234 coins" in page
    assert "+1,234" in page
    assert "The house" in page


def test_wallets_are_found_by_their_owners_names(signed_in, guild, member):
    client = signed_in("see")
    give(guild, ADA, 5)
    url = reverse("admin:economy_wallet_changelist")

    everybody = client.get(url).context["cl"].result_list
    found = client.get(url, {"q": "ad"}).context["cl"].result_list

    assert [row.owner_id for row in everybody] == [ADA, 1]
    assert [row.owner_id for row in found] == [ADA]


def test_statistics_set_what_was_made_against_what_was_taken(signed_in, guild, member):
    client = signed_in("see")
    give(guild, ADA, 1234)
    count_economy_days(now=timezone.now())

    page = client.get(reverse("admin:economy_statistics")).content.decode()

    assert "Made 1,234, Taken 0" in page
    assert "hold 1,234 coins together" in page


def test_settings_are_changed_by_those_who_configure_and_nonsense_is_refused(signed_in, guild):
    client, url = signed_in("see", "configure"), reverse("admin:economy_settings")
    work = {"section": "work", "work_least": 50, "work_most": 150, "work_pause": "2h"}
    day = {"section": "day", "daily_coins": 77, "streak_coins": 10, "streak_days": 30}

    refused = client.post(url, {**work, "work_least": 500})
    client.post(url, day)

    assert "The most that work brings is under the least." in refused.content.decode()
    settings = EconomySettings.objects.in_force(guild.pk)
    assert (settings.daily_coins, settings.work_least) == (77, 50)
    assert AuditEntry.objects.of(guild.pk).get().after["daily_coins"] == 77
    assert signed_in("see").post(url, day).status_code == 403
