"""What the person page shows of coins: what they have of the shop, and their statement."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from community.desk.of_people import members_by_id
from community.desk.registry import PersonTab, person_tab
from community.models import Grant, Member
from economy.services.belongings import belongings_of
from economy.services.showing import purse_of, statement_of

SEE = Grant.Capability.SEE
SHOWN_AT_ONCE = 100


def statement(_: HttpRequest, member: Member) -> dict[str, Any]:
    """Return somebody's latest lines, each with who stands on the other side."""
    about = {"guild_id": member.guild_id, "user_id": member.user_id}
    lines = statement_of(**about, most=SHOWN_AT_ONCE)
    people = members_by_id([line.other_id for line in lines if line.other_id > 0])
    told = [(line, people.get(line.other_id)) for line in lines]
    has = belongings_of(**about, now=timezone.now())
    return {"lines": told, "purse": purse_of(**about), "has": has}


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
