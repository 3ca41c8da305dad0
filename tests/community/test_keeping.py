"""How long what stays: by the house, by a server's own word, and by what must be kept whole."""

import gzip
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from community.errors import HouseError, NotAllowed, StillNeeded
from community.models import (
    Archive,
    AuditEntry,
    GoneMember,
    Grant,
    Guild,
    Member,
    MemberRole,
    RetentionChoice,
)
from community.scope import cross_guild
from community.services.archives import find_archive_damage, restore_archive
from community.services.people import MemberFacts, mirror_members
from community.services.privacy import erase_person
from community.services.retention import choose_retention, forget_choice, keep_retention, look_ahead
from moderation.services.holding import hold_case, lift_hold
from tests.activity.factories import (
    MemberEventFactory,
    PresenceDayFactory,
    RoleChangeFactory,
    VoiceEventFactory,
    VoiceSessionFactory,
)
from tests.community.factories import CommandUseFactory, StayFactory
from tests.factories import (
    AuditEntryFactory,
    CaseFactory,
    GrantFactory,
    GuildFactory,
    LadderFireFactory,
    MemberFactory,
    MemberRoleFactory,
    MemberWarningFactory,
    StandingOrderFactory,
)

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture(autouse=True)
def _everywhere(settings, tmp_path):
    settings.GUILDHALL_DATA = tmp_path
    with cross_guild("the test looks everywhere"):
        yield


def ago(days):
    return NOW - timedelta(days=days)


def day_ago(days):
    return {"day": ago(days).date()}


def ended(days):
    return {"started_at": ago(days + 1), "ended_at": ago(days), "ending": "left"}


DEFAULTS = {
    PresenceDayFactory: (91, 89, day_ago),
    VoiceSessionFactory: (366, 364, ended),
    VoiceEventFactory: (366, 364, lambda days: {"at": ago(days)}),
    MemberEventFactory: (366, 364, lambda days: {"at": ago(days)}),
    RoleChangeFactory: (366, 364, lambda days: {"at": ago(days)}),
    CommandUseFactory: (91, 89, lambda days: {"used_at": ago(days)}),
    AuditEntryFactory: (366, 364, lambda days: {"at": ago(days)}),
    MemberFactory: (181, 179, lambda days: {"left_at": ago(days)}),
    MemberWarningFactory: (366, 364, lambda days: {"ended_at": ago(days), "ending": "expired"}),
    GuildFactory: (31, 29, lambda days: {"left_at": ago(days)}),
}


@pytest.mark.parametrize("factory", DEFAULTS, ids=lambda each: each.__name__)
def test_rows_leave_after_their_time_and_not_before(factory):
    over, young, told = DEFAULTS[factory]
    factory(**told(over))
    stays = factory(**told(young))
    name = factory._meta.model._meta.verbose_name_plural.lower()
    foreseen = [(each.name.lower(), each.count) for each in look_ahead() if each.count]

    assert keep_retention() == 1

    assert list(factory._meta.model.objects.all()) == [stays]
    assert foreseen == [(name, 1)]


def test_a_warning_is_a_year_at_hand_a_year_in_a_file_and_then_only_in_its_case(
    time_machine, django_capture_on_commit_callbacks
):
    fire = LadderFireFactory(warning__ended_at=ago(366), warning__ending="expired")
    case = fire.warning.case
    keep_retention()
    paper = Archive.objects.standing().get()
    was_there = Path(paper.path).exists()

    time_machine.move_to(NOW + timedelta(days=366))
    with django_capture_on_commit_callbacks(execute=True):
        keep_retention()

    paper.refresh_from_db()
    assert was_there
    assert not Path(paper.path).exists()
    assert paper.dropped_at is not None
    assert list(find_archive_damage()) == []
    case.refresh_from_db()
    assert case.kind == "warn"


def returns(guild, user_id):
    facts = MemberFacts(user_id=user_id, username="ada", joined_at=NOW)
    mirror_members(guild_id=guild.pk, facts=[facts])


def test_who_left_long_ago_is_archived_and_back_as_they_were():
    gone = MemberFactory(left_at=ago(200), came_by="library", joined_at=ago(300))
    held = MemberRoleFactory(guild=gone.guild, member=gone, assigned_at=ago(250), ended_at=ago(200))
    stay = StayFactory(guild=gone.guild, member=gone, joined_at=ago(300), closed_at=ago(300))
    here = MemberFactory(guild=gone.guild)
    before = MemberRole.objects.filter(pk=held.pk).values().get()

    assert keep_retention() == 1
    assert list(Member.objects.all()) == [here]
    assert not MemberRole.objects.exists()
    returns(gone.guild, gone.user_id)

    back = Member.objects.get(user_id=gone.user_id)
    assert (back.pk, back.left_at) == (gone.pk, None)
    assert MemberRole.objects.filter(pk=held.pk).values().get() == before
    assert list(back.stays.all()) == [stay]
    assert not GoneMember.objects.exists()


def test_a_file_of_people_comes_back_without_those_who_are_here_already():
    guild = GuildFactory()
    back, newcomer, away = MemberFactory.create_batch(3, guild=guild, left_at=ago(200))
    keep_retention()
    returns(guild, back.user_id)
    GoneMember.objects.filter(user_id=newcomer.user_id).delete()
    returns(guild, newcomer.user_id)
    before = Member.objects.exclude(user_id=away.user_id).order_by("pk").values()
    before = list(before)

    came = restore_archive(archive=Archive.objects.get())

    assert str(came) == "1 rows are back. 2 were here already, and stay as they are."
    assert list(Member.objects.exclude(pk=away.pk).order_by("pk").values()) == before
    assert Member.objects.get(user_id=away.user_id).pk == away.pk
    assert not GoneMember.objects.exists()


def test_who_returns_when_the_file_is_lost_is_a_newcomer(caplog):
    gone = MemberFactory(left_at=ago(200))
    keep_retention()
    Path(Archive.objects.get().path).unlink()

    returns(gone.guild, gone.user_id)

    assert Member.objects.get(user_id=gone.user_id).joined_at == NOW
    assert "begin anew" in caplog.text


def test_who_was_erased_in_a_file_returns_without_their_name(django_capture_on_commit_callbacks):
    gone = MemberFactory(left_at=ago(200), nickname="Countess")
    other = MemberFactory(left_at=ago(200), guild=gone.guild, nickname="Engineer")
    keep_retention()

    with django_capture_on_commit_callbacks(execute=True):
        erase_person(user_id=gone.user_id, by=None)
    returns(gone.guild, gone.user_id)
    returns(gone.guild, other.user_id)

    lines = Path(Archive.objects.standing().get().path).read_bytes()
    assert b"Countess" not in gzip.decompress(lines)
    assert not Member.objects.filter(nickname="Countess").exists()
    assert Member.objects.get(user_id=other.user_id).pk == other.pk


def test_who_has_a_case_or_an_order_stays():
    known = MemberFactory(left_at=ago(200))
    CaseFactory(guild=known.guild, user_id=known.user_id)
    kept = MemberFactory(left_at=ago(200))
    StandingOrderFactory(guild=kept.guild, user_id=kept.user_id)

    assert keep_retention() == 0


@pytest.fixture
def marin():
    """Somebody who may configure one server."""
    return GrantFactory(capabilities=["see", "configure"])


def choose(grant, days, table="activity_presenceday"):
    kept = timedelta(days=days)
    return choose_retention(guild_id=grant.guild_id, table=table, kept=kept, by=grant.staff)


def test_a_server_keeps_rows_for_its_own_span_and_others_for_the_houses(marin):
    PresenceDayFactory(guild=marin.guild, **day_ago(20))
    elsewhere = PresenceDayFactory(**day_ago(20))
    choose(marin, 30)
    choice = choose(marin, 14)

    foreseen = [(each.count, each.after.days) for each in look_ahead(guild_id=marin.guild_id)
                if each.choice]  # fmt: skip
    assert foreseen == [(1, 14)]
    assert keep_retention() == 1
    assert list(type(elsewhere).objects.all()) == [elsewhere]
    forget_choice(choice=choice, by=marin.staff)
    changes = AuditEntry.objects.order_by("pk").values_list("before", "after")
    assert list(changes) == [
        ({"days": None}, {"days": 30}),
        ({"days": 30}, {"days": 14}),
        ({"days": 14}, {}),
    ]


def test_nobody_chooses_beyond_the_bounds_or_without_the_right(marin):
    for days, table in ((6, "activity_presenceday"), (366, "activity_presenceday"),
                        (90, "moderation_case"), (1.5, "activity_presenceday")):  # fmt: skip
        with pytest.raises(HouseError):
            choose(marin, days, table)
    with pytest.raises(NotAllowed):
        choose(GrantFactory(guild=marin.guild, capabilities=["moderate"]), 30)

    assert not RetentionChoice.objects.exists()


def test_a_held_case_keeps_its_server_its_warning_its_history_and_its_person(marin):
    AuditEntryFactory(guild=marin.guild, at=ago(366))
    warning = MemberWarningFactory(guild=marin.guild, ended_at=ago(366), ending="expired")
    case = warning.case
    hold_case(case=case, by=marin.staff, reason="A court asked")
    with pytest.raises(HouseError, match="held already"):
        hold_case(case=case, by=marin.staff, reason="Twice")
    Guild.objects.filter(pk=marin.guild_id).update(left_at=ago(31))

    assert keep_retention() == 0
    with pytest.raises(StillNeeded, match="kept whole"):
        erase_person(user_id=case.user_id, by=None)

    lift_hold(case=case, by=marin.staff, reason="The court is done")
    assert keep_retention() == 2
    assert not Guild.objects.filter(pk=marin.guild_id).exists()


def test_a_dry_run_says_what_would_leave_and_changes_nothing():
    PresenceDayFactory(**day_ago(100))
    mine = MemberEventFactory(at=ago(400))
    everywhere, here = StringIO(), StringIO()

    call_command("retention", "--dry-run", stdout=everywhere)
    call_command("retention", "--dry-run", "--guild", str(mine.guild_id), stdout=here)
    call_command("retention", "--guild", str(GuildFactory().pk), stdout=StringIO())

    assert len(everywhere.getvalue().splitlines()) == 2
    assert here.getvalue().startswith("1 member events, the oldest of ")
    assert type(mine).objects.filter(pk=mine.pk).exists()


def test_the_pages_tell_how_long_rows_stay_and_let_a_server_choose(client, marin, keeper):
    PresenceDayFactory(guild=marin.guild, **day_ago(20))
    case = CaseFactory(guild=marin.guild)
    client.force_login(marin.staff)
    asked = {"table": "activity_presenceday", "kept": "14d"}

    said = client.post("/community/retentionchoice/choose/", asked, follow=True).content.decode()
    for deed in ("hold", "lift_hold"):
        client.post(f"/moderation/case/{case.pk}/{deed}/", {"reason": "A court asked"})
        shown = client.get(f"/moderation/case/{case.pk}/change/").content.decode()
        assert ("A court asked" in shown) == (deed == "hold")

    assert "own span" in said
    assert client.get("/house/retention/").status_code == 403
    client.force_login(GrantFactory(staff=keeper, capabilities=Grant.Capability.values).staff)
    assert "Presence" in client.get("/house/retention/").content.decode()
