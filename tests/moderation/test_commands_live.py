"""What moderators do on Discord, from the command to the log, the person and Discord itself."""

import re
from datetime import timedelta

import pytest
from django.db import OperationalError

from community.models import Channel, GuildSettings, Member
from moderation.cog import deciding
from moderation.models import Case, Punishment
from tests.factories import (
    LadderStepFactory,
    MemberRoleFactory,
    ProtectedRoleFactory,
    ReasonPresetFactory,
    RoleFactory,
)
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
    told = here.use("pardon", number=1, why="Said sorry")["content"]
    becomes(lambda: "Pardoned" in here.lines(log)[message], wanted=True)
    record = here.use("history", person=here.place.human)["embeds"][0]["description"]

    assert f"<@{here.human}>" in first
    assert f"<@{here.place.owner}>" in first
    assert told.endswith("is pardoned.")
    assert record.endswith("Spam in \\#help (pardoned)")
    assert len(here.lines(log)) == 1


def test_a_ban_waits_for_its_message_and_is_lifted_when_it_ends(here):
    log = here.log_to()
    here.sandbox.people.say(here.place.human, here.place.channel, "Raid!")
    settings = GuildSettings.objects.filter(guild_id=here.guild_id)
    settings.update(appeal_text="https://appeals.example/room")

    asked = here.use("ban", person=here.place.human, duration="2s", reason="Raid", erase=1)
    here.say_yes(asked)
    becomes(here.is_banned, wanted=True)
    told = here.told()
    becomes(here.is_banned, wanted=False)

    assert "Raid!" not in here.written()
    end = int(Punishment.objects.get(guild_id=here.guild_id).ends_at.timestamp())
    assert len(told) == 1
    for each in (
        "You were banned",
        "Raid",
        "Case #1",
        f"Until: <t:{end}:f>",
        "appeals.example/room",
    ):
        assert each in told[0]
    becomes(lambda: "**Now:** Served" in one_line(here, log)[1], wanted=True)


def test_closed_messages_stop_nothing_and_the_case_says_so(here):
    here.sandbox.people.close_dms(here.place.human)

    here.say_yes(here.use("kick", person=here.place.human, reason="Spam"))
    becomes(here.is_in, wanted=False)
    becomes(lambda: Case.objects.get(guild_id=here.guild_id).message, wanted="closed")

    assert here.told() == []


def test_a_command_told_twice_counts_once_and_alarms_nobody(here, caplog):
    here.sandbox.add_fault("interaction_twice", times=1)

    here.use("warn", person=here.place.human, reason="Spam")
    here.use("warnings", person=here.place.human)

    assert here.cases() == ["warn"]
    assert "broke" not in caplog.text


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
    edits = [str(entry.body) for entry in here.sandbox.journal("PATCH")]
    assert not [each for each in edits if "ran out" in each]


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


def test_a_mute_is_made_longer_shorter_and_endless(here):
    here.use("mute", person=here.place.human, duration="1h", reason="Shouting")
    began = Punishment.objects.get(guild_id=here.guild_id).starts_at
    again = here.say_yes(here.use("mute", person=here.place.human, duration="3h", reason="Again"))
    shown = str(here.use("case", number=1)["embeds"])

    span = here.use("duration", number=1, length="2d")["content"]
    endless = here.use("duration", number=1, length="for ever")["content"]
    moment = here.use("duration", number=1, length="tomorrow")["content"]
    strange = here.use("duration", number=1, length="later")["content"]
    gone = here.use("duration", number=1, length="2000-01-01")["content"]

    assert again.startswith("**#1 Mute**")
    assert "Again" in shown
    assert f"<t:{int(began.timestamp()) + 2 * 86_400}:f>" in span
    assert "for ever" in endless
    assert "until <t:" in moment
    assert strange.startswith("“later” is no time span.")
    assert gone == "That is over already."


def test_whoever_stands_as_high_is_out_of_reach(here):
    moderator = here.moderator()

    peer = here.use("warn", by=moderator, person=moderator, reason="x")["content"]
    owner = here.use("warn", by=moderator, person=here.place.owner, reason="x")["content"]
    bot = here.sandbox.do(lambda heart: heart.world.bot_id)
    me = here.use("kick", by=moderator, person=bot)["content"]
    with pytest.raises(Exception, match="no command warn that you may use"):
        here.use("warn", by=here.place.human, person=moderator, reason="x")

    assert peer == "Nobody does this to themselves."
    assert owner == "The owner of the server is out of everybody's reach."
    assert me == "Not to me."
    assert here.cases() == []


def test_somebody_who_is_not_here_is_banned_by_id_and_let_back(here):
    stranger = str(9 * 10**17)
    here.sandbox.do(lambda heart: heart.world.add_user(stranger, "stranger"))

    here.say_yes(here.use("ban", person=stranger, reason="Raid elsewhere"))
    becomes(lambda: here.is_banned(stranger), wanted=True)
    doubt = here.use("ban", person=stranger, duration="1w")["content"]
    gone = here.use("kick", person=stranger)["content"]
    freed = here.use("unban", person=f"<@{stranger}>")["content"]
    becomes(lambda: here.is_banned(stranger), wanted=False)

    assert doubt.startswith("They are banned for ever")
    assert gone == "They are banned: lift the ban first."
    assert freed.startswith("**#2 Unban**")
    assert here.told(stranger) == []


def test_who_is_put_out_hears_of_it_first_and_may_come_back(here):
    here.sandbox.people.say(here.place.human, here.place.channel, "Buy this")

    here.say_yes(here.use("softban", person=here.place.human, reason="Spam"))
    becomes(here.is_in, wanted=False)
    becomes(here.is_banned, wanted=False)

    assert here.told()[0].startswith("You were put out of the server")
    assert "Buy this" not in here.written()


def test_a_purge_takes_what_its_filters_name(here):
    place, people = here.place, here.sandbox.people
    for words in ("Buy this", "Hello", "BUY THAT"):
        people.say(place.human, place.channel, words)
    people.say(place.owner, place.channel, "Do not buy this")

    log = here.log_to()

    here.use("purge", count=10, person=place.human, contains="buy")

    becomes(lambda: {"Buy this", "BUY THAT"} & set(here.written()), wanted=set())
    becomes(lambda: "**Now:** 2 messages deleted" in one_line(here, log)[1], wanted=True)
    line = one_line(here, log)[1]
    assert f"({here.human})" in line
    assert "At most 10 of the latest messages, of this person, with “buy”." in line
    assert "(2 messages deleted)" in str(here.use("case", number=1)["embeds"])
    assert {"Hello", "Do not buy this"} <= set(here.written())


def test_a_purge_takes_links_after_a_message_only(here):
    place, people = here.place, here.sandbox.people
    said = [
        people.say(place.human, place.channel, words)
        for words in ("https://one.example", "Hello", "HTTPS://two.example", "Bye")
    ]
    link = f"https://discord.com/channels/{place.guild}/{place.channel}/{said[1]['id']}"

    unclear = here.use("purge", count=10, after="that one")["content"]
    here.use("purge", count=10, only="links", after=link)

    becomes(lambda: "HTTPS://two.example" in here.written(), wanted=False)
    assert {"https://one.example", "Hello", "Bye"} <= set(here.written())
    assert unclear.startswith("“that one” is no message.")


def test_all_channels_are_locked_and_given_back_as_they_were(here):
    before = here.rights()

    asked = here.use("lockdown", reason="Raid")
    here.say_yes(asked)
    becomes(lambda: here.rights() != before, wanted=True)
    freed = here.use("unlock", everywhere=True)["content"]

    count = len(Channel.objects.filter(guild_id=here.guild_id, kind="text"))
    assert f"{count} channels." in asked["content"]
    assert f"{count} channels." in freed
    becomes(here.rights, wanted=before)


def test_reasons_cases_and_banned_people_are_offered(here):
    ReasonPresetFactory(guild_id=here.guild_id, name="Raid", text="Raided us", kind="ban")
    here.say_yes(here.use("ban", person=here.place.human, reason="Raid"))
    name = here.sandbox.do(lambda heart: heart.world.users[here.place.human]["username"])

    assert here.offered("ban", "reason", "") == [("Raid: Raided us", "Raid")]
    assert here.offered("warn", "reason", "") == []
    assert [value for _, value in here.offered("unban", "person", name[:3])] == [here.place.human]
    assert here.offered("unban", "person", "zzzz") == []
    assert [value for _, value in here.offered("case", "number", "1")] == [1]
    assert here.offered("case", "number", "9") == []


def test_a_form_that_makes_no_sense_is_refused_in_words(here):
    who, channel = here.place.owner, here.place.channel
    menu = here.sandbox.interactions.use_on_user(who, channel, "Warn", here.place.human)
    here.sandbox.wait_for(lambda _: menu.form, what="a form")
    marks = [each["component"]["custom_id"] for each in menu.form["components"]]

    sent = here.sandbox.interactions.submit(menu.id, dict(zip(marks, ("Spam", "no"), strict=True)))

    assert here.shown(sent)["content"] == "Points lie between 1 and 100."
    assert here.cases() == []


def test_a_pause_is_typed_as_people_do(here):
    for typed, wanted in (("10", 10), ("5m", 300), ("off", 0)):
        told = here.use("slowmode", pause=typed)["content"]
        becomes(here.pause, wanted)
        assert ("No pause" if not wanted else str(typed.rstrip("m"))) in told

    assert "no time span" in here.use("slowmode", pause="a bit")["content"]
    assert "six hours" in here.use("slowmode", pause="7h")["content"]


def test_a_press_that_is_told_twice_counts_once(here):
    asked = here.use("massban", people=str(9 * 10**17), reason="Raid")
    here.sandbox.add_fault("interaction_twice", times=1)

    told = here.say_yes(asked)
    here.use("warnings", person=here.place.human)

    assert told == "1 banned."
    assert here.seen(asked)["content"] == "1 banned."
    assert here.cases() == ["ban"]


def test_a_question_waits_for_a_quarter_of_an_hour(here, monkeypatch):
    asked = here.use("kick", person=here.place.human)
    monkeypatch.setattr(deciding, "LONGEST_WAIT", timedelta(0))

    assert here.say_yes(asked).startswith("This question ran out")
    assert here.cases() == []


def test_what_breaks_on_the_way_may_be_tried_again(here, monkeypatch):
    asked = here.use("kick", person=here.place.human)
    with monkeypatch.context() as broken:
        broken.setattr(deciding, "carry_out", out_of_order)
        pressed = here.sandbox.interactions.press(
            here.place.owner, here.place.channel, asked["id"], mark_of(asked, "Do it")
        )
        told = here.shown(pressed)["content"]

    assert told.startswith("The database does not answer")
    assert here.say_yes(asked).startswith("**#1 Kick**")


def out_of_order(**_):
    raise OperationalError("gone")


def test_a_channel_that_nobody_has_told_of_is_not_locked(here):
    unseen = here.sandbox.do(
        lambda heart: heart.world.add_channel(
            heart.world.guilds[here.place.guild],
            heart.world.next_id(heart.now),
            0,
            "unseen",
        )
    )

    told = here.shown(here.sandbox.interactions.use(here.place.owner, unseen["id"], "lock"))

    assert told["content"].startswith("Only channels of this server that I know can be locked")
    assert here.cases() == []


def test_names_of_roles_are_told_as_they_look(here):
    role = RoleFactory(guild_id=here.guild_id, name=f"**Loud** <@{here.human}>")
    member = Member.objects.get(guild_id=here.guild_id, user_id=here.human)
    MemberRoleFactory(guild_id=here.guild_id, member=member, role=role)
    ProtectedRoleFactory(guild_id=here.guild_id, role=role)

    told = here.use("warn", person=here.place.human, reason="x")["content"]

    assert told.startswith(f"They hold @\\*\\*Loud\\*\\* <@\u200b{here.human}>, which is")
