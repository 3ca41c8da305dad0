"""What moderators do on Discord, from the command to the log, the person and Discord itself."""

import re

import pytest

from moderation.cog import deciding
from moderation.models import Case, Punishment
from tests.factories import LadderStepFactory
from tests.living_bot import becomes
from tests.moderation.here import mark_of

pytestmark = pytest.mark.django_db(transaction=True)


def one_line(here, log):
    """Wait until exactly one line stands in the log, and return its id and words."""
    becomes(lambda: len(here.lines(log)), wanted=1)
    return next(iter(here.lines(log).items()))


def test_a_warning_has_one_line_in_the_log_that_changes_with_its_case(here):
    log = here.log_to()

    here.use("warn", person=here.place.human, reason="Spam", points=2)
    message, first = one_line(here, log)
    here.use("reason", number=1, text="Spam in #help")
    becomes(lambda: "Spam in \\#help" in here.lines(log)[message], wanted=True)
    here.use("pardon", number=1, why="Said sorry")
    becomes(lambda: "Pardoned" in here.lines(log)[message], wanted=True)

    assert f"<@{here.human}>" in first
    assert f"<@{here.place.owner}>" in first
    assert len(here.lines(log)) == 1


def test_a_ban_waits_for_its_message_and_is_lifted_when_it_ends(here):
    log = here.log_to()

    asked = here.use("ban", person=here.place.human, duration="2s", reason="Raid")
    here.say_yes(asked)
    becomes(here.is_banned, wanted=True)
    told = here.told()
    becomes(here.is_banned, wanted=False)

    end = int(Punishment.objects.get(guild_id=here.guild_id).ends_at.timestamp())
    assert len(told) == 1
    for each in ("You were banned", "Raid", "Case #1", f"Until: <t:{end}:f>"):
        assert each in told[0]
    becomes(lambda: "**Now:** Served" in one_line(here, log)[1], wanted=True)


def test_closed_messages_stop_nothing_and_the_case_says_so(here):
    here.sandbox.people.close_dms(here.place.human)

    here.say_yes(here.use("kick", person=here.place.human, reason="Spam"))
    becomes(here.is_in, wanted=False)
    becomes(lambda: Case.objects.get(guild_id=here.guild_id).message, wanted="closed")

    assert here.told() == []


def test_a_command_told_twice_counts_once(here):
    here.sandbox.add_fault("interaction_twice", times=1)

    here.use("warn", person=here.place.human, reason="Spam")

    assert here.cases() == ["warn"]


def test_a_button_pressed_twice_still_tells_what_was_done(here):
    asked = here.use("ban", person=here.place.human, reason="Raid")
    owner, channel = here.place.owner, here.place.channel
    mark = mark_of(asked, "Do it")

    def press_twice(heart):
        return [heart.interactions.press(owner, channel, asked["id"], mark) for _ in range(2)]

    first, second = here.sandbox.do(press_twice)
    here.sandbox.wait_for(lambda _: first.answer and second.answer)
    becomes(lambda: here.seen(asked)["content"].startswith("**#1 Ban**"), wanted=True)

    assert here.cases() == ["ban"]


def test_a_question_does_not_outlive_its_bot_and_says_so(here, monkeypatch):
    asked = here.use("ban", person=here.place.human, reason="Raid")
    monkeypatch.setattr(deciding, "_open", {})

    told = here.say_yes(asked)

    assert told.startswith("This question ran out")
    assert here.cases() == []


def test_who_may_not_ban_is_refused_even_after_the_question(here):
    moderator = here.moderator()
    asked = here.use("ban", by=moderator, person=here.place.human, reason="Raid")
    roles = here.sandbox.do(
        lambda heart: list(heart.world.guilds[here.place.guild].members[moderator]["roles"])
    )
    for role in roles:
        here.sandbox.people.take_role(here.place.guild, moderator, role)

    told = here.say_yes(asked, by=moderator)

    assert told == "This needs the permission “Ban Members” here."
    assert here.cases() == []


NASTY = "@everyone **<@1>** `x` ||y|| [z](http://q) <#2> > # \u202e"


def test_nothing_that_people_write_formats_or_pings(here):
    log = here.log_to()
    worst = (NASTY + "@" * 400)[:400]

    answer = here.use("warn", person=here.place.human, reason=worst)["content"]
    again = here.use("warn", person=here.place.human, reason="x")["content"]
    case = here.use("case", number=1)["embeds"][0]
    record = here.use("history", person=here.place.human)["embeds"][0]
    _, line = one_line(here, log)
    becomes(lambda: len(here.told()), wanted=1)

    for words in (answer, again, str(case), str(record), line, here.told()[0]):
        assert "@everyone" not in words
        assert "**<@1>**" not in words
        assert "\u202e" not in words
        assert re.search(r"(?<!\\)\[z", words) is None


def test_many_are_shown_before_they_are_banned(here):
    strangers = [str(9 * 10**17 + each) for each in range(3)]

    asked = here.use("massban", people=" ".join([*strangers, here.place.owner]), reason="Raid")

    assert asked["content"].startswith("Shall I?\n3 banned.\nNot <@")
    assert here.place.owner in asked["content"]
    assert here.cases() == []


def test_an_overruled_warning_takes_its_mute_with_it(here):
    LadderStepFactory(guild_id=here.guild_id, points=1, kind="mute")
    here.use("warn", person=here.place.human, reason="Spam")
    becomes(lambda: is_silent(here), wanted=True)

    here.say_yes(here.use("overrule", number=1, why="Mistaken"))

    becomes(lambda: is_silent(here), wanted=False)


def is_silent(here):
    def silent(heart):
        member = heart.world.guilds[here.place.guild].members[here.place.human]
        return bool(member.get("communication_disabled_until"))

    return here.sandbox.do(silent)
