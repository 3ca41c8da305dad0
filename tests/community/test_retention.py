"""Rows leave when their time is over, and not before."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from community.models import Archive, AuditEntry, AuditTrace, Guild, Invite, LoginTry, Member
from community.scope import cross_guild
from community.services.retention import declared, keep_retention, running
from tests.factories import (
    AuditEntryFactory,
    AuditTraceFactory,
    GuildFactory,
    GuildSettingsFactory,
    InviteFactory,
    LoginTryFactory,
    MemberRoleFactory,
    OverwriteFactory,
)

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def ago(days):
    return NOW - timedelta(days=days)


def test_a_removed_server_goes_whole_after_thirty_days_but_not_its_history():
    gone, waiting = GuildFactory(left_at=ago(31)), GuildFactory(left_at=ago(29))
    for guild in (gone, waiting):
        MemberRoleFactory(guild=guild)
        OverwriteFactory(guild=guild)
        GuildSettingsFactory(guild=guild)
        AuditEntryFactory(guild=guild)

    keep_retention()

    with cross_guild("the test looks everywhere"):
        assert list(Guild.objects.all()) == [waiting]
        assert Member.objects.get().guild == waiting
        assert AuditEntry.objects.count() == 2


def test_addresses_are_emptied_after_thirty_days_and_the_entry_stays():
    old, young = AuditTraceFactory(at=ago(31)), AuditTraceFactory(at=ago(29))

    assert keep_retention() == 1

    with cross_guild("the test looks everywhere"):
        assert AuditTrace.objects.get(pk=old.pk).address == ""
        assert AuditTrace.objects.get(pk=young.pk).address == young.address
        assert AuditEntry.objects.count() == 2


def test_old_history_is_archived_server_by_server(settings, tmp_path):
    settings.GUILDHALL_DATA = tmp_path
    AuditEntryFactory(at=ago(366))
    AuditEntryFactory(at=ago(366), guild=None)
    AuditEntryFactory(at=ago(364))

    assert keep_retention() == 2

    assert Archive.objects.exclude(let_out_at=None).count() == 2
    assert len(list((tmp_path / "archives").glob("*.jsonl.gz"))) == 2
    with cross_guild("the test looks everywhere"):
        assert AuditEntry.objects.count() == 1


def test_what_has_no_time_yet_stays():
    InviteFactory(deleted_at=None)
    InviteFactory(deleted_at=ago(31))
    LoginTryFactory(tried_at=ago(2))

    assert keep_retention() == 2

    with cross_guild("the test looks everywhere"):
        assert Invite.objects.get().deleted_at is None
    assert not LoginTry.objects.exists()


def test_a_server_that_returned_while_we_looked_stays(monkeypatch):
    guild = GuildFactory(left_at=ago(31))
    found = running.past_their_time

    def returns_meanwhile(model, rule, **where):
        rows = found(model, rule, **where)
        if model is Guild:
            Guild.objects.filter(pk=guild.pk).update(left_at=None)
        return rows

    monkeypatch.setattr(running, "past_their_time", returns_meanwhile)
    keep_retention()

    with cross_guild("the test looks everywhere"):
        assert Guild.objects.filter(pk=guild.pk).exists()


def test_a_table_that_refuses_does_not_stop_the_others(monkeypatch, settings, tmp_path, caplog):
    settings.GUILDHALL_DATA = tmp_path / "not a folder"
    settings.GUILDHALL_DATA.touch()
    AuditEntryFactory(at=ago(366))
    LoginTryFactory(tried_at=ago(2))

    assert keep_retention() == 1
    assert "community_auditentry could not leave" in caplog.text


def test_a_backlog_is_worked_off_in_bounded_runs(monkeypatch):
    monkeypatch.setattr(LoginTry, "retention", replace(LoginTry.retention, slice=2))
    monkeypatch.setattr(running, "SLICES_PER_RUN", 2)
    LoginTryFactory.create_batch(5, tried_at=ago(2))

    assert [keep_retention() for _ in range(3)] == [4, 1, 0]


def test_every_model_says_how_long_its_rows_stay():
    from django.apps import apps

    from community.retention import Retention

    house = [apps.get_app_config(app) for app in ("community", "activity", "economy", "moderation")]
    for model in [model for app in house for model in app.get_models()]:
        assert isinstance(model.retention, Retention), model
        assert model.retention.why, model
        if model.retention.since:
            model._meta.get_field(model.retention.since)
    assert len(list(declared())) >= 20
    assert settings.GUILDHALL_DATA
