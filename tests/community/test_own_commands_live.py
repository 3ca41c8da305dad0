"""A server's own commands on Discord, from the form in which one is made to its answers."""

import pytest

from community.models import CommandUse
from community.services.commands import Maker
from community.services.making import Draft, make_from_draft
from config.bot.intents import USUAL
from tests.living_bot import becomes

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("reads_messages")]


@pytest.fixture
def reads_messages(settings):
    settings.DISCORD_INTENTS = (*USUAL, "message_content")


def fill_in(here, command, given, **asked):
    """Use a command that shows a form, fill the form in, and return what is shown then."""
    begun = here.begin(command, **asked)
    here.sandbox.wait_for(lambda _: begun.form, what="a form")
    shown = [row["components"][0] for row in begun.form["components"]]
    before = {each["custom_id"]: each.get("value", "") for each in shown}
    sent = here.sandbox.interactions.submit(begun.id, {**before, **given})
    return before, here.shown(sent)


def write(here, text, *, by):
    here.sandbox.people.say(by, here.place.channel, text)


def hear(here, words):
    """Wait until the bot has said something in the channel."""
    where = here.place.channel

    def said(heart):
        written = heart.world.messages.get(where, {}).values()
        return any(words in each["content"] for each in written if each["author"].get("bot"))

    here.sandbox.wait_for(said, what=words)


def test_a_command_is_made_in_a_form_and_answers(here):
    human = here.place.human
    answers = {"names": "hello hi", "response": "Hi {{ user.mention }}: {{ args }}"}

    _, made = fill_in(here, "command add", answers)
    _, refused = fill_in(here, "command add", {"names": "hello", "response": "x"})
    slash = here.use("c", by=human, name="hi", args="from /c")
    write(here, "!hello there @everyone", by=here.place.owner)
    hear(here, "there @everyone")
    before, _ = fill_in(here, "command edit", {"response": "Bye"}, name="hello")
    offered = here.offered("c", "name", "hel")

    assert made["embeds"][0]["fields"][0]["value"] == "`!hello` (or `!hi`)"
    assert refused["content"] == "“hello” calls the command “hello” already."
    assert slash["content"] == f"Hi <@{human}>: from /c"
    assert (before["names"], before["response"]) == ("hello hi", answers["response"])
    assert offered == [("hello", "hello")]


def test_what_does_not_work_is_told_shown_and_counted(here):
    about = {"guild_id": here.guild_id, "user_id": 1, "permissions": 1 << 5}
    draft = Draft(names="stuck", response="{{ 1 | divided_by: args }}")
    make_from_draft(maker=Maker(**about), draft=draft)

    write(here, "!STUCK 0", by=here.place.human)
    hear(here, "does not work")
    trouble = here.use("command show", name="stuck")["embeds"][0]["fields"][-1]
    listed = here.use("command list")["embeds"][0]["description"]
    here.use("command remove", name="stuck")
    gone = here.use("c", by=here.place.human, name="stuck")["content"]

    assert trouble["name"] == "Trouble"
    assert "divided_by: can't divide by 0" in trouble["value"]
    assert listed == "`!stuck`: never"
    assert gone == "There is no such command here."
    uses = CommandUse.objects.filter(guild_id=here.guild_id, command__startswith="!")
    becomes(lambda: list(uses.values_list("command", "result")), wanted=[("!stuck", "failed")])
