"""What people do with coins on Discord, from the command to the answer."""

import pytest

from community.models import GuildSettings
from economy.models import Transfer, TransferNote, Wallet
from economy.services.proof import find_breaches
from tests.economy.factories import EconomySettingsFactory, give

pytestmark = pytest.mark.django_db(transaction=True)


def coins(here, user_id):
    wallet = Wallet.objects.of(here.guild_id).of_owner(int(user_id)).first()
    return wallet.balance if wallet else 0


def test_a_day_work_a_game_and_what_one_has(here):
    human, settings = here.place.human, GuildSettings.objects.get(guild_id=here.guild_id)
    EconomySettingsFactory(guild=settings.guild, work_least=60, work_most=60, house_edge=0)

    first = here.use("daily", by=human)["content"]
    again = here.use("daily", by=human)["content"]
    worked = here.use("work", by=human)["content"]
    odds = here.use("gamble", by=human, game="coin")["content"]
    played = here.use("gamble", by=human, game="coin", stake=10)["content"]
    purse = here.use("balance", by=human)["embeds"][0]["fields"][0]["value"]
    statement = here.use("statement", by=human)["embeds"][0]["description"].splitlines()
    richest = here.use("richest")["embeds"][0]["description"]

    assert first.startswith("Your day brings **200**. You have 200. There is more <t:")
    assert again.startswith("You had today's coins.")
    assert worked.startswith("Your work brings **60**. You have 260.")
    assert odds == "2 times the stake: 50.00 %\nThe house keeps 0 % of all stakes, at length."
    left = 270 if played.startswith("You won **10**") else 250
    assert (int(purse), coins(here, human)) == (left, left)
    assert len(statement) == 3
    assert statement[-1].endswith("**+200** Daily (200 left)")
    assert richest.endswith(f": {left:,}")
    assert list(find_breaches(guild_id=here.guild_id)) == []


def test_a_command_told_twice_pays_once(here):
    here.sandbox.add_fault("interaction_twice", times=1)

    here.use("daily", by=here.place.human)
    here.use("balance", by=here.place.human)

    assert Transfer.objects.of(here.guild_id).count() == 1


def test_a_large_payment_is_asked_about_and_is_only_the_payers_to_confirm(here):
    human, owner = here.place.human, here.place.owner
    give(GuildSettings.objects.get(guild_id=here.guild_id).guild, int(human), 5000)

    small = here.use("pay", by=human, person=owner, coins=5)["content"]
    asked = here.use("pay", by=human, person=owner, coins=2000, note="@everyone *soup*")
    mark = asked["components"][0]["components"][0]["custom_id"]
    here.sandbox.interactions.press(owner, here.place.channel, asked["id"], mark)
    paid = here.press(asked, "Pay", by=human)["content"]
    statement = here.use("statement", by=owner)["embeds"][0]["description"]

    assert small == f"<@{owner}> has **5** more. You have 4,995 left."
    assert asked["content"] == f"Pay 2,000 to <@{owner}>?"
    assert paid == f"<@{owner}> has **2,000** more. You have 2,995 left."
    assert (coins(here, human), coins(here, owner)) == (2995, 2005)
    assert TransferNote.objects.of(here.guild_id).get().words == "@everyone *soup*"
    assert "@everyone" not in statement
    assert r"\*soup\*" in statement
