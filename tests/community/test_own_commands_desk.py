"""A server's own commands in the desk: made with a preview, listed, taken along as a file."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse

from community.models import CustomCommand, Grant
from community.scope import guild_scope
from tests.community.factories import CustomCommandFactory
from tests.factories import ChannelFactory, GrantFactory, GuildSettingsFactory, MemberFactory

pytestmark = pytest.mark.django_db
ASKED = {
    "name": "Rules",
    "aliases": "r, law",
    "response": "Hi {{ user.name }} in {{ channel.mention }}: {{ args }}",
    "embed_title": "Be kind",
    "embed_colour": "#ff0000",
    "buttons": "More | https://example.org",
    "user_pause": "5s",
    "pings": "nobody",
    "is_enabled": "on",
}


@pytest.fixture
def owner(client):
    """Somebody who may do everything in a server, signed in."""
    grant = GrantFactory(capabilities=Grant.Capability.values)
    GuildSettingsFactory(guild=grant.guild)
    client.force_login(grant.staff)
    with guild_scope(grant.guild_id):
        yield grant


def page_of(name, of=()):
    return reverse(f"admin:community_customcommand_{name}", args=of)


def done(client, deed, of=(), **told):
    return client.post(page_of(deed, of), told, follow=True).content.decode()


def test_a_command_is_made_changed_and_removed(client, owner):
    made = done(client, "add", **ASKED)
    command = CustomCommand.objects.get()
    form = client.get(page_of("edit", [command.pk])).content.decode()
    told = {**ASKED, "aliases": "", "response": "Hi", "user_pause": ""}
    changed = done(client, "edit", [command.pk], **told)
    removed = done(client, "remove", [command.pk])

    assert "“rules” answers from now on." in made
    assert (command.embed_colour, command.user_pause) == (0xFF0000, timedelta(seconds=5))
    assert 'value="law r"' in form
    assert "More | https://example.org" in form
    assert "is changed" in changed
    assert "“rules” is removed." in removed
    assert not CustomCommand.objects.exists()


def test_a_command_that_is_switched_off_twice_is_off_until_it_is_switched_on(client, owner):
    command = CustomCommandFactory(guild=owner.guild, name="rules")

    for _ in range(2):
        done(client, "off", [command.pk])
    listed = client.get(page_of("changelist")).content.decode()
    on = done(client, "on", [command.pk])

    assert "<bdi>!rules</bdi>" in listed
    assert "Off</span>" in listed
    assert "Switch on</a>" in listed
    assert "Switch off</a>" not in listed
    assert "“rules” is on." in on


def test_a_form_shows_what_it_would_answer_and_keeps_nothing(client, owner):
    channel = ChannelFactory(guild=owner.guild)
    MemberFactory(guild=owner.guild, nickname="Robin")
    url = reverse("admin:command_preview")
    shown_with = {"as_person": "rob", "as_channel": channel.pk, "as_args": "<b>now</b>"}

    shown = client.post(url, {**ASKED, **shown_with}).content.decode()
    wrong = client.post(url, {**ASKED, "response": "{{ usr }}"}).content.decode()

    assert f"Hi Robin in #{channel.name}: &lt;b&gt;now&lt;/b&gt;" in shown
    assert "Be kind" in shown
    assert "Nobody knows “usr”." in wrong
    assert not CustomCommand.objects.exists()


def test_commands_are_taken_to_a_file_and_back(client, owner):
    done(client, "add", **ASKED)
    elsewhere = CustomCommandFactory(guild=owner.guild, name="elsewhere", channel_ids=[5])

    file = client.post(page_of("export")).content.decode()
    refused = done(client, "import", text=file)
    elsewhere.delete()
    changed = file.replace("Be kind", "Be good")
    taken = done(client, "import", text=changed, replaces="on")
    broken = [done(client, "import", text=each) for each in BROKEN]

    assert "There are commands called elsewhere, rules already." in refused
    assert "2 commands taken in." in taken
    assert [each["aliases"] for each in json.loads(file)["commands"]] == [[], ["law", "r"]]
    rules, foreign = CustomCommand.objects.order_by("-name")
    assert (rules.embed_title, rules.is_enabled) == ("Be good", True)
    assert (foreign.channel_ids, foreign.is_enabled) == ([], False)
    assert all("This is no file of custom commands." in each for each in broken)


HEAD = '{"guildhall": "custom commands", "version": 1, "commands": '
BROKEN = [
    "{",
    "[]",
    '{"guildhall": "x"}',
    HEAD + "[1]}",
    HEAD + '[{"name": "x", "user_pause": []}]}',
]


def test_who_only_sees_changes_nothing(client):
    grant = GrantFactory(capabilities=["see"])
    GuildSettingsFactory(guild=grant.guild)
    client.force_login(grant.staff)

    codes = [client.post(page_of(name), ASKED).status_code for name in ("add", "import", "export")]
    codes.append(client.post(reverse("admin:command_preview"), ASKED).status_code)

    assert client.get(page_of("changelist")).status_code == 200
    assert codes == [403, 403, 403, 403]
