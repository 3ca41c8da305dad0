"""The lists of moderation: what they show, how they are narrowed, worked off and taken along."""

from datetime import timedelta

import pytest
from django.contrib.postgres.search import SearchQuery
from django.db import connection
from django.utils import timezone

from community.desk.sheets import csv_lines
from community.models import AuditEntry, Grant, StandingOrder
from community.scope import cross_guild, guild_scope
from moderation.models import Case, CaseEvent, MemberWarning, Punishment
from moderation.querysets.cases import REASON_WORDS
from moderation.services.deeds import ban_member, mute_member
from moderation.services.docket import Decision, Deed
from moderation.services.warnings import warn_member
from tests.factories import (
    CaseFactory,
    GrantFactory,
    GuildSettingsFactory,
    MemberFactory,
    MemberWarningFactory,
    PunishmentFactory,
    StandingOrderFactory,
)

pytestmark = pytest.mark.django_db
NOW = timezone.now()
DAY = timedelta(days=1)
ONCE = "11111111-1111-4111-8111-111111111111"
MODERATOR = 7 * 10**16
LISTS = [
    "/moderation/case/",
    "/moderation/memberwarning/",
    "/moderation/punishment/",
    "/moderation/punishment/bans/",
    "/moderation/punishment/mutes/",
    "/moderation/punishment/stuck/",
]


@pytest.fixture
def guild(client):
    """The server of somebody who may do everything there, signed in."""
    grant = GrantFactory(capabilities=Grant.Capability.values)
    GuildSettingsFactory(guild=grant.guild)
    client.force_login(grant.staff)
    with guild_scope(grant.guild_id):
        yield grant.guild


def rows(client, address, **asked):
    return list(client.get(address, asked).context["cl"].result_list)


def held(guild, kind, **told):
    told = {"case__guild": guild, "case__moderator_id": MODERATOR, **told}
    return PunishmentFactory(guild=guild, kind=kind, **told)


def decided(guild, **told):
    return Decision(guild_id=guild.pk, moderator_id=MODERATOR, is_sure=True, **told)


def muted(guild, duration=DAY, user_id=4 * 10**16):
    deed = Deed(kind="mute", user_id=user_id, reason="Spam", duration=duration)
    return mute_member(decision=decided(guild), deed=deed)


def fill(guild, many):
    for number in range(many):
        member = MemberFactory(guild=guild)
        told = {"guild": guild, "user_id": member.user_id}
        MemberWarningFactory(**told, case__guild=guild, case__moderator_id=MODERATOR + number)
        for kind in ("ban", "mute"):
            held(kind=kind, **told, ends_at=NOW + DAY)
        waits = {"kind": "ban", "attempts": 2, "last_error": "No."}
        StandingOrderFactory(**told, **waits)


@pytest.mark.parametrize("address", LISTS)
def test_a_list_of_sixty_rows_asks_few_questions(
    client, guild, address, django_assert_max_num_queries
):
    fill(guild, 60)
    client.get("/")

    with django_assert_max_num_queries(13):
        assert len(rows(client, address)) == 50


@pytest.mark.parametrize("address", LISTS)
def test_a_list_holds_the_rows_of_ones_own_server_only_and_says_when_it_is_empty(
    client, guild, address
):
    fill(GuildSettingsFactory(guild__name="elsewhere").guild, 1)

    answer = client.get(address)

    assert list(answer.context["cl"].result_list) == []
    assert answer.context["empty_words"] in answer.content.decode()


def test_cases_are_narrowed_by_everything_one_looks_for(client, guild):
    nora = MemberFactory(guild=guild, nickname="Nora")
    ban = CaseFactory(guild=guild, kind="ban", moderator_id=nora.user_id, source="web")
    gone = CaseFactory(guild=guild, overruled_at=NOW, created_at=NOW - 9 * DAY)

    for asked, found in (
        ({"kind__exact": "ban"}, [ban]),
        ({"source__exact": "web"}, [ban]),
        ({"moderator": "nor"}, [ban]),
        ({"moderator": str(nora.user_id)}, [ban]),
        ({"moderator": "nobody"}, []),
        ({"overruled": "yes"}, [gone]),
        ({"overruled": "no"}, [ban]),
        ({"created_at__from": (NOW - DAY).date()}, [ban]),
        ({}, [ban, gone]),
    ):
        assert rows(client, "/moderation/case/", **asked) == found, asked


def test_cases_are_found_by_number_person_and_words_of_the_reason(client, guild):
    ada = MemberFactory(guild=guild, nickname="Ada")
    one = CaseFactory(guild=guild, number=12, user_id=ada.user_id, reason="Rude, again and again")
    two = CaseFactory(guild=guild, number=120, reason="Spoilers in #poetry")

    for words, found in (
        ("12", [one]),
        ("#120", [two]),
        ("ada", [one]),
        (str(ada.user_id), [one]),
        ("spoil", [two]),
        ("poetry spoilers", [two]),
        ("oilers", []),
        ("again ru", [one]),
        ("':* | !", []),
        ("9" * 40, []),
        ("", [two, one]),
    ):
        assert rows(client, "/moderation/case/", q=words) == found, words


def test_words_of_a_reason_are_found_by_their_index(guild):
    said = SearchQuery("'spoil':*", config="simple", search_type="raw")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        with cross_guild("a test looks for the index"):
            plan = Case.objects.alias(said=REASON_WORDS).filter(said=said).explain()

    assert "moderation_case_by_words" in plan


def test_a_common_word_finds_the_same_cases_as_a_rare_one(client, guild, monkeypatch):
    cases = [CaseFactory(guild=guild, reason="Spoilers again") for _ in range(3)][::-1]
    rare = rows(client, "/moderation/case/", q="spoil")
    monkeypatch.setattr("moderation.querysets.cases.FEW", 2)

    assert rare == rows(client, "/moderation/case/", q="spoil") == cases


def test_the_list_of_cases_is_taken_along_as_it_was_narrowed(client, guild):
    CaseFactory(guild=guild, number=1, kind="ban", reason="=HYPERLINK(1)")
    CaseFactory(guild=guild, number=2, kind="warn")
    asked = {"next": "/moderation/case/?kind__exact=ban"}

    answer = client.post("/moderation/case/export/", asked)
    told = b"".join(answer.streaming_content).decode().splitlines()

    assert told[0].startswith("number,kind,user_id,")
    assert [line[:6] for line in told[1:]] == ["1,ban,"]
    assert "'=HYPERLINK(1)" in told[1]
    assert "cases.csv" in answer["Content-Disposition"]
    assert AuditEntry.objects.get().after == {"narrowed by": "kind__exact=ban"}


def test_no_cell_of_a_file_is_a_formula():
    lines = list(csv_lines(["a"], [["=1", "+1", "-1", "@x", "\t=1", "plain"]]))

    assert lines[1] == "'=1,'+1,'-1,'@x,'\t=1,plain\r\n"


def test_warnings_are_narrowed_by_their_state(client, guild):
    told = {"guild": guild, "case__guild": guild}
    standing = MemberWarningFactory(**told, expires_at=NOW + DAY)
    over = MemberWarningFactory(**told, given_at=NOW - 2 * DAY, expires_at=NOW - DAY)
    pardoned = MemberWarningFactory(**told, ended_at=NOW, ending="pardoned")

    for state, found in (
        ("standing", [standing]),
        ("over", [pardoned, over]),
        ("pardoned", [pardoned]),
        ("overruled", []),
        ("nonsense", [pardoned, over, standing]),
    ):
        assert rows(client, "/moderation/memberwarning/", state=state) == found, state


def test_many_warnings_are_pardoned_at_once_and_named_before(client, guild):
    ada = MemberFactory(guild=guild, nickname="Ada")
    given = [
        warn_member(decision=decided(guild), deed=Deed(kind="warn", user_id=ada.user_id))[0]
        for _ in range(2)
    ]
    keys = ",".join(str(each.pk) for each in MemberWarning.objects.all())

    shown = client.get(f"/moderation/memberwarning/{keys}/pardon/").content.decode()
    client.post(
        f"/moderation/memberwarning/{keys}/pardon/", {"once": ONCE, "reason": "Talked it over"}
    )

    assert f"#{given[0].number} Ada" in shown
    assert {each.ending for each in MemberWarning.objects.all()} == {"pardoned"}
    assert CaseEvent.objects.filter(verb="pardoned").count() == 2


def test_what_ends_first_stands_above_and_what_ends_today_is_found(client, guild):
    end_of_day = timezone.now().replace(hour=23, minute=59, second=59, microsecond=0)
    today = held(guild, "ban", user_id=1, starts_at=NOW - DAY, ends_at=end_of_day)
    later = held(guild, "mute", user_id=1, ends_at=NOW + 9 * DAY)
    held(guild, "ban", user_id=2)
    held(
        guild, "ban", user_id=3, state="expired", ended_at=NOW, ended_by="expiry", ends_at=NOW + DAY
    )

    assert rows(client, "/moderation/punishment/") == [today, later]
    assert rows(client, "/moderation/punishment/", ends="today") == [today]
    assert rows(client, "/moderation/punishment/", kind__exact="mute") == [later]
    assert rows(client, "/moderation/punishment/mutes/") == [later]
    assert len(rows(client, "/moderation/punishment/bans/")) == 2


def test_a_punishment_says_how_far_discord_has_taken_it(client, guild):
    muted(guild)
    before = client.get("/moderation/punishment/").content.decode()
    StandingOrder.objects.update(applied_rev=1, next_check_at=NOW + DAY, owner="ours")
    after = client.get("/moderation/punishment/").content.decode()
    StandingOrder.objects.all().delete()
    lost = client.get("/moderation/punishment/").content.decode()

    assert "Waits for Discord" in before
    assert "Confirmed by Discord" in after
    assert "Nobody keeps it true" in lost


def test_punishments_are_lifted_from_their_list(client, guild):
    muted(guild, user_id=4 * 10**16)
    ban_member(decision=decided(guild), deed=Deed(kind="ban", user_id=5 * 10**16))
    keys = ",".join(str(each.pk) for each in Punishment.objects.all())

    page = client.post(
        f"/moderation/punishment/{keys}/lift/", {"once": ONCE, "reason": "Enough"}, follow=True
    ).content.decode()

    assert "Lift: 2 done." in page
    assert {each.state for each in Punishment.objects.all()} == {"revoked"}
    assert not StandingOrder.objects.filter(wanted=True).exists()
    assert {each.source for each in Case.objects.filter(kind__in=["unmute", "unban"])} == {"web"}


@pytest.mark.parametrize(
    ("end", "left"), [("2d", 2 * DAY), ("for ever", None), ("until 2100-01-01", "refused")]
)
def test_an_end_is_changed_from_the_list(client, guild, end, left):
    muted(guild)
    (one,) = Punishment.objects.all()

    page = client.post(f"/moderation/punishment/{one.pk}/change_end/", {"once": ONCE, "end": end})

    one.refresh_from_db()
    if left == "refused":
        assert "between a second and ten years" in page.content.decode()
    elif left is None:
        assert one.ends_at is None
    else:
        assert abs(one.ends_at - timezone.now() - left) < timedelta(minutes=5)


def test_who_may_only_moderate_changes_no_end(client, guild):
    case = muted(guild)
    (one,) = Punishment.objects.all()
    staff = GrantFactory(guild=guild, capabilities=["moderate"]).staff
    client.force_login(staff)

    answers = [
        client.post(f"/moderation/punishment/{deed}/", {"end": "2d", "reason": "x"})
        for deed in (f"{one.pk}/change_end", f"{one.pk}/lift", "ban_many")
    ]

    one.refresh_from_db()
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert one.ends_at == case.created_at + DAY


def test_many_are_banned_after_they_were_seen_and_once(client, guild):
    here = MemberFactory(guild=guild, nickname="Ada")
    asked = {
        "ids": f"{here.user_id}, {5 * 10**16}\n{guild.owner_id or ''} nonsense 123",
        "reason": "Raid",
    }

    seen = client.post("/moderation/punishment/ban_many/", asked)
    nobody = Punishment.objects.count()
    told = {name: seen.context[name] for name in ("ids", "reason", "once", "seen")}
    for _ in range(2):
        client.post("/moderation/punishment/ban_many/", told)

    assert "2 people will be banned for ever" in seen.content.decode()
    assert "Ada" in seen.content.decode()
    assert nobody == 0
    assert Case.objects.filter(kind="ban").count() == 2


def test_what_was_seen_is_what_is_banned(client, guild):
    seen = client.post("/moderation/punishment/ban_many/", {"ids": 5 * 10**16, "reason": "Raid"})
    told = {name: seen.context[name] for name in ("reason", "once", "seen")}

    again = client.post("/moderation/punishment/ban_many/", {**told, "ids": 6 * 10**16})

    assert "will be banned" in again.content.decode()
    assert not Case.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_bans_that_were_made_before_a_crash_stay_and_the_rest_follow(client, guild, monkeypatch):
    asked = {"ids": f"{5 * 10**16} {6 * 10**16}", "reason": "Raid"}
    seen = client.post("/moderation/punishment/ban_many/", asked)
    told = {name: seen.context[name] for name in ("ids", "reason", "once", "seen")}

    def crash(*, decision, deed):
        if deed.user_id == 6 * 10**16:
            raise RuntimeError("The power is gone.")
        return ban_member(decision=decision, deed=deed)

    monkeypatch.setattr("moderation.services.bulk.ban_member", crash)
    with pytest.raises(RuntimeError):
        client.post("/moderation/punishment/ban_many/", told)
    before = Case.objects.count()
    monkeypatch.undo()
    client.post("/moderation/punishment/ban_many/", told)

    assert (before, Case.objects.count()) == (1, 2)


@pytest.mark.parametrize(
    "ids", ["", "nobody", "123", "9" * 19, " ".join(map(str, range(10**16, 10**16 + 201)))]
)
def test_ids_that_are_none_or_too_many_are_refused(client, guild, ids):
    answer = client.post("/moderation/punishment/ban_many/", {"ids": ids, "reason": "Raid"})

    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()


def test_what_discord_does_not_take_is_listed_with_why_and_tried_again(client, guild):
    forbidden = {"attempts": 3, "last_error": "The bot lacks the permission."}
    stuck = StandingOrderFactory(guild=guild, kind="ban", hold="permission", **forbidden)
    lift = StandingOrderFactory(guild=guild, kind="timeout", wanted=False, **forbidden)
    StandingOrderFactory(guild=guild, kind="role", hold="permission", **forbidden)
    StandingOrderFactory(guild=guild, kind="ban", wanted_at=timezone.now())
    slow = StandingOrderFactory(guild=guild, kind="ban", wanted_at=NOW - DAY)

    page = client.get("/moderation/punishment/stuck/")
    client.post(f"/community/standingorder/{stuck.pk}/retry/")

    stuck.refresh_from_db()
    assert {each.pk for each in page.context["cl"].result_list} == {stuck.pk, lift.pk, slow.pk}
    assert "The bot lacks the permission." in page.content.decode()
    assert (stuck.attempts, stuck.hold) == (0, "")
