"""The commands of moderation, used by people of a pretend Discord and answered by the real bot."""

import pytest

from community.models import Channel, Guild, StandingOrder
from moderation.models import Case, MemberWarning, Punishment
from tests.factories import LadderStepFactory, ReasonPresetFactory
from tests.living_bot import becomes

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_warning_is_written_counted_and_followed_by_the_ladder(here):
    LadderStepFactory(guild_id=here.guild_id, points=3, kind="mute")
    ReasonPresetFactory(guild_id=here.guild_id, name="Spoilers", text="No spoilers", points=2)

    first = here.use("warn", person=here.place.human, reason="Spam")["content"]
    offers = here.offered("warn", "reason", "spoil")
    doubt = here.use("warn", person=here.place.human, reason="Spoilers")
    second = here.say_yes(doubt)
    listed = here.use("warnings", person=here.place.human)["embeds"][0]

    assert first.startswith(f"**#1 Warning** <@{here.human}>.\nReason: Spam\nIt counts 1 point.")
    assert offers == [("Spoilers: No spoilers", "Spoilers")]
    assert doubt["content"].startswith("Case #1 did the same")
    assert "2 more points (at 3): mute for 1 day" in str(doubt["embeds"])
    assert "Reason: No spoilers" in second
    assert "With 3 points the ladder followed: mute, case #3." in second
    assert here.cases() == ["warn", "warn", "mute"]
    assert "`#1` Warning" in listed["description"]
    becomes(lambda: Case.objects.get(guild_id=here.guild_id, number=3).message, "sent")


def test_a_mute_until_friday_is_echoed_and_lifted_again(here):
    Guild.objects.filter(pk=here.guild_id).update(tz="Europe/Berlin")

    muted = here.use("mute", person=here.place.human, duration="until friday 18:00")["content"]
    punishment = Punishment.objects.get(guild_id=here.guild_id)
    longer = here.say_yes(here.use("mute", person=here.place.human, duration="2w"))
    freed = here.use("unmute", person=here.place.human)["content"]

    assert f"until <t:{int(punishment.ends_at.timestamp())}:f>" in muted
    assert punishment.ends_at.minute == 0
    assert longer.startswith("**#1 Mute**")
    assert freed.startswith("**#2 Unmute**")
    becomes(
        lambda: StandingOrder.objects.get(guild_id=here.guild_id, kind="timeout").wanted,
        wanted=False,
    )


def test_a_ban_shows_the_record_first_and_is_done_when_confirmed(here):
    here.use("note", person=here.place.human, text="Came with three others")

    asked = here.use("ban", person=here.place.human, reason="Raid")
    before = here.cases()
    done = here.say_yes(asked)

    assert before == ["note"]
    assert "1 note" in str(asked["embeds"])
    assert done.startswith(f"**#2 Ban** <@{here.human}> for ever.")
    becomes(here.is_banned, wanted=True)
    offers = here.offered("unban", "person", "")
    assert [value for _, value in offers] == [str(here.human)]
    assert here.use("unban", person=str(here.human))["content"].startswith("**#3 Unban**")
    becomes(here.is_banned, wanted=False)


def test_what_is_left_is_not_done_and_a_question_is_answered_once(here):
    asked = here.use("kick", person=here.place.human)

    left = here.press(asked, "Leave it")["content"]

    assert left == "Nothing was done."
    assert here.cases() == []


def test_refusals_are_told_to_who_asked_and_nothing_is_written(here):
    nobody = here.use("ban", person=here.place.owner, reason="Ha")["content"]
    unclear = here.use("mute", person=here.place.human, duration="a while")["content"]
    strange = here.use("unban", person="somebody")["content"]
    missing = here.use("case", number=99)["content"]

    assert nobody == "Nobody does this to themselves."
    assert unclear.startswith("“a while” is no time span.")
    assert strange.startswith("“somebody” is nobody's id.")
    assert missing == "There is no case #99 here."
    assert here.cases() == []


def test_a_case_is_looked_up_changed_and_overruled(here):
    here.use("warn", person=here.place.human, reason="Spam", points=2)

    here.use("reason", number=1, text="Spam in #help")
    shown = here.use("case", number=1)["embeds"][0]
    offers = here.offered("case", "number", "1")
    done = here.say_yes(here.use("overrule", number=1, why="Mistaken"))
    history = here.use("history", person=here.place.human)["embeds"][0]["description"]

    assert "Reason changed" in shown["description"]
    assert [value for _, value in offers] == [1]
    assert done.endswith("is overruled.")
    assert MemberWarning.objects.get(guild_id=here.guild_id).ending == "overruled"
    assert "(overruled)" in history


def test_channels_are_locked_slowed_purged_and_given_back(here):
    channel = Channel.objects.get(guild_id=here.guild_id, pk=int(here.place.channel))

    locked = here.use("lock")["content"]
    freed = here.use("unlock", everywhere=True)["content"]
    slow = here.use("slowmode", pause="10s")["content"]
    purged = here.use("purge", count=5)["content"]
    nowhere = here.use("unlock")["content"]

    assert locked == f"**#1 Lock** <#{channel.pk}>."
    assert freed == f"**#2 Unlock** <#{channel.pk}>."
    assert slow.startswith("**#3 Slowmode**")
    assert purged.startswith("**#4 Purge**")
    assert nowhere == "That is not locked."


def test_many_are_banned_after_a_look(here):
    strangers = [str(9 * 10**17 + each) for each in range(3)]

    asked = here.use("massban", people=" ".join([*strangers, here.place.owner]), reason="Raid")
    done = here.say_yes(asked)

    assert done.startswith("3 banned.\nNot <@")
    assert here.cases() == ["ban"] * 3


def test_a_click_on_a_name_warns_and_shows_the_record(here):
    who, channel = here.place.owner, here.place.channel
    menu = here.sandbox.interactions.use_on_user(who, channel, "Warn", here.place.human)
    here.sandbox.wait_for(lambda _: menu.form, what="a form")

    sent = here.sandbox.interactions.submit(menu.id, fill(menu.form, "Spam", "2"))
    told = here.shown(sent)["content"]
    seen = here.shown(
        here.sandbox.interactions.use_on_user(who, channel, "History", here.place.human)
    )

    assert "It counts 2 points." in told
    assert "`#1` Warning" in seen["embeds"][0]["description"]


def fill(form, *values):
    marks = [each["component"]["custom_id"] for each in form["components"]]
    return dict(zip(marks, values, strict=True))


def test_the_button_to_older_cases_outlives_the_bot(here):
    for number in range(12):
        here.use("note", person=here.place.human, text=f"Note {number}")

    newest = here.use("history", person=here.place.human)
    older = here.press(newest, "Older")

    assert "`#12`" in newest["embeds"][0]["description"]
    assert "`#2`" in older["embeds"][0]["description"]
    assert older["components"] == []
