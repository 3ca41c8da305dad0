"""How people are met, and which roles they choose, at the desk: read by all, changed by some."""

import pytest
from django.urls import reverse

from community.models import AutoRole, Errand, Grant, GuildSettings, RoleChoice, RolePanel
from community.scope import guild_scope
from tests.community.factories import RoleChoiceFactory, RoleReturnFactory
from tests.factories import (
    ChannelFactory,
    GrantFactory,
    GuildSettingsFactory,
    MemberFactory,
    MemberRoleFactory,
    RoleFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
BOT = 9


@pytest.fixture
def hall(client, monkeypatch):
    """The server of its owner, who is signed in and may do everything."""
    monkeypatch.setattr("community.services.giving.bot_user_id", lambda: BOT)
    grant = GrantFactory(capabilities=Grant.Capability.values, staff__discord_id=77)
    guild = grant.guild
    guild.owner_id = 77
    GuildSettingsFactory(guild=guild)
    bot = MemberFactory(guild=guild, user=UserFactory(pk=BOT, is_bot=True))
    MemberRoleFactory(guild=guild, member=bot, role=RoleFactory(guild=guild, position=50))
    client.force_login(grant.staff)
    with guild_scope(guild.pk):
        guild.save()
        yield guild


def do(client, name, of=(), **told):
    response = client.post(reverse(f"admin:community_{name}", args=of), told, follow=True)
    return response.content.decode()


def test_newcomers_are_given_a_role_and_greetings_are_tried(client, hall):
    role = RoleFactory(guild=hall, name="Reader", position=3)
    GuildSettings.objects.of(hall.pk).update(welcome_text="Hello {{ user.name }}")

    added = do(client, "autorole_add", role=role.pk)
    tried = do(client, "autorole_try", what="welcome")
    page = client.get("/arrivals/").content.decode()
    GuildSettings.objects.of(hall.pk).update(welcome_by="direct", goodbye_enabled=False)
    by_message = client.get("/arrivals/").content.decode()
    do(client, "autorole_remove", [AutoRole.objects.get().pk])

    assert "is given @Reader" in added
    assert "on its way to you" in tried
    assert Errand.objects.of(hall.pk).get(kind="greeting").user_id == 77
    assert "Hello {{ user.name }}" in page
    assert "Nothing is said yet: there is no channel.<" in page
    assert "Nothing is said yet: there is no text and no channel.<" in page
    assert "Nothing is said yet" not in by_message
    assert not AutoRole.objects.exists()


def test_a_greeting_is_shown_as_it_would_read_before_it_is_kept(client, hall):
    MemberFactory(guild=hall, user__id=77, nickname="Robin_R")
    text = {"section": "welcome", "welcome_text": "<b>Hi</b> {{ user.mention }} {{ user.name }}"}

    page = client.get("/settings/").content.decode()
    shown = client.post("/arrivals/preview/", text).content.decode()
    wrong = client.post("/arrivals/preview/", {**text, "welcome_text": "{{ x }}"}).content.decode()

    assert page.count('data-preview="/arrivals/preview/"') == 2
    assert "&lt;b&gt;Hi&lt;/b&gt; @Robin_R Robin_R" in shown
    assert "Nobody knows “x”" in wrong
    assert not GuildSettings.objects.of(hall.pk).get().welcome_text


def test_who_had_a_role_of_staff_is_decided_about_once(client, hall):
    asked = [RoleReturnFactory(guild=hall, role__permissions=4) for _ in range(2)]

    page = client.get("/arrivals/").content.decode()
    given = do(client, "rolereturn_give", [asked[0].pk])
    again = do(client, "rolereturn_refuse", [asked[0].pk])
    do(client, "rolereturn_refuse", [asked[1].pk])

    assert page.count("Give it back") == 2
    assert "is being given back" in given
    assert "was decided already" in again
    assert "Give it back" not in client.get("/arrivals/").content.decode()


def test_a_panel_is_made_filled_changed_and_removed(client, hall):
    channel, role = ChannelFactory(guild=hall), RoleFactory(guild=hall, name="Red", position=2)
    told = {"title": "Colours", "channel": channel.pk, "style": "buttons", "is_enabled": "on"}

    do(client, "rolepanel_add", **told)
    panel = RolePanel.objects.get()
    do(client, "rolepanel_put", [panel.pk], role=role.pk, emoji="🔴")
    choice = RoleChoice.objects.get()
    do(client, "rolechoice_edit", [choice.pk], label="Crimson")
    changed = do(client, "rolepanel_edit", [panel.pk], **{**told, "style": "menu"})
    page = client.get("/panels/").content.decode()
    do(client, "rolepanel_post", [panel.pk])
    sent = Errand.objects.of(hall.pk).get(kind="role_panel").payload
    do(client, "rolechoice_remove", [choice.pk])
    do(client, "rolepanel_remove", [panel.pk])

    assert "Colours is changed" in changed
    assert "Crimson" in page
    assert "Not posted yet" in page
    assert sent["message"]["components"][0]["components"][0]["label"] == "Choose your roles"
    assert sent["again"] == 1
    assert not RolePanel.objects.exists()


def test_who_may_only_see_reads_and_changes_nothing(client, hall):
    choice = RoleChoiceFactory(guild=hall)
    asked = RoleReturnFactory(guild=hall)
    client.force_login(GrantFactory(guild=hall, capabilities=["see"]).staff)

    for page in ("/panels/", "/arrivals/"):
        assert "data-dialog" not in client.get(page).content.decode().partition("<main")[2]
    for name, of in (("rolepanel_remove", choice.panel_id), ("rolereturn_give", asked.pk)):
        assert client.post(reverse(f"admin:community_{name}", args=[of])).status_code == 403

    assert RolePanel.objects.exists()


def test_the_pages_ask_little_however_much_there_is(client, hall, django_assert_max_num_queries):
    for _ in range(3):
        panel = RoleChoiceFactory(guild=hall).panel
        RoleChoiceFactory(guild=hall, panel=panel)
        RoleReturnFactory(guild=hall)

    with django_assert_max_num_queries(19):
        client.get("/panels/")
    with django_assert_max_num_queries(19):
        client.get("/arrivals/")
