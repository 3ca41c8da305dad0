"""What people see of levels on Discord: a rank as a picture, leaderboards, and nothing of some."""

import pytest

from activity.services.curve import TOTALS
from community.models import Guild, Member, Role
from tests.activity.factories import LevelRewardFactory, ProgressFactory
from tests.living_bot import becomes

pytestmark = pytest.mark.django_db(transaction=True)


def people_with_xp(here):
    """Give eleven members XP, whoever plays the human the least; return the others' names."""
    others = Member.objects.present().filter(guild_id=here.guild_id, user__is_bot=False)
    becomes(lambda: others.count() > 11, wanted=True)
    chosen = others.exclude(user_id=here.human).select_related("user").order_by("pk")[:10]
    for number, member in enumerate(chosen):
        told = {"guild": member.guild, "user_id": member.user_id}
        ProgressFactory(**told, xp=TOTALS[20 - number], level=20 - number)
    ProgressFactory(guild=chosen[0].guild, user_id=here.human, xp=TOTALS[3] + 20, level=3)
    return [each.nickname or str(each.user) for each in chosen]


def test_a_message_brings_a_level_and_the_level_its_role(here):
    guild = Guild.objects.get(pk=here.guild_id)
    ProgressFactory(guild=guild, user_id=here.human, xp=TOTALS[4] - 1, level=3)
    held = [guild.pk, *map(int, here.roles())]
    plain = Role.objects.filter(guild=guild, managed=False, permissions=0).exclude(pk__in=held)
    role = LevelRewardFactory(guild=guild, level=4, role=plain.order_by("position").first()).role

    here.sandbox.people.say(here.place.human, here.place.channel, "Good evening")
    becomes(lambda: str(role.pk) in here.roles(), wanted=True)
    becomes(lambda: f"<@{here.human}> has reached level 4." in here.written(), wanted=True)

    assert here.written().count(f"<@{here.human}> has reached level 4.") == 1


def test_ranks_and_leaderboards_show_who_wants_to_be_shown(here):
    names, me = people_with_xp(here), here.place.human

    rank = here.use("rank", by=me)
    board = here.use("leaderboard", by=me)
    second = here.press(board, "Next", by=me)["embeds"][0]["description"]
    here.use("shown", by=me, to_others=False)
    refused = here.use("rank", by=here.place.owner, person=me)["content"]
    alone = here.use("rank", by=me, alone=True)["content"]

    assert "is level 3, #11 here; 275 XP to level 4." in rank["content"]
    assert rank["attachments"][0]["filename"] == "rank.png"
    assert [each in board["embeds"][0]["description"] for each in names] == [True] * 10
    assert board["embeds"][0]["footer"]["text"].startswith("You are #11 with 495 XP")
    assert second.startswith("` 11` ")
    assert refused == "They are not shown to others."
    assert "is level 3; 275 XP" in alone
