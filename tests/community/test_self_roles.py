"""People choose roles on panels; what they may is asked of the panel as it is at their click."""

from dataclasses import replace

import pytest

from community.errors import HouseError, NotAllowed
from community.models import AuditEntry, Errand, GuildSettings, RoleChoice, RolePanel, StandingOrder
from community.services.auto_roles import add_auto_role, remove_auto_role
from community.services.mirror.facts import News, RoleLost
from community.services.mirror.news import tell_news
from community.services.panels import (
    add_panel,
    change_panel,
    note_panel_posted,
    put_choice,
    read_emoji,
    remove_choice,
    remove_panel,
)
from community.services.self_roles import Chooser, Chosen, choose_roles, flip_role
from tests.activity.factories import LevelRewardFactory
from tests.community.factories import RoleChoiceFactory, RolePanelFactory
from tests.factories import (
    ChannelFactory,
    GrantFactory,
    GuildFactory,
    MemberFactory,
    MemberRoleFactory,
    RoleFactory,
    StaffFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
ADA, BOT = 4 * 10**17, 9
BAN = 1 << 2


@pytest.fixture
def hall(guild, monkeypatch):
    """A server in which the bot stands above what may be chosen."""
    monkeypatch.setattr("community.services.giving.bot_user_id", lambda: BOT)
    bot = MemberFactory(guild=guild, user=UserFactory(pk=BOT, is_bot=True))
    MemberRoleFactory(guild=guild, member=bot, role=RoleFactory(guild=guild, position=50))
    return guild


@pytest.fixture
def by(hall):
    """Somebody who may configure the server."""
    return GrantFactory(guild=hall, capabilities=["configure"]).staff


@pytest.fixture
def panel(hall):
    return RolePanelFactory(guild=hall)


def choice(panel, **told):
    role = RoleFactory(guild=panel.guild, **{"position": 5, **told})
    return RoleChoiceFactory(guild=panel.guild, panel=panel, role=role).role_id


def ada(panel, *held):
    return Chooser(guild_id=panel.guild_id, user_id=ADA, held=frozenset(held))


def wishes(panel):
    orders = StandingOrder.objects.of(panel.guild_id).filter(user_id=ADA, kind="role_given")
    return dict(orders.values_list("subject", "wanted"))


def test_a_click_gives_a_role_and_another_takes_it_back_whoever_gave_it(panel):
    red, blue = choice(panel), choice(panel)
    click = {"panel_id": panel.pk, "role_id": red}

    given = flip_role(chooser=ada(panel, blue), **click)
    again = flip_role(chooser=ada(panel, blue), **click)
    before = wishes(panel)
    taken = flip_role(chooser=ada(panel, red, blue), **click)

    assert given == again == Chosen((red,))
    assert before == {red: True}
    assert taken == Chosen((), (red,))
    assert wishes(panel) == {red: False}


def test_one_at_a_time_takes_the_others_of_the_panel_back_and_nothing_else(panel):
    red, blue, foreign = choice(panel), choice(panel), 77
    RolePanel.objects.of(panel.guild_id).update(is_unique=True)
    chooser = ada(panel, blue, foreign)

    chosen = flip_role(chooser=chooser, panel_id=panel.pk, role_id=red)

    assert chosen == Chosen((red,), (blue,))
    assert wishes(panel) == {red: True, blue: False}
    with pytest.raises(HouseError, match="at a time"):
        choose_roles(chooser=chooser, panel_id=panel.pk, role_ids=[red, blue])


def test_a_menu_leaves_exactly_what_was_marked(panel):
    red, blue, green = choice(panel), choice(panel), choice(panel)
    chooser = ada(panel, red, blue)

    chosen = choose_roles(chooser=chooser, panel_id=panel.pk, role_ids=[blue, green])

    assert chosen == Chosen((green,), (red,))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"is_enabled": False}, "any more"),
        ({"required_role": True}, "Only who has"),
    ],
)
def test_what_the_panel_says_now_counts(panel, change, words):
    red = choice(panel)
    if "required_role" in change:
        change = {"required_role": RoleFactory(guild=panel.guild)}
    RolePanel.objects.of(panel.guild_id).update(**change)

    with pytest.raises(HouseError, match=words):
        flip_role(chooser=ada(panel), panel_id=panel.pk, role_id=red)

    assert wishes(panel) == {}


def test_a_role_that_is_not_on_the_panel_or_is_another_servers_is_not_given(panel):
    elsewhere = RolePanelFactory(guild=GuildFactory())
    foreign = choice(elsewhere)

    for panel_id in (panel.pk, elsewhere.pk):
        with pytest.raises(HouseError, match="more"):
            flip_role(chooser=ada(panel), panel_id=panel_id, role_id=foreign)

    assert wishes(panel) == {}


@pytest.mark.parametrize("told", [{"permissions": BAN}, {"position": 60}])
def test_a_role_that_became_one_of_staff_or_too_high_is_given_no_more(panel, told):
    red = choice(panel, **told)

    with pytest.raises(HouseError, match="cannot be given at present"):
        flip_role(chooser=ada(panel), panel_id=panel.pk, role_id=red)


def test_the_muted_and_who_has_not_accepted_the_rules_choose_nothing(panel):
    red, user = choice(panel), UserFactory(pk=ADA)
    member = MemberFactory(guild=panel.guild, user=user, pending=True)

    with pytest.raises(HouseError, match="Accept the rules"):
        flip_role(chooser=ada(panel), panel_id=panel.pk, role_id=red)
    member.pending = False
    member.save()
    StandingOrder.objects.create(guild=panel.guild, user_id=ADA, kind="timeout", wanted=True)
    with pytest.raises(HouseError, match="You are muted"):
        flip_role(chooser=ada(panel), panel_id=panel.pk, role_id=red)


def test_a_role_that_the_house_keeps_is_not_given_back(panel):
    red = choice(panel)
    told = {"guild": panel.guild, "user_id": ADA, "subject": red}
    StandingOrder.objects.create(**told, kind="role", wanted=True)

    with pytest.raises(HouseError, match="cannot be given back"):
        flip_role(chooser=ada(panel, red), panel_id=panel.pk, role_id=red)


def posted(guild):
    return Errand.objects.of(guild.pk).filter(kind="role_panel").get()


def test_a_panel_is_posted_with_its_first_role_and_edited_in_place(hall, by):
    channel, red = ChannelFactory(guild=hall), RoleFactory(guild=hall, position=5, name="Red")
    panel = add_panel(guild_id=hall.pk, by=by, title="Colours", channel=channel)
    before = Errand.objects.of(hall.pk).exists()

    put_choice(panel=panel, by=by, role=red, emoji="🔴")
    place = {"channel_id": channel.pk, "message_id": 900}
    note_panel_posted(guild_id=hall.pk, panel_id=panel.pk, **place)
    panel.refresh_from_db()
    change_panel(panel=panel, by=by, is_enabled=False)

    (button,) = posted(hall).payload["message"]["components"][0]["components"]
    assert not before
    assert posted(hall).payload["message_id"] == "900"
    assert button["custom_id"] == f"roles:flip:{panel.pk}:{red.pk}"
    assert (button["label"], button["disabled"]) == ("Red", True)
    changed = AuditEntry.objects.get(verb="community.panel.changed")
    assert (changed.before, changed.after) == ({"is_enabled": True}, {"is_enabled": False})


def test_a_panel_that_moves_or_goes_is_taken_down_where_it_stood(hall, by, panel):
    choice(panel)
    told = {"guild_id": hall.pk, "panel_id": panel.pk}
    note_panel_posted(**told, channel_id=panel.channel_id, message_id=900)
    panel.refresh_from_db()

    old = panel.channel_id
    change_panel(panel=panel, by=by, channel=ChannelFactory(guild=hall))
    note_panel_posted(**told, channel_id=old, message_id=901)  # it was on its way there
    note_panel_posted(**told, channel_id=panel.channel_id, message_id=902)
    panel.refresh_from_db()
    remove_panel(panel=panel, by=by)

    taken = Errand.objects.of(hall.pk).filter(kind="unsay").order_by("pk")
    assert [each.payload["message_id"] for each in taken] == ["900", "901", "902"]
    assert not RoleChoice.objects.exists()


def test_a_panel_shows_no_role_that_was_deleted(hall, by, panel):
    red, blue = choice(panel), choice(panel)
    put_choice(panel=panel, by=by, role=RoleChoice.objects.get(role_id=blue).role, label="Sky")

    tell_news(guild_id=hall.pk, news=[News(RoleLost(red), panel.guild.joined_at)])

    (button,) = posted(hall).payload["message"]["components"][0]["components"]
    assert button["label"] == "Sky"


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"permissions": BAN}, "owner's word"),
        ({"position": 60}, "below my own role"),
        ({"managed": True}, "belongs to a bot"),
    ],
)
def test_what_the_house_may_not_give_stands_on_no_panel_and_is_no_newcomers(
    hall, by, panel, told, words
):
    role = RoleFactory(guild=hall, **{"position": 5, **told})

    with pytest.raises(HouseError, match=words):
        put_choice(panel=panel, by=by, role=role)
    with pytest.raises(HouseError, match=words):
        add_auto_role(guild_id=hall.pk, by=by, role=role)


def test_a_role_that_a_level_brings_or_that_silences_is_nobodys_choice(hall, by, panel):
    level = LevelRewardFactory(guild=hall, level=3, role=RoleFactory(guild=hall, position=5)).role
    muted = RoleFactory(guild=hall, position=5)
    GuildSettings.objects.of(hall.pk).update(mute_role=muted)

    for role, words in ((level, "A level brings"), (muted, "silences")):
        with pytest.raises(HouseError, match=words):
            put_choice(panel=panel, by=by, role=role)
        with pytest.raises(HouseError, match=words):
            add_auto_role(guild_id=hall.pk, by=by, role=role)


def test_newcomers_roles_are_added_once_and_removed(hall, by):
    role = RoleFactory(guild=hall, position=5)
    rule = add_auto_role(guild_id=hall.pk, by=by, role=role)

    with pytest.raises(HouseError, match="already"):
        add_auto_role(guild_id=hall.pk, by=by, role=role)
    remove_auto_role(rule=rule, by=by)

    verbs = set(AuditEntry.objects.values_list("verb", flat=True))
    assert verbs == {"community.autorole.added", "community.autorole.removed"}


def test_who_may_not_configure_makes_and_changes_nothing(hall, panel):
    anybody = StaffFactory()
    of, role = choice(panel), RoleFactory(guild=hall)
    deeds = (
        lambda: add_panel(guild_id=hall.pk, by=anybody, title="Mine", channel=panel.channel),
        lambda: change_panel(panel=panel, by=anybody, title="Mine"),
        lambda: put_choice(panel=panel, by=anybody, role=role),
        lambda: remove_choice(choice=RoleChoice.objects.get(role_id=of), by=anybody),
        lambda: remove_panel(panel=panel, by=anybody),
        lambda: add_auto_role(guild_id=hall.pk, by=anybody, role=role),
    )

    for deed in deeds:
        with pytest.raises(NotAllowed):
            deed()


def test_another_servers_channel_or_role_is_nowhere(hall, by, panel):
    foreign = GuildFactory()

    with pytest.raises(HouseError, match="no such"):
        add_panel(guild_id=hall.pk, by=by, title="X", channel=ChannelFactory(guild=foreign))
    with pytest.raises(HouseError, match="no such"):
        put_choice(panel=panel, by=by, role=RoleFactory(guild=foreign, position=1))


@pytest.mark.parametrize("typed", ["abc", "<:x>", "🔴 🔵", "@here", "1"])
def test_what_is_no_emoji_is_refused(typed):
    with pytest.raises(HouseError, match="one emoji"):
        read_emoji(typed)


def test_emojis_are_read_as_discord_is_told_of_them():
    assert read_emoji("🔴") == {"id": None, "name": "🔴"}
    own = read_emoji("<a:wave:123456789012345678>")
    assert own == {"id": "123456789012345678", "name": "wave", "animated": True}
    assert read_emoji("") is None


def test_a_chooser_is_who_they_are_whatever_the_button(panel):
    red = choice(panel)
    other = replace(ada(panel), user_id=5)

    flip_role(chooser=other, panel_id=panel.pk, role_id=red)

    assert wishes(panel) == {}
