"""Uses of commands are counted once, with how they came out, and summed up day by day."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from community import intake
from community.models import CommandDay, CommandUse
from community.scope import cross_guild
from community.services.uses import Use, look_at_uses, write_uses
from community.spans import Span
from tests.community.factories import CommandDayFactory, CommandUseFactory

DAY = datetime(2026, 3, 1, 21, tzinfo=UTC)


def a_use(number, guild_id=None, result="ok", command="/warn", took_ms=10, at=DAY):
    return Use(
        id=number,
        guild_id=guild_id,
        command=command,
        user_id=7,
        result=result,
        took_ms=took_ms,
        used_at=at,
    )


def sums(guild_id):
    days = CommandDay.objects.filter(guild_id=guild_id).order_by("day", "command")
    return list(days.values_list("day", "command", "uses", "refused", "failed", "slowest_ms"))


@pytest.mark.django_db
def test_what_is_told_twice_is_counted_once_and_direct_messages_belong_to_no_server(guild):
    told = [
        a_use(1, guild.pk, took_ms=30),
        a_use(2, guild.pk, "refused"),
        a_use(3, guild.pk, "failed", at=DAY + timedelta(hours=4)),
        a_use(4),
    ]

    new = write_uses(uses=told[:3]), write_uses(uses=told), write_uses(uses=told)

    assert new == (3, 1, 0)
    assert sums(guild.pk) == [
        (date(2026, 3, 1), "/warn", 2, 1, 0, 30),
        (date(2026, 3, 2), "/warn", 1, 0, 1, 10),
    ]
    with cross_guild("a test looks at what belongs to no server"):
        assert CommandDay.objects.filter(guild=None).get().uses == 1
        assert CommandUse.objects.count() == 4


@pytest.mark.django_db
def test_the_page_knows_what_is_used_most_what_is_slow_and_at_which_hours(guild):
    told = [a_use(n, guild.pk, took_ms=n) for n in range(1, 101)]
    told += [a_use(200, guild.pk, "failed", "/ban", 900), a_use(201, command="/remind")]
    write_uses(uses=told)
    CommandDayFactory(guild=guild, day=date(2025, 1, 1), uses=9)

    with timezone.override("Europe/Berlin"):
        usage = look_at_uses(guild_id=guild.pk, span=Span(date(2026, 2, 1), date(2026, 3, 31)))

    assert [(each.name, each.uses, each.slow_ms) for each in usage.commands] == [
        ("/warn", 100, 95),
        ("/ban", 1, 900),
    ]
    assert usage.by_day == {date(2026, 3, 1): (100, 0, 1)}
    assert usage.by_hour[22] == 101
    assert sum(usage.by_hour) == 101


@pytest.mark.django_db
def test_sums_outlive_the_uses_they_were_made_of(guild):
    from community.services.retention import keep_retention

    write_uses(uses=[a_use(1, guild.pk, at=timezone.now() - timedelta(days=91))])
    CommandUseFactory(guild=guild)

    keep_retention()

    assert CommandUse.objects.count() == 1
    assert CommandDay.objects.get().uses == 1


@pytest.mark.django_db(transaction=True)
def test_every_command_is_counted_with_how_it_came_out_however_often_it_is_told(here):
    from tests.living_bot import becomes

    here.sandbox.add_fault("interaction_twice", times=1)

    here.use("ping")
    here.use("ping", by=here.place.human)
    here.use("whois", person=here.place.human)
    here.use("case", number=9)
    seen = CommandUse.objects.filter(guild_id=here.guild_id).order_by("id")

    wanted = [("/ping", "ok"), ("/ping", "ok"), ("/whois", "ok"), ("/case", "refused")]
    becomes(lambda: list(seen.values_list("command", "result")), wanted)
    becomes(lambda: list(intake._waiting), [])
    assert max(seen.values_list("took_ms", flat=True)) > 0
    assert str(seen[1].user_id) == here.place.human
