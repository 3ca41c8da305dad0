"""Moderation at the desk: what is shown of a person and a case, and what is done from there."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from community.models import StandingOrder
from community.scope import cross_guild
from moderation.models import Case, CaseEvent, MemberWarning, Punishment
from moderation.services.docket import Decision, Deed, open_case
from moderation.services.records import add_to_case, note_about
from moderation.services.warnings import warn_member
from tests.factories import (
    GrantFactory,
    GuildFactory,
    GuildSettingsFactory,
    LadderStepFactory,
    MemberFactory,
    ReasonPresetFactory,
)

pytestmark = pytest.mark.django_db
ONCE = "11111111-1111-4111-8111-111111111111"
DAY = timedelta(days=1)


@pytest.fixture
def grant(client, guild):
    grant = GrantFactory(guild=guild, capabilities=["see", "moderate", "punish"])
    client.force_login(grant.staff)
    return grant


@pytest.fixture
def member(grant):
    return MemberFactory(guild=grant.guild, nickname="the loud one")


def send(client, member, deed, **asked):
    url = reverse(f"admin:community_member_{deed}", args=[member.pk])
    return client.post(url, {"once": ONCE, **asked})


def case_url(case, deed="change"):
    return reverse(f"admin:moderation_case_{deed}", args=[case.pk])


def warned(member, **more):
    decision = Decision(guild_id=member.guild_id, is_sure=True)
    deed = Deed(kind="warn", user_id=member.user_id, reason="Spam", points=2, **more)
    return warn_member(decision=decision, deed=deed)[0]


def test_a_mute_from_the_person_page_is_decided_once_by_who_is_signed_in(client, grant, member):
    for _ in range(2):
        answer = send(client, member, "mute", reason="Spam", length="2d4h")

    case = Case.objects.get(guild_id=member.guild_id)
    assert answer.status_code == 302
    assert (case.kind, case.source, case.staff, case.reason) == ("mute", "web", grant.staff, "Spam")
    assert case.duration == timedelta(days=2, hours=4)
    assert StandingOrder.objects.get(guild_id=member.guild_id).kind == "timeout"


def test_the_form_shows_the_record_and_what_would_follow(client, member):
    LadderStepFactory(guild=member.guild, points=3, kind="mute", duration=DAY)
    warned(member)

    page = client.get(reverse("admin:community_member_warn", args=[member.pk])).content.decode()

    assert "#1 Warning" in page
    assert "1 more point (at 3): mute for 1 day" in page


def test_a_ready_reason_fills_what_was_left_empty(client, member):
    preset = ReasonPresetFactory(
        guild=member.guild, name="Raid", text="Part of a raid", points=5, duration=3 * DAY
    )

    send(client, member, "warn", preset=preset.pk)

    warning = MemberWarning.objects.select_related("case").get(guild_id=member.guild_id)
    assert (warning.points, warning.case.reason) == (5, "Part of a raid")
    assert warning.expires_at - warning.given_at == 3 * DAY


def test_another_servers_reason_is_none(client, member):
    theirs = ReasonPresetFactory.build(guild=GuildFactory())

    answer = send(client, member, "warn", preset=theirs.pk or 99)

    assert "Select a valid choice" in answer.content.decode()


def test_what_was_done_minutes_ago_is_asked_about_first(client, member):
    warned(member)

    doubt = send(client, member, "warn", reason="Spam")
    sure = send(client, member, "warn", reason="Spam", is_sure="on")

    assert "Case #1 did the same" in doubt.content.decode()
    assert sure.status_code == 302
    assert Case.objects.of(member.guild_id).count() == 2


def test_a_refusal_keeps_what_was_typed(client, member):
    answer = send(client, member, "ban", reason="Raid", length="a while").content.decode()

    assert "is no time span" in answer
    assert "Raid" in answer
    assert not Case.objects.of(member.guild_id).exists()


def test_only_what_can_be_done_is_offered(client, member):
    before = client.get(f"/person/{member.pk}/").content.decode()

    send(client, member, "ban", reason="Raid")
    after = client.get(f"/person/{member.pk}/").content.decode()

    assert ">Unban</a>" not in before
    assert ">Unban</a>" in after
    assert "Ban for ever" in after
    assert "#1 Ban: Raid" in after


@pytest.mark.parametrize("capability", ["see", "moderate"])
def test_who_may_not_punish_is_neither_offered_a_ban_nor_given_one(client, guild, capability):
    member = MemberFactory(guild=guild)
    client.force_login(GrantFactory(guild=guild, capabilities=[capability]).staff)

    assert ">Ban</a>" not in client.get(f"/person/{member.pk}/").content.decode()
    assert send(client, member, "ban").status_code == 403


@pytest.mark.parametrize("tab", ["cases", "warnings", "punishments", "notes"])
def test_each_tab_shows_its_kind(client, member, tab):
    warned(member)
    note_about(decision=Decision(guild_id=member.guild_id), user_id=member.user_id, text="Kind")

    page = client.get(f"/person/{member.pk}/", {"tab": tab}).content.decode()

    assert ("#1 Warning" in page) == (tab in ("cases", "warnings"))
    assert ("Kind" in page) == (tab == "notes")


def test_a_case_shows_what_happened_to_it_and_is_put_right(client, member):
    case = warned(member)

    client.post(case_url(case, "reason"), {"once": ONCE, "reason": "Spam in #help"})
    client.post(case_url(case, "evidence"), {"once": ONCE, "text": "https://example.org/1"})
    page = client.get(case_url(case)).content.decode()

    assert "Reason changed: Spam in #help" in page
    assert "Evidence added: https://example.org/1" in page
    assert "the loud one" in page


def test_a_warning_is_pardoned_and_a_case_overruled_from_its_page(client, member):
    first, second = warned(member), warned(member)

    client.post(case_url(first, "pardon"), {"once": ONCE, "reason": "Mistaken"})
    client.post(case_url(second, "overrule"), {"once": ONCE, "reason": "Mistaken"})

    endings = MemberWarning.objects.of(member.guild_id).order_by("pk").values_list("ending")
    assert [ending for (ending,) in endings] == ["pardoned", "overruled"]
    page = client.get(case_url(second)).content.decode()
    assert "Overruled" in page
    assert "Pardon</a>" not in page


def test_the_end_of_a_mute_is_changed_from_its_case(client, member):
    send(client, member, "mute", length="1d")
    case = Case.objects.get(guild_id=member.guild_id)

    client.post(case_url(case, "length"), {"once": ONCE, "length": "3d"})

    held = Punishment.objects.get(guild_id=member.guild_id)
    assert held.ends_at - held.starts_at == 3 * DAY
    verbs = CaseEvent.objects.of(member.guild_id).values_list("verb", flat=True)
    assert "duration_changed" in verbs


def test_cases_are_listed_and_found_by_number_and_by_person(client, member):
    case, other = warned(member), warned(MemberFactory(guild=member.guild, nickname="silent"))
    url = reverse("admin:moderation_case_changelist")

    for words, wanted in (("#2", [other]), ("the lo", [case]), (str(member.user_id), [case])):
        found = client.get(url, {"q": words}).context["cl"].result_list
        assert [each.pk for each in found] == [each.pk for each in wanted]


def test_a_case_of_another_server_is_as_absent_as_none(client, grant):
    with cross_guild("a test decides elsewhere"):
        elsewhere = GuildSettingsFactory(guild=GuildFactory()).guild
        theirs = warned(MemberFactory(guild=elsewhere))

    assert client.get(case_url(theirs)).status_code == 302
    assert client.post(case_url(theirs, "overrule"), {"once": ONCE}).status_code == 404


def test_many_are_banned_from_the_list_one_case_each(client, member):
    others = [member, MemberFactory(guild=member.guild)]
    url = reverse("admin:community_member_ban", args=[",".join(str(each.pk) for each in others)])

    client.post(url, {"once": ONCE, "reason": "Raid", "erased_hours": "24"})

    bans = Punishment.objects.of(member.guild_id).standing()
    assert [ban.erases for ban in bans] == [timedelta(days=1)] * 2


def test_ctrl_k_finds_a_case_by_its_number_however_short(client, member):
    case = warned(member)
    url = reverse("admin:search")

    found = client.get(url, {"q": "#1"}).json()["results"]

    assert [(each["kind"], each["url"]) for each in found] == [("Case", case_url(case))]
    assert client.get(url, {"q": "#x"}).json()["results"] == []


def test_what_moderators_tell_each_other_is_not_for_who_may_only_see(client, guild):
    member = MemberFactory(guild=guild)
    note = note_about(decision=Decision(guild_id=guild.pk), user_id=member.user_id, text="Kind")
    case = warned(member)
    add_to_case(case=case, decision=Decision(guild_id=guild.pk), text="Seen", is_evidence=True)
    client.force_login(GrantFactory(guild=guild, capabilities=["see"]).staff)

    listed = client.get(reverse("admin:moderation_case_changelist")).context["cl"].result_list

    assert [each.pk for each in listed] == [case.pk]
    assert client.get(case_url(note)).status_code == 302
    page = client.get(case_url(case)).content.decode()
    assert "Opened" in page
    assert "Seen" not in page


def test_a_mute_is_lifted_from_its_case_by_a_case_of_its_own(client, member):
    send(client, member, "mute", length="1d")
    case = Case.objects.get(guild_id=member.guild_id)

    asked = {"once": ONCE, "reason": "Mistaken"}
    answers = [client.post(case_url(case, "lift"), asked) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 200]
    assert "Nothing of case #1 holds any more" in answers[1].content.decode()
    kinds = Case.objects.of(member.guild_id).order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["mute", "unmute"]
    assert not Punishment.objects.of(member.guild_id).standing().exists()
    assert ">Lift</a>" not in client.get(case_url(case)).content.decode()


def test_a_refusal_that_no_word_can_undo_asks_for_none(client, member):
    refused = send(client, member, "ban", length="a while").content.decode()
    warned(member)
    doubted = send(client, member, "warn").content.decode()

    assert "is_sure" not in refused
    assert doubted.index("did the same") < doubted.index("is_sure") < doubted.index("preset")


def test_what_came_of_a_deed_is_said_until_when_and_what_the_ladder_made_of_it(client, member):
    LadderStepFactory(guild=member.guild, points=1, kind="mute", duration=DAY)

    send(client, member, "warn", reason="Spam", length="10d")
    page = client.get(f"/person/{member.pk}/").content.decode()

    assert "Case #1 Warning</a> is written down. Counts until" in page
    assert "With 1 point the ladder followed: mute, case #2." in page


def test_the_head_says_what_holds_how_far_discord_is_and_what_comes_next(client, member):
    LadderStepFactory(guild=member.guild, points=3, kind="ban", duration=None)
    warned(member)
    send(client, member, "mute", length="1d")

    waiting = client.get(f"/person/{member.pk}/").content.decode()
    order = StandingOrder.objects.get(guild_id=member.guild_id)
    applied = {"applied_rev": order.wanted_rev, "confirmed_at": timezone.now()}
    StandingOrder.objects.filter(guild_id=member.guild_id, pk=order.pk).update(**applied)
    settled = client.get(f"/person/{member.pk}/").content.decode()

    assert "Waiting for Discord; it takes a moment." in waiting
    assert "data-look-again" in waiting
    assert "Discord confirmed it 0 s ago." in settled
    assert "data-look-again" not in settled
    assert "2; 1 more point (at 3): ban" in settled


@pytest.mark.parametrize("many", [1, 40])
def test_pages_ask_as_much_for_many_cases_as_for_one(
    client, member, many, django_assert_max_num_queries
):
    LadderStepFactory(guild=member.guild, points=300, kind="ban", duration=None)
    cases = [warned(member) for _ in range(many)]
    send(client, member, "mute", length="1d")
    # What Django remembers of its own is asked for once.
    client.get(case_url(cases[0]))

    with django_assert_max_num_queries(24):
        client.get(f"/person/{member.pk}/")
    for tab in ("cases", "warnings", "punishments", "notes"):
        with django_assert_max_num_queries(19):
            client.get(f"/person/{member.pk}/", {"tab": tab})
    with django_assert_max_num_queries(18):
        client.get(case_url(cases[0]))
    with django_assert_max_num_queries(19):
        client.get(reverse("admin:community_member_warn", args=[member.pk]))


def test_what_was_given_by_hand_is_shown_and_lifted_from_the_desk(client, member):
    at = timezone.now() - timedelta(hours=1)
    by_hand = Decision(guild_id=member.guild_id, source="discord", source_id="1", at=at)
    case = open_case(decision=by_hand, deed=Deed(kind="ban", user_id=member.user_id))

    person = client.get(f"/person/{member.pk}/").content.decode()
    client.post(case_url(case, "lift"), {"once": ONCE})

    order = StandingOrder.objects.get(guild_id=member.guild_id)
    assert "Ban given by hand (case #1)" in person
    assert reverse("admin:community_member_unban", args=[member.pk]) in person
    assert not order.wanted
    assert order.lifts_all_before > at


def test_a_warning_counts_until_another_time(client, member):
    case = warned(member)
    MemberWarning.objects.of(member.guild_id).update(given_at=timezone.now() - DAY)

    client.post(case_url(case, "lifetime"), {"once": ONCE, "length": "5d"})
    page = client.get(case_url(case)).content.decode()
    past = client.post(case_url(case, "lifetime"), {"once": ONCE, "length": "1h"})

    warning = MemberWarning.objects.get(guild_id=member.guild_id)
    assert warning.expires_at - warning.given_at == 5 * DAY
    assert "Duration changed" in page
    assert "Counts until" in page
    assert "pardon it instead" in past.content.decode()
