"""Reminders on Discord, from the command to the message and its buttons."""

from datetime import timedelta

import pytest
from django.utils import timezone

from community.models import AT_ONCE, Errand, Reminder
from tests.living_bot import becomes

pytestmark = pytest.mark.django_db(transaction=True)


def seen(here, user_id=None):
    """Return what somebody was told alone, as whole messages."""

    def theirs(heart):
        channel = heart.world.dm_of.get(user_id or here.place.human, "")
        return [dict(each) for each in heart.world.messages.get(channel, {}).values()]

    return here.sandbox.do(theirs)


def let_it_be_due(here):
    """Let what is still to be said be due now."""
    Reminder.objects.filter(guild_id=here.guild_id).open().update(due_at=timezone.now())
    Errand.objects.filter(guild_id=here.guild_id, kind="reminder").open().update(due_at=AT_ONCE)


def press(here, message, label):
    channel = here.sandbox.do(lambda heart: heart.world.dm_of[here.place.human])
    mark = next(
        part["custom_id"] for part in message["components"][0]["components"]
        if part["label"] == label
    )  # fmt: skip
    here.sandbox.interactions.press(here.place.human, channel, message["id"], mark)


def test_somebody_is_reminded_puts_it_off_and_is_done_with_it(here):
    human = here.place.human
    mine = Reminder.objects.filter(guild_id=here.guild_id)
    state = mine.values_list("state", flat=True)

    here.use("preferences", by=human, zone="Europe/Berlin")
    asked = here.use("remind", by=human, when="tomorrow 18:00", what="**Soup** @everyone")
    kept_before = mine.exists()
    kept = here.press(asked, "Remind me", by=human)["content"]
    let_it_be_due(here)
    becomes(lambda: list(state.all()), ["said"])
    press(here, seen(here)[0], "1 hour")
    becomes(lambda: list(state.all()), ["open"])
    let_it_be_due(here)
    becomes(lambda: list(state.all()), ["said"])
    press(here, seen(here)[1], "Done")
    becomes(lambda: list(state.all()), ["deleted"])

    assert "18:00 (Europe/Berlin)" in asked["content"]
    assert (kept_before, kept[:20]) == (False, "I will remind you <t")
    assert f"<@{human}>, you wanted to be reminded: \\*\\*Soup" in seen(here)[0]["content"]
    assert "@everyone" not in seen(here)[0]["content"]
    assert len(here.sandbox.journal("POST", "/users/@me/channels")) == 1


def test_an_answer_that_was_lost_makes_no_second_message_and_a_list_deletes(here):
    human = here.place.human
    asked = here.use("remind", by=human, when="1h", what="Tea", repeat="daily", where="here")
    here.press(asked, "Remind me", by=human)

    here.sandbox.add_fault("lost", route="POST /channels/*/messages", times=1)
    let_it_be_due(here)
    errands = Errand.objects.filter(guild_id=here.guild_id, kind="reminder").order_by("pk")
    becomes(lambda: list(errands.values_list("state", flat=True)), ["done", "waiting"])
    written = [words for words in here.written() if "Tea" in words]
    listed = here.use("reminders", by=human)
    chosen = listed["components"][0]["components"][0]
    here.sandbox.interactions.press(
        human,
        here.place.channel,
        listed["id"],
        chosen["custom_id"],
        [chosen["options"][0]["value"]],
    )
    becomes(lambda: Reminder.objects.filter(guild_id=here.guild_id).open().exists(), wanted=False)

    assert len(written) == 1
    assert "every day" in written[0]
    assert not errands.open().exists()
    assert errands[0].attempts == 2
    assert timezone.now() - errands[0].ended_at < timedelta(hours=1)
