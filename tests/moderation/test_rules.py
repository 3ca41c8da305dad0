"""The rules moderators go by: who may change them, what is refused, and what history keeps."""

from datetime import timedelta

import pytest

from community.errors import HouseError, NotAllowed
from community.models import AuditEntry, Grant, GuildSettings
from community.scope import guild_scope
from moderation.models import LadderStep, ProtectedRole, ReasonPreset
from moderation.services.rules import (
    MOST_RUNGS,
    oddities_of,
    protect_role,
    remove_rule,
    set_preset,
    set_rung,
)
from tests.factories import (
    GrantFactory,
    GuildSettingsFactory,
    LadderStepFactory,
    ProtectedRoleFactory,
    ReasonPresetFactory,
    RoleFactory,
    StaffFactory,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PRESET = {"name": "Spoilers", "text": "No spoilers", "kind": "", "points": None, "duration": None}


@pytest.fixture
def by(guild):
    return GrantFactory(guild=guild, capabilities=["configure"]).staff


@pytest.fixture
def owner(client):
    """Somebody who may do everything in a server, signed in."""
    grant = GrantFactory(capabilities=Grant.Capability.values)
    GuildSettingsFactory(guild=grant.guild)
    client.force_login(grant.staff)
    with guild_scope(grant.guild_id):
        yield grant


def rung(guild, by, points=3, kind="mute", duration=DAY, **more):
    told = {"points": points, "kind": kind, "duration": duration, **more}
    return set_rung(guild_id=guild.pk, by=by, **told)


def test_a_rung_is_put_on_the_ladder_and_changed_with_before_and_after(guild, by):
    step = rung(guild, by)
    rung(guild, by, points=5, kind="ban", duration=None, step=step)

    told = [(each.verb, each.before, each.after) for each in AuditEntry.objects.order_by("pk")]
    assert told == [
        ("moderation.ladderstep.added", {}, {"points": 3, "kind": "mute", "duration": "1 day"}),
        (
            "moderation.ladderstep.changed",
            {"points": 3, "kind": "mute", "duration": "1 day"},
            {"points": 5, "kind": "ban", "duration": None},
        ),
    ]


def test_a_change_that_changes_nothing_leaves_no_trace(guild, by):
    step = rung(guild, by)

    rung(guild, by, step=step)

    assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"points": 3}, "There is a rung at 3 points already: change that one."),
        ({"points": 0}, "A rung takes between 1 and 1,000 points."),
        ({"points": 1001}, "A rung takes between 1 and 1,000 points."),
        ({"points": 4, "kind": "kick"}, "A kick has no duration"),
        ({"points": 4, "kind": "exile"}, "'exile' is not a valid choice."),
    ],
)
def test_what_makes_no_rung_is_refused_in_words(guild, by, told, words):
    LadderStepFactory(guild=guild, points=3)

    with pytest.raises(HouseError, match=words.replace("(", r"\(")):
        rung(guild, by, **told)

    assert LadderStep.objects.count() == 1


def test_a_ladder_has_an_end(guild, by):
    for points in range(MOST_RUNGS):
        LadderStepFactory(guild=guild, points=points + 10)

    with pytest.raises(HouseError, match="25 rungs at most"):
        rung(guild, by)


@pytest.mark.parametrize("capabilities", [["see"], ["moderate", "punish", "staff"], []])
def test_only_who_may_configure_changes_the_rules(guild, capabilities):
    by, role = StaffFactory(), RoleFactory(guild=guild)
    if capabilities:
        GrantFactory(guild=guild, staff=by, capabilities=capabilities)
    step, safe = LadderStepFactory(guild=guild), ProtectedRoleFactory(guild=guild)
    deeds = [
        lambda: rung(guild, by, points=9),
        lambda: set_preset(guild_id=guild.pk, by=by, **PRESET),
        lambda: protect_role(guild_id=guild.pk, by=by, role=role),
        lambda: remove_rule(rule=step, by=by),
        lambda: remove_rule(rule=safe, by=by),
    ]

    for deed in deeds:
        with pytest.raises(NotAllowed):
            deed()


def test_a_reason_is_kept_ready_once(guild, by):
    ready = set_preset(guild_id=guild.pk, by=by, **PRESET)
    with pytest.raises(HouseError, match="already"):
        set_preset(guild_id=guild.pk, by=by, **{**PRESET, "name": "SPOILERS"})
    set_preset(guild_id=guild.pk, by=by, preset=ready, **{**PRESET, "points": 2})

    assert [each.points for each in ReasonPreset.objects.all()] == [2]


def test_a_role_is_protected_once_and_never_everybodys(guild, by):
    reader, everybody = RoleFactory(guild=guild), RoleFactory(guild=guild, pk=guild.pk)
    theirs = RoleFactory()

    protect_role(guild_id=guild.pk, by=by, role=reader)
    for role in (reader, everybody, theirs):
        with pytest.raises(HouseError):
            protect_role(guild_id=guild.pk, by=by, role=role)

    assert [each.role_id for each in ProtectedRole.objects.all()] == [reader.pk]


def test_a_rule_is_removed_once_with_what_it_said(guild, by):
    ready = ReasonPresetFactory(guild=guild, name="Spoilers")

    remove_rule(rule=ready, by=by)
    entry = AuditEntry.objects.get()
    ready.pk = int(entry.subject_id)
    with pytest.raises(HouseError, match="taken away already"):
        remove_rule(rule=ready, by=by)

    assert (entry.verb, entry.before["name"]) == ("moderation.reasonpreset.removed", "Spoilers")


def test_what_is_odd_about_a_ladder_is_said(guild):
    steps = [
        LadderStep(points=3, kind="ban", duration=DAY),
        LadderStep(points=5, kind="mute"),
        LadderStep(points=8, kind="ban", duration=DAY),
        LadderStep(points=9, kind="ban"),
    ]

    odd = oddities_of(steps=steps, window=30 * DAY, lifetime=10 * DAY)

    assert odd[0] == "5 points bring no more than 3 points do."
    assert [words[:2] for words in odd] == ["5 ", "A "]


def test_the_page_tells_the_ladder_in_plain_words(client, owner):
    LadderStepFactory(guild=owner.guild, points=3, kind="mute", duration=DAY)
    LadderStepFactory(guild=owner.guild, points=5, kind="kick", duration=None)
    LadderStepFactory(guild=owner.guild, points=8, kind="ban", duration=None)

    page = client.get("/rules/").content.decode()

    for words in (
        "Who gathers within 30 days",
        "is muted for 1 day.",
        "is put out of the server, and may come back.",
        "is banned for good.",
        "A warning stops counting after 90 days.",
    ):
        assert words in page


def test_a_rung_is_put_on_from_the_page_and_its_duration_read_as_people_write_it(client, owner):
    told = {"points": "3", "kind": "mute", "duration": "2d4h", "next": "/rules/"}
    page = client.post("/moderation/ladderstep/add/", told, follow=True).content.decode()

    step = LadderStep.objects.get()
    shown = client.get(f"/moderation/ladderstep/{step.pk}/edit/").content.decode()
    assert "Who reaches 3 points is muted for 2 days 4 hours." in page
    assert (step.duration, 'value="2d4h"' in shown) == (timedelta(days=2, hours=4), True)


def test_what_is_no_duration_is_refused_in_the_form(client, owner):
    told = {"points": "3", "kind": "mute", "duration": "soonish"}

    page = client.post("/moderation/ladderstep/add/", told).content.decode()

    assert "is no time span. Write it like 30m" in page
    assert not LadderStep.objects.exists()


def test_roles_and_reasons_are_kept_from_the_page(client, owner):
    role, theirs = RoleFactory(guild=owner.guild, name="Elder"), RoleFactory()
    for key in (role.pk, theirs.pk):
        client.post("/moderation/protectedrole/add/", {"role": key})
    client.post("/moderation/reasonpreset/add/", {"name": "Spam", "text": "No spam", "points": "2"})

    page = client.get("/rules/").content.decode()
    assert [each.role_id for each in ProtectedRole.objects.all()] == [role.pk]
    assert "Elder" in page
    assert "2 points" in page


def test_the_spans_are_changed_on_the_page_with_an_audit_entry(client, owner):
    told = {"warning_lifetime": "10", "escalation_window": "30"}

    page = client.post("/rules/", told, follow=True).content.decode()

    assert GuildSettings.objects.get().warning_lifetime == 10 * DAY
    assert AuditEntry.objects.get().verb == "community.settings.changed"
    assert "never used up" in page


def test_who_may_only_see_reads_the_rules_and_changes_none(client, owner):
    step = LadderStepFactory(guild=owner.guild)
    client.force_login(GrantFactory(guild=owner.guild, capabilities=["see"]).staff)

    page = client.get("/rules/")
    answers = [
        client.post("/rules/", {"warning_lifetime": "10", "escalation_window": "30"}),
        client.post("/moderation/ladderstep/add/", {"points": "9", "kind": "kick"}),
        client.post(f"/moderation/ladderstep/{step.pk}/remove/"),
    ]

    assert page.status_code == 200
    assert "Add a rung" not in page.content.decode()
    assert [answer.status_code for answer in answers] == [403] * 3


def test_the_rules_ask_few_questions(client, owner, django_assert_max_num_queries):
    for points in range(20):
        LadderStepFactory(guild=owner.guild, points=points + 1)
        ReasonPresetFactory(guild=owner.guild)
        ProtectedRoleFactory(guild=owner.guild)
    client.get("/")

    with django_assert_max_num_queries(14):
        client.get("/rules/")
