"""What people ask of their activity on Discord, and a role that comes, stays on leave, and goes."""

import pytest
from django.utils import timezone

from activity.models import MemberDay
from activity.services.merit import keep_activity_roles
from community.models import MemberRole, Role
from tests.activity.factories import ActivityRoleFactory, MemberDayFactory, MemberTotalsFactory
from tests.living_bot import becomes

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = 3_600_000


def roles_on_discord(here):
    return here.sandbox.do(
        lambda heart: set(heart.world.guilds[here.place.guild].members[here.place.human]["roles"])
    )


def a_rule(here):
    """A rule about a role of the server that asks nothing of the bot's rank, and is nobody's."""
    plain = Role.objects.filter(guild_id=here.guild_id, managed=False, permissions=0)
    held = {int(each) for each in roles_on_discord(here)}
    role = plain.exclude(pk=here.guild_id).exclude(pk__in=held).order_by("position").first()
    return ActivityRoleFactory(guild_id=here.guild_id, guild=role.guild, role=role, min_hours=5)


def earned(here):
    """Have somebody earn a role, and wait until the house knows that they have it."""
    rule = a_rule(here)
    spent = {"guild": rule.guild, "user_id": here.human, "voice_ms": 6 * HOUR}
    MemberDayFactory(**spent, day=timezone.now().date())
    MemberTotalsFactory(**spent)
    keep_activity_roles(now=timezone.now())
    known = MemberRole.objects.standing().filter(
        guild_id=here.guild_id, role_id=rule.role_id, member__user_id=here.human
    )
    becomes(known.exists, wanted=True)
    assert str(rule.role_id) in roles_on_discord(here)
    return rule


def idle(here):
    """Let nothing of what somebody did count any more, and look at the roles."""
    MemberDay.objects.filter(guild_id=here.guild_id).update(voice_ms=0)
    keep_activity_roles(now=timezone.now())


def test_a_role_is_earned_shown_and_lost(here):
    rule = earned(here)

    own = here.use("activity", by=here.place.human)["embeds"][0]["fields"][-1]["value"]
    report = here.use("compliance", role=str(rule.role_id))["embeds"][0]
    idle(here)
    becomes(lambda: str(rule.role_id) in roles_on_discord(here), wanted=False)

    assert own == f"<@&{rule.role_id}>: 6.0 h of 5 h in voice, the last 7 days; you have it"
    told = {each["name"]: each["value"] for each in report["fields"]}
    assert told["Has it: 1"] == f"<@{here.human}> 6.0 h"


def test_who_is_on_leave_keeps_a_role_until_they_are_back(here):
    rule = earned(here)

    away = here.use("afk", by=here.place.human, until="2w", reason="*Exams*")["content"]
    idle(here)
    spared = here.use("activity", by=here.place.human)["embeds"][0]["fields"][-1]["value"]
    back = here.use("back", by=here.place.human)["content"]
    again = here.use("back", by=here.place.human)["content"]
    idle(here)
    becomes(lambda: str(rule.role_id) in roles_on_discord(here), wanted=False)

    assert r"\*Exams\*" in away
    assert spared.endswith("yours while you are on leave")
    assert (back.split(".")[0], again) == ("Welcome back", "You are not on leave.")
