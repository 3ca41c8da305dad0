"""What a server's own commands answer, to whom, how often, and how they are made."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from community.errors import HouseError, NotAllowed
from community.models import AuditEntry, CommandName, CustomCommand, Errand
from community.pen.pen import PEN, Stopped
from community.scope import guild_scope
from community.services.answering import Wish, answer_wish, look_up_names, refuse_wish
from community.services.commands import (
    Maker,
    add_custom_command,
    change_custom_command,
    find_custom_command,
    remove_custom_command,
)
from community.services.making import Draft, make_from_draft
from tests.factories import (
    ChannelFactory,
    GrantFactory,
    GuildFactory,
    GuildSettingsFactory,
    RoleFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db

MANAGES_SERVER = 1 << 5
ROBIN = 41


@pytest.fixture
def guild():
    guild = GuildFactory(name="The Reading Room", member_count=12)
    GuildSettingsFactory(guild=guild)
    with guild_scope(guild.pk):
        yield guild


@pytest.fixture
def maker(guild):
    return Maker(guild_id=guild.pk, user_id=ROBIN, permissions=MANAGES_SERVER)


@pytest.fixture
def wish(guild):
    return Wish(
        id=900,
        guild_id=guild.pk,
        channel_id=77,
        user_id=ROBIN,
        name="hello",
        said="two words",
        username="robin",
        shown="Robin",
        is_message=True,
    )


def answers():
    return [each.payload["message"]["content"] for each in Errand.objects.order_by("pk")]


def test_a_command_answers_by_each_of_its_names_and_counts(maker, wish):
    text = "Hi {{ user.name }} of {{ server.members }}: {{ args }} ({{ counters.hello }})"
    add_custom_command(maker=maker, name="Hello", aliases=["HI"], response=text, user_pause=NONE)

    answer_wish(wish=wish)
    answer_wish(wish=replace(wish, id=901, name="hI"))

    assert answers() == ["Hi Robin of 12: two words (1)", "Hi Robin of 12: two words (2)"]
    command = CustomCommand.objects.get()
    assert (command.name, command.uses, command.creator_id) == ("hello", 2, ROBIN)
    assert look_up_names(guild_id=maker.guild_id).names == {"hello", "hi"}


NONE = timedelta(0)


def test_a_message_told_twice_is_answered_once(maker, wish):
    add_custom_command(maker=maker, name="hello", response="Hello")

    first, again = answer_wish(wish=wish), answer_wish(wish=wish)

    assert (first.message, again) == ({"content": "Hello"}, None)
    errand = Errand.objects.get()
    assert (errand.dedupe_key, errand.kind) == ("command:900", "command_answer")
    assert errand.valid_until - errand.made_at == timedelta(minutes=1)
    assert CustomCommand.objects.get().uses == 1


def test_a_card_has_buttons_and_calls_whom_it_may(maker, wish):
    add_custom_command(
        maker=maker,
        name="hello",
        embed_title="{{ channel.mention }}",
        embed_text="{{ args }}",
        buttons=[{"label": "Rules", "url": "https://example.org/rules"}],
        pings="caller",
    )

    answer_wish(wish=replace(wish, said="@everyone <@&5> [free](https://bad.example)"))

    told = Errand.objects.get().payload
    (card,), (row,) = told["message"]["embeds"], told["message"]["components"]
    assert card["title"] == "<#77>"
    assert card["description"] == "@everyone <@&5> [free]\u200b(https://bad.example)"
    assert row["components"][0]["url"] == "https://example.org/rules"
    assert told["mentions"] == {"parse": [], "users": ["41"], "replied_user": False}


def test_only_some_may_and_only_in_some_channels(maker, guild, wish):
    role, channel = RoleFactory(guild=guild), ChannelFactory(guild=guild)
    thread = ChannelFactory(guild=guild, kind="thread", parent=channel)
    add_custom_command(
        maker=maker, name="hello", response="Hello", role_ids=[role.pk], channel_ids=[channel.pk]
    )
    allowed = replace(wish, role_ids=(role.pk,), channel_id=thread.pk)

    with pytest.raises(HouseError, match="certain roles only"):
        answer_wish(wish=wish)
    with pytest.raises(HouseError, match=f"for other channels: <#{channel.pk}>"):
        answer_wish(wish=replace(wish, role_ids=(role.pk,)))
    assert answer_wish(wish=allowed).message == {"content": "Hello"}


def test_a_person_and_a_channel_take_a_pause(maker, wish):
    hour = timedelta(hours=1)
    add_custom_command(maker=maker, name="hello", response="H", user_pause=hour, channel_pause=hour)
    answer_wish(wish=wish)

    with pytest.raises(HouseError, match="This command takes a pause: try again in "):
        answer_wish(wish=replace(wish, id=901, channel_id=78))
    with pytest.raises(HouseError, match="takes a pause"):
        answer_wish(wish=replace(wish, id=902, user_id=42))
    assert answer_wish(wish=replace(wish, id=903, user_id=42, channel_id=79))


def test_a_template_that_fails_says_so_to_its_makers(maker, wish):
    add_custom_command(maker=maker, name="hello", response="{{ args | plus: 1 | divided_by: 0 }}")

    with pytest.raises(HouseError, match="does not work at the moment"):
        answer_wish(wish=wish)

    command = CustomCommand.objects.get()
    assert command.last_error.startswith("The template does not work: line 1: divided_by:")
    assert (command.uses, command.is_enabled, answers()) == (0, True, [])


def test_a_template_that_was_stopped_by_force_is_switched_off(maker, wish, monkeypatch):
    add_custom_command(maker=maker, name="hello", response="Hello")

    def stopped(*_):
        raise Stopped("It had to be stopped.")

    monkeypatch.setattr(PEN, "write", stopped)
    with pytest.raises(HouseError):
        answer_wish(wish=wish)

    assert not CustomCommand.objects.get().is_enabled
    assert look_up_names(guild_id=maker.guild_id).names == frozenset()


def test_a_refusal_is_told_once_a_minute(wish, time_machine):
    time_machine.move_to(timezone.now().replace(second=0), tick=False)

    refuse_wish(wish=wish, words="Not here.")
    refuse_wish(wish=wish, words="Not yet.")

    assert answers() == ["<@41> Not here."]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"name": "two words"}, "no spaces"),
        ({"name": "x" * 33}, "1 to 32 letters"),
        ({"response": ""}, "Say what it answers"),
        ({"response": "{% if %}"}, "line 1: missing expression"),
        ({"response": "{{ usr.name }}"}, "Nobody knows “usr”. There are: user, member,"),
        ({"embed_picture": "http://example.org/a.png"}, "begins with https://"),
        ({"buttons": [{"label": "x", "url": "javascript:alert(1)"}]}, "begins with https://"),
        ({"buttons": [{"label": "x", "url": "https://x"}] * 6}, "5 buttons at most"),
        ({"role_ids": [12345]}, "not of this server"),
        ({"user_pause": timedelta(days=2)}, "A pause lasts"),
        ({"aliases": ["taken"]}, "“taken” calls the command “taken” already"),
    ],
)
def test_what_cannot_be_is_refused_in_words(maker, told, words):
    add_custom_command(maker=maker, name="taken", response="x")

    with pytest.raises(HouseError) as refused:
        add_custom_command(maker=maker, **{"name": "hello", "response": "Hello", **told})

    assert words in str(refused.value)
    assert CommandName.objects.count() == 1


def test_who_may_not_configure_makes_none(guild):
    staff = StaffFactory(discord_id=44)
    by_grant = Maker(guild_id=guild.pk, user_id=44)

    with pytest.raises(NotAllowed, match="Manage Server"):
        add_custom_command(maker=by_grant, name="hello", response="Hello")
    with pytest.raises(NotAllowed, match="configure"):
        add_custom_command(
            maker=Maker(guild_id=guild.pk, staff=staff), name="hello", response="Hello"
        )
    GrantFactory(guild=guild, staff=staff, capabilities=["configure"])
    assert add_custom_command(maker=by_grant, name="hello", response="Hello").creator_id == 44


def test_a_form_of_discord_makes_and_changes_and_history_knows(maker):
    made = make_from_draft(
        maker=maker,
        draft=Draft(names="rules r", response="Be kind", buttons="More | https://example.org"),
    )
    command = find_custom_command(guild_id=maker.guild_id, name="r")
    changed = make_from_draft(
        maker=maker, draft=replace(made.draft, names="rules", response="Be kind.")
    )
    remove_custom_command(command=command, maker=maker)

    assert made.draft.buttons == "More | https://example.org"
    assert changed.draft.names == "rules"
    added, edited, removed = AuditEntry.objects.order_by("pk")
    assert (added.verb, added.actor) == ("community.command.added", f"{ROBIN} on Discord")
    assert edited.before == {"response": "Be kind", "aliases": ["r"]}
    assert edited.after == {"response": "Be kind.", "aliases": []}
    assert removed.before["name"] == "rules"
    with pytest.raises(HouseError, match="removed already"):
        change_custom_command(command=command, maker=maker, response="x")
