"""Leave: who may enter it, how long, and when it ends."""

from datetime import UTC, datetime, timedelta

import pytest

from activity.models import AfkLeave
from activity.services.leaves import current_leave, end_leave, enter_leave, take_leave
from activity.services.own import come_back, go_on_leave
from community.errors import HouseError, NotAllowed
from community.models import AuditEntry
from tests.factories import GrantFactory, MemberFactory, StaffFactory

pytestmark = pytest.mark.django_db
NOW, DAY = datetime(2026, 5, 20, 12, tzinfo=UTC), timedelta(days=1)


def take(member, days, now=NOW, **told):
    about = {"guild_id": member.guild_id, "user_id": member.user_id}
    return take_leave(**about, until=now + days * DAY, now=now, **told)


def test_the_last_word_about_ones_leave_counts_and_coming_back_ends_it(guild):
    ada = MemberFactory(guild=guild)
    about = {"guild_id": guild.pk, "user_id": ada.user_id}

    take(ada, 3, reason="Exams\n\nand more")
    take(ada, 5, NOW + DAY)
    ended = end_leave(**about, now=NOW + 2 * DAY)

    leave = AfkLeave.objects.get()
    assert (leave.starts_at, leave.ends_at) == (NOW, NOW + 6 * DAY)
    assert ended.ended_at == NOW + 2 * DAY
    assert current_leave(**about, now=NOW + 2 * DAY) is None
    with pytest.raises(HouseError, match="You are not on leave"):
        end_leave(**about, now=NOW + 3 * DAY)


def test_nobody_enters_too_much_for_themselves_and_moderators_a_year(guild):
    ada = MemberFactory(guild=guild)
    by = GrantFactory(guild=guild, staff__discord_id=77).staff
    told = {"member": ada, "by": by, "now": NOW}

    with pytest.raises(HouseError, match="60 days"):
        take(ada, 61)
    with pytest.raises(HouseError, match="a year"):
        enter_leave(**told, until=NOW + 400 * DAY)
    with pytest.raises(HouseError, match="over already"):
        enter_leave(**told, until=NOW)
    leave = enter_leave(**told, until=NOW + 90 * DAY, reason="At sea")

    assert (leave.reason, leave.given_by_id) == ("At sea", 77)
    assert AuditEntry.objects.get().verb == "activity.leave.entered"


def test_who_may_not_moderate_enters_nothing_for_others(guild):
    ada, by = MemberFactory(guild=guild), StaffFactory()

    with pytest.raises(NotAllowed):
        enter_leave(member=ada, by=by, until=NOW + DAY, now=NOW)
    with pytest.raises(NotAllowed):
        end_leave(guild_id=guild.pk, user_id=ada.user_id, now=NOW, by=by)
    with pytest.raises(HouseError, match="not met"):
        take(MemberFactory(guild=guild, left_at=NOW), 3)


def test_an_end_is_read_as_people_write_it_in_the_servers_zone(guild):
    guild.tz = "Asia/Tokyo"
    guild.save()
    about = {"guild_id": guild.pk, "user_id": MemberFactory(guild=guild).user_id, "now": NOW}

    leave = go_on_leave(**about, until="2026-06-01", reason="")
    with pytest.raises(HouseError, match="has an end"):
        go_on_leave(**about, until="for ever", reason="")
    come_back(**about)

    assert leave.ends_at == datetime(2026, 5, 31, 15, tzinfo=UTC)
