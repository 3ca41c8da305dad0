"""Who comes to a server on Discord is met there, and chooses roles on a panel across a restart."""

import pytest

from community.models import Channel, Guild, GuildSettings, Member, Role, RolePanel, StandingOrder
from community.services.panels import put_choice
from tests.community.factories import RolePanelFactory
from tests.factories import AutoRoleFactory, GrantFactory
from tests.living_bot import LivingBot, becomes
from tests.moderation.here import mark_of

pytestmark = pytest.mark.django_db(transaction=True)


def plain_roles(here):
    """Return roles of the server that nobody rules by, the lowest first."""
    here_too = Role.objects.filter(guild_id=here.guild_id, managed=False, permissions=0)
    return list(here_too.exclude(pk=here.guild_id).order_by("position")[:2])


def stranger(here):
    """Return somebody who is not in the server yet."""

    def found(heart):
        inside = heart.world.guilds[here.place.guild].members
        bots = {key for key, each in heart.world.users.items() if each["bot"]}
        return next(key for key in heart.world.users if key not in inside and key not in bots)

    return here.sandbox.do(found)


def test_a_newcomer_is_welcomed_given_a_role_and_seen_off(here):
    guild, (role, *_) = Guild.objects.get(pk=here.guild_id), plain_roles(here)
    AutoRoleFactory(guild=guild, role=role, added_at=guild.joined_at)
    GuildSettings.objects.filter(guild_id=here.guild_id).update(
        welcome_channel_id=int(here.place.channel),
        welcome_text="Good evening, {{ user.mention }}",
        welcome_by="both",
        goodbye_channel_id=int(here.place.channel),
        goodbye_text="So long, {{ user.username }}",
    )
    who = stranger(here)

    here.sandbox.people.join(here.place.guild, who)
    becomes(lambda: str(role.pk) in here.roles(who), wanted=True)
    becomes(lambda: f"Good evening, <@{who}>" in here.written(), wanted=True)
    becomes(lambda: here.told(who), wanted=[f"Good evening, <@{who}>"])
    here.sandbox.people.leave(here.place.guild, who)
    becomes(lambda: any(each.startswith("So long, ") for each in here.written()), wanted=True)

    assert here.written().count(f"Good evening, <@{who}>") == 1
    assert not StandingOrder.objects.filter(guild_id=here.guild_id).open().exists()


def panel_in(here, style):
    """Have a panel posted with two roles, and return it as it stands on Discord."""
    guild = Guild.objects.get(pk=here.guild_id)
    channel = Channel.objects.get(guild_id=here.guild_id, pk=int(here.place.channel))
    panel = RolePanelFactory(guild=guild, channel=channel, style=style, title=style)
    by = GrantFactory(guild=guild, capabilities=["configure"]).staff
    here.sandbox.people.change(here.place.guild, here.place.human, pending=False)
    me = Member.objects.filter(guild_id=here.guild_id, user_id=here.human)
    becomes(lambda: me.get().pending, wanted=False)
    roles = plain_roles(here)
    for role in roles:
        put_choice(panel=panel, by=by, role=role)
    posted = RolePanel.objects.filter(pk=panel.pk, message_id__isnull=False)
    becomes(posted.exists, wanted=True)
    shown = len(roles) if style == "buttons" else 1

    def parts():
        seen = here.seen({"id": str(posted.get().message_id)})
        return seen if len(seen["components"][0]["components"]) == shown else None

    becomes(lambda: parts() is not None, wanted=True)
    return roles, parts()


def test_roles_are_chosen_by_a_button_and_given_back_after_a_restart(here):
    human = here.place.human
    (red, *_), panel = panel_in(here, "buttons")
    mark = mark_of(panel, red.name)

    here.sandbox.interactions.press(human, here.place.channel, panel["id"], mark)
    becomes(lambda: str(red.pk) in here.roles(), wanted=True)
    becomes(lambda: Member.objects.of(here.guild_id).get(user_id=here.human)
            .roles.standing().filter(role=red).exists(), wanted=True)  # fmt: skip
    here.bot.__exit__()
    with LivingBot(here.sandbox, carries_out=True) as here.bot:
        asked = here.sandbox.interactions.press(human, here.place.channel, panel["id"], mark)
        said = here.shown(asked)["content"]
        becomes(lambda: str(red.pk) in here.roles(), wanted=False)

    assert said == f"<@&{red.pk}> you give back."


def test_a_menu_shows_what_one_has_and_is_ones_own(here):
    human = here.place.human
    (red, blue), panel = panel_in(here, "menu")
    where = here.place.channel
    here.sandbox.people.give_role(here.place.guild, human, str(red.pk))

    asked = here.sandbox.interactions.press(
        human, where, panel["id"], mark_of(panel, "Choose your roles")
    )
    menu = here.shown(asked)
    (part,) = menu["components"][0]["components"]
    chosen = here.sandbox.interactions.press(
        human, where, menu["id"], part["custom_id"], [str(blue.pk)]
    )
    said = here.shown(chosen)["content"]
    becomes(lambda: {str(red.pk), str(blue.pk)} & here.roles(), wanted={str(blue.pk)})

    assert [each["value"] for each in part["options"] if each.get("default")] == [str(red.pk)]
    assert said == f"You are being given <@&{blue.pk}>. <@&{red.pk}> you give back."


def test_settings_are_shown_found_and_changed_on_discord(here):
    shown = here.use("settings show", section="welcome")["embeds"][0]
    names = here.offered("settings set", "setting", "sticky")
    asked = here.use("settings set", setting="newcomers.sticky_roles", value="on")["content"]
    refused = here.use("settings set", setting="newcomers.sticky_roles", value="maybe")["content"]

    assert shown["title"] == "Newcomers: Welcome"
    assert [each[1] for each in names] == ["newcomers.sticky_roles"]
    assert asked == "**Roles come back** is now: on\n-# by default off"
    assert refused == "Say on or off."
    settings = GuildSettings.objects.get(guild_id=here.guild_id)
    assert settings.sticky_roles
