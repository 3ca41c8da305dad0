"""What happens on Discord, as the desk shows it: how far it has come, why not, and what to do."""

from datetime import timedelta

import pytest
from django.utils import timezone

from community.desk.outside import delivery_of, link_to, standing_of_order
from community.models import AT_ONCE, AuditEntry, Errand, StandingOrder
from community.services.heartbeats import note_heartbeat
from tests.factories import (
    ChannelFactory,
    ErrandFactory,
    GrantFactory,
    GuildFactory,
    MemberFactory,
    RoleFactory,
    StaffFactory,
    StandingOrderFactory,
    VerdictFactory,
)

pytestmark = pytest.mark.django_db
NOW = timezone.now()
HOUR = timedelta(hours=1)
FORBIDDEN = "The bot lacks the permission, or its role is not above theirs."
DONE = {"state": "done", "ended_at": NOW}
DEAD = {"state": "dead", "ended_at": NOW}


@pytest.fixture(autouse=True)
def _bot():
    figures = {"state": "on Discord"}
    note_heartbeat(process="bot@attic:1", started_at=timezone.now(), figures=figures)


@pytest.fixture
def grant(client):
    """Somebody who may see and moderate one server."""
    grant = GrantFactory(staff__username="marin")
    client.force_login(grant.staff)
    return grant


@pytest.fixture
def guild(grant):
    return grant.guild


def rows(client, model, **asked):
    found = client.get(f"/community/{model}/", asked).context["cl"].result_list
    return [row.pk for row in found]


def words(page):
    return page.content.decode()


def settled(guild, **told):
    told = {"applied_rev": 1, "owner": "ours", "confirmed_at": NOW, "next_check_at": None, **told}
    return StandingOrderFactory(guild=guild, **told)


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ({}, "Waits for Discord"),
        ({"attempts": 2}, "Is tried again"),
        ({"hold": "permission"}, "Waits for a permission"),
        ({"hold": "guild_away"}, "Server away"),
        ({"hold": "restored"}, "Waits for a word"),
        ({"hold": "clock"}, "Waits for a trusted time"),
        ({"wanted": False}, "Is being ended"),
        ({"wanted": False, "applied_rev": 1}, "Ended"),
        ({"applied_rev": 1, "owner": "ours"}, "Confirmed by Discord"),
        ({"applied_rev": 1, "owner": "foreign"}, "So by somebody else"),
    ],
)
def test_an_order_says_how_far_it_has_come(told, state):
    order = StandingOrderFactory.build(**{"wanted_rev": 1, "applied_rev": 0, **told})

    assert standing_of_order(order)[0] == state


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({}, "Waiting for Discord; it takes a moment."),
        ({"hold": "permission", "last_error": FORBIDDEN}, f"Waiting for Discord: {FORBIDDEN}"),
        ({"hold": "guild_away"}, "Waiting for Discord: Server away"),
        (
            {"applied_rev": 1, "confirmed_at": NOW - 2 * HOUR},
            "Discord confirmed it 2 hours ago.",
        ),
        ({"applied_rev": 1, "confirmed_at": NOW + HOUR}, "Discord confirmed it 0 s ago."),
        ({"applied_rev": 1}, "It was changed by hand on Discord, and is left so."),
    ],
)
def test_delivery_is_said_in_a_sentence(told, sentence):
    order = StandingOrderFactory.build(**{"wanted_rev": 1, "applied_rev": 0, **told})

    assert delivery_of(order, NOW) == sentence


def test_orders_are_narrowed_by_state_kind_and_trouble(client, guild):
    waiting = StandingOrderFactory(guild=guild, attempts=1, last_error="x")
    held = StandingOrderFactory(guild=guild, kind="timeout", hold="permission")
    late = StandingOrderFactory(guild=guild, until=NOW - HOUR)
    kept, ended = settled(guild), settled(guild, wanted=False, closed_at=NOW)

    expected = {
        ("state", "waiting"): {waiting.pk, held.pk, late.pk},
        ("state", "confirmed"): {kept.pk},
        ("state", "ended"): {ended.pk},
        ("kind", "timeout"): {held.pk},
        ("trouble", "permission"): {held.pk},
        ("trouble", "failing"): {waiting.pk},
        ("trouble", "late"): {late.pk},
        ("trouble", "nonsense"): {waiting.pk, held.pk, late.pk, kept.pk, ended.pk},
    }
    for (name, value), found in expected.items():
        assert set(rows(client, "standingorder", **{name: value})) == found, value


def test_errands_are_narrowed_by_state_kind_and_trouble(client, guild):
    stuck = ErrandFactory(guild=guild, attempts=3, last_error=FORBIDDEN)
    closed = ErrandFactory(
        guild=guild, kind="direct_message", last_error="They take no messages from the bot.", **DEAD
    )
    lost = ErrandFactory(guild=guild, last_error="The channel is gone.", **DEAD)
    ErrandFactory(guild=guild, **DONE)

    assert rows(client, "errand", trouble="stuck") == [stuck.pk]
    assert set(rows(client, "errand", trouble="given_up")) == {closed.pk, lost.pk}
    assert rows(client, "errand", trouble="closed") == [closed.pk]
    assert rows(client, "errand", kind="direct_message") == [closed.pk]
    assert rows(client, "errand", state__exact="waiting") == [stuck.pk]


@pytest.mark.parametrize("model", ["errand", "standingorder"])
def test_somebody_is_found_by_name_and_by_id(client, guild, model):
    made = {"errand": ErrandFactory, "standingorder": StandingOrderFactory}[model]
    ada = MemberFactory(guild=guild, nickname="Ada", user__username="lovelace")
    theirs = MemberFactory(nickname="Ada")
    mine = made(guild=guild, user_id=ada.user_id)
    stranger = made(guild=guild, user_id=77)
    made(guild=guild, user_id=theirs.user_id)

    assert rows(client, model, q="ad") == [mine.pk]
    assert rows(client, model, q=str(ada.user_id)) == [mine.pk]
    assert rows(client, model, q="77") == [stranger.pk]
    assert rows(client, model, q="nobody") == []


def test_a_list_calls_people_and_places_by_their_names(client, guild):
    ada = MemberFactory(guild=guild, nickname="Ada")
    channel, role = ChannelFactory(guild=guild, name="log"), RoleFactory(guild=guild, name="Reader")
    theirs = ChannelFactory(name="canary")
    for place in (channel, theirs):
        ErrandFactory(guild=guild, user_id=ada.user_id, payload={"channel_id": str(place.pk)})
    StandingOrderFactory(guild=guild, user_id=ada.user_id, kind="role", subject=role.pk)

    errands, orders = (words(client.get(f"/community/{m}/")) for m in ("errand", "standingorder"))

    assert "<bdi>#log</bdi>" in errands
    assert "canary" not in errands
    assert "<bdi>Role @Reader</bdi>" in orders
    assert f'href="/person/{ada.pk}/"' in orders


def test_an_errand_tells_its_story(client, guild):
    payload = {"channel_id": "1", "message": {"content": "Hello <b>"}}
    result = {"channel_id": "5", "message_id": "6"}
    errand = ErrandFactory(guild=guild, payload=payload, result=result, made_at=NOW - HOUR, **DONE)

    page = words(client.get(f"/community/errand/{errand.pk}/change/"))

    assert '<bdi class="dk-words">Hello &lt;b&gt;</bdi>' in page
    assert f'href="https://discord.com/channels/{guild.pk}/5/6"' in page
    assert page.index("<bdi>Done.</bdi>") < page.index("<bdi>Asked for</bdi>")
    assert "data-look-again" not in page


@pytest.mark.parametrize("result", [{}, {"channel_id": "x", "message_id": "6"}, {"a": 1}])
def test_what_left_nothing_behind_leads_nowhere(result):
    assert link_to(ErrandFactory.build(result=result)) == ""


def test_an_order_tells_what_was_wished_and_what_came_of_it(client, guild):
    order = settled(guild, wanted_at=NOW - HOUR, until=None)

    page = words(client.get(f"/community/standingorder/{order.pk}/change/"))

    assert "Wished, for good" in page
    assert "Discord confirmed it" in page
    assert "[#1 - 5] Spam" in page


@pytest.mark.parametrize(("reason", "name"), [("[#1 - {}] Spam", "Nora"), ("[#1 - -] Spam", "")])
def test_a_story_names_who_decided(client, guild, reason, name):
    nora = MemberFactory(guild=guild, nickname="Nora")
    order = StandingOrderFactory(guild=guild, reason=reason.format(nora.user_id))

    page = client.get(f"/community/standingorder/{order.pk}/change/")

    assert [row.actor for row in page.context["story"]] == [name]


def test_a_page_looks_again_as_long_as_something_moves(client, guild):
    moving, held = (
        StandingOrderFactory(guild=guild),
        StandingOrderFactory(guild=guild, hold="clock"),
    )

    pages = [
        words(client.get(f"/community/standingorder/{order.pk}/change/"))
        for order in (moving, held)
    ]

    assert ["data-look-again" in page for page in pages] == [True, False]


def test_many_orders_are_tried_again_at_once(client, guild):
    held = {"hold": "permission", "attempts": 5, "next_check_at": NOW + HOUR}
    orders = StandingOrderFactory.create_batch(3, guild=guild, **held)
    keys = ",".join(str(order.pk) for order in orders)

    answer = client.post(f"/community/standingorder/{keys}/retry/")

    assert answer.status_code == 302
    found = StandingOrder.unscoped.filter(guild=guild).values_list("hold", "next_check_at")
    assert list(found) == [("", AT_ONCE)] * 3
    told = words(client.get(f"/community/standingorder/{orders[0].pk}/change/"))
    assert "Had a standing order tried again" in told
    assert "marin" in told


def test_an_errand_is_tried_again_or_given_up(client, guild):
    lost, waiting = ErrandFactory(guild=guild, attempts=9, **DEAD), ErrandFactory(guild=guild)

    client.post(f"/community/errand/{lost.pk}/retry/")
    client.post(f"/community/errand/{waiting.pk}/give_up/")

    states = dict(Errand.unscoped.filter(guild=guild).values_list("pk", "state"))
    assert states == {lost.pk: "waiting", waiting.pk: "skipped"}


def test_what_was_said_to_somebody_erased_is_not_said_again(client, guild):
    errand = ErrandFactory(guild=guild, payload={}, **DEAD)

    answer = client.post(f"/community/errand/{errand.pk}/retry/")

    assert "There is nothing to try" in words(answer)


def test_who_may_only_see_is_offered_no_deed(client, guild):
    client.force_login(GrantFactory(guild=guild, capabilities=["see"]).staff)
    errand = ErrandFactory(guild=guild, attempts=9, **DEAD)

    assert "Retry now" not in words(client.get("/community/errand/"))
    assert client.post(f"/community/errand/{errand.pk}/retry/").status_code == 403
    assert not AuditEntry.unscoped.filter(guild=guild).exists()


def test_a_person_shows_what_is_kept_true_and_what_was_done(client, guild):
    ada = MemberFactory(guild=guild, nickname="Ada", joined_at=NOW - 9 * HOUR)
    held = {"hold": "permission", "last_error": FORBIDDEN}
    StandingOrderFactory(guild=guild, user_id=ada.user_id, **held)
    words_ = "They take no messages from the bot."
    told = {"kind": "direct_message", "user_id": ada.user_id, "last_error": words_, **DEAD}
    ErrandFactory(guild=guild, **told)
    ErrandFactory(user_id=ada.user_id, last_error="canary", **DEAD)

    tab = words(client.get(f"/person/{ada.pk}/?tab=outside"))
    timeline = client.get(f"/person/{ada.pk}/?show=On Discord").context["timeline"]

    assert f"Waiting for Discord: {FORBIDDEN}" in tab
    assert words_ in tab
    assert "canary" not in tab
    assert [row.words for row in timeline.rows] == [f"Direct message: given up. {words_}"]


def test_problems_say_what_mends_them_and_lead_to_their_rows(client, guild):
    held = {"hold": "permission", "last_error": FORBIDDEN}
    orders = StandingOrderFactory.create_batch(2, guild=guild, **held)
    StandingOrderFactory(guild=guild, kind="timeout", **held)

    page = client.get("/problems/")
    first, url = page.context["lines"][0]

    assert first.title == f"Ban (2): {FORBIDDEN}"
    assert "“Ban Members”" in words(page)
    found = client.get(url).context["cl"].result_list
    assert {row.pk for row in found} == {order.pk for order in orders}
    assert '<span class="dk-badge bad">2</span>' in words(page)
    figure = next(f for card, f in client.get("/").context["figures"] if card.title == CARD)
    assert (figure.value, figure.url, figure.tone) == (2, "/problems/", "bad")


CARD = "Needing a hand"


def test_every_kind_of_problem_leads_to_the_rows_it_counts(client, guild):
    for hold in ("permission", "guild_away", "restored", "clock"):
        StandingOrderFactory(guild=guild, hold=hold)
    StandingOrderFactory(guild=guild, until=NOW - HOUR)
    ErrandFactory(guild=guild, attempts=3, last_error=FORBIDDEN)
    ErrandFactory(guild=guild, last_error="The channel is gone.", **DEAD)
    ErrandFactory(guild=guild, **DONE)

    lines = client.get("/problems/").context["lines"]

    assert len(lines) == 7
    for problem, url in lines:
        assert len(client.get(url).context["cl"].result_list) == problem.count == 1, problem


def test_where_nothing_stands_in_the_way_the_page_says_so(client, guild):
    page = words(client.get("/problems/"))

    assert "Nothing stands in the way." in page
    assert "dk-badge" not in page


def test_the_page_says_what_was_found_when_everything_was_looked_at(client, guild):
    assert "looked last" not in words(client.get("/problems/"))
    VerdictFactory(guild=guild, looked_at=NOW)

    assert "Everything that must hold did when the clock looked" in words(client.get("/problems/"))


def test_keepers_see_the_problems_of_their_servers_and_count_those_of_others(client, grant):
    theirs = GuildFactory(name="Canary hall")
    StandingOrderFactory(guild=grant.guild, hold="permission", last_error=FORBIDDEN)
    StandingOrderFactory(guild=theirs, hold="permission", last_error="canary words")
    keeper = StaffFactory(keeper=True)
    GrantFactory(staff=keeper, guild=grant.guild)
    refused = client.get("/house/problems/").status_code
    client.force_login(keeper)

    page = words(client.get("/house/problems/"))

    assert refused == 403
    assert FORBIDDEN in page
    assert "1 server that you were not granted needs a hand" in page
    assert "anary" not in page
