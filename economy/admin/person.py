"""What the person page shows of coins: the statement, with what was left each time."""

from typing import Any

from django.http import HttpRequest

from community.desk.registry import PersonFact, PersonTab, person_fact, person_tab
from community.models import Grant, Member
from economy.admin.wallets import members_by_id
from economy.services.showing import purse_of, statement_of

SEE = Grant.Capability.SEE
SHOWN_AT_ONCE = 100


def statement(_: HttpRequest, member: Member) -> dict[str, Any]:
    """Return somebody's latest lines, each with who stands on the other side."""
    about = {"guild_id": member.guild_id, "user_id": member.user_id}
    lines = statement_of(**about, most=SHOWN_AT_ONCE)
    people = members_by_id([line.other_id for line in lines if line.other_id > 0])
    return {"lines": [(line, people.get(line.other_id)) for line in lines]}


def coins(member: Member) -> str:
    """Say how many coins somebody has."""
    purse = purse_of(guild_id=member.guild_id, user_id=member.user_id)
    return f"{purse.coins:,} {purse.currency}" if purse.coins else ""


person_fact(PersonFact(label="Coins", needs=SEE, words=coins, order=60))
person_tab(
    PersonTab(
        name="coins",
        label="Coins",
        needs=SEE,
        template="economy/tab_statement.html",
        context=statement,
        order=60,
    )
)
