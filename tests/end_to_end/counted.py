"""A server with a past of everything that is counted, and the pages that show it."""

from django.urls import reverse

from activity.models import ActivityRole, AfkLeave, LevelReward, MemberTotals, XpRule
from community.models import Channel, Member
from community.scope import cross_guild
from config.past import tell_past
from economy.models import Transfer
from tests.activity.factories import (
    ActivityRoleFactory,
    ActivityRoleHoldingFactory,
    AfkLeaveFactory,
    LevelRewardFactory,
    XpRuleFactory,
)
from tests.factories import ChannelFactory, RoleFactory

WIDE = "w" * 90
LISTS = ("messageevent", "voicesession", "memberevent", "afkleave", "activityrole")
SHOWN = ("activity_overview", "activity_channels", "activity_people", "activity_newcomers")
SET = ("levels", "activity_counting", "economy_statistics", "economy_settings")
ASKED = ("activity_levelreward_add", "activity_activityrole_add")


def live(guild):
    """Let people live there for ninety days, by rules with names as wide as there may be."""
    for name in ("talk", WIDE):
        ChannelFactory(guild=guild, name=name, kind=Channel.Kind.TEXT)
    ChannelFactory(guild=guild, name="Lounge", kind=Channel.Kind.VOICE)
    tell_past(guild_ids=[guild.pk])
    with cross_guild("the test's world"):
        fond = MemberTotals.objects.filter(guild=guild).order_by("-messages")[0].user_id
    role = RoleFactory(guild=guild, name=WIDE, position=1)
    LevelRewardFactory(guild=guild, role=role)
    XpRuleFactory(guild=guild, subject="role", subject_id=role.pk, percent=200)
    rule = ActivityRoleFactory(guild=guild, role=RoleFactory(guild=guild, name="Regular"))
    ActivityRoleHoldingFactory(guild=guild, rule=rule, user_id=fond)
    AfkLeaveFactory(guild=guild, user_id=fond, reason=WIDE)
    return fond


def counted_pages(guild_id, user_id):
    """Return the address of every page of activity and coins about one server and one person."""
    with cross_guild("the test's world"):
        of = {"guild_id": guild_id}
        person = Member.objects.get(user_id=user_id, **of).pk
        rows = {
            "xprule_edit": XpRule,
            "levelreward_remove": LevelReward,
            "afkleave_end": AfkLeave,
            "activityrole_change": ActivityRole,
        }
        about = [(name, model.objects.filter(**of).first().pk) for name, model in rows.items()]
        paid = Transfer.objects.filter(**of).first().pk
    lists = [f"activity_{name}_changelist" for name in LISTS]
    coins = ("economy_wallet_changelist", "economy_transfer_changelist")
    page = reverse("admin:person", args=[person])
    return [
        *(reverse(f"admin:{name}") for name in (*SHOWN, *SET, *ASKED, *lists, *coins)),
        f"{reverse('admin:activity_overview')}?from=2025-01-01",
        *(reverse(f"admin:activity_{name}", args=[key]) for name, key in about),
        reverse("admin:economy_transfer_undo", args=[paid]),
        *(reverse(f"admin:community_member_{deed}", args=[person]) for deed in ("leave", "fine")),
        *(f"{page}?tab={tab}" for tab in ("activity", "coins")),
        reverse("admin:index"),
    ]
