"""A person can have a copy, and be forgotten; a removed server's history goes to the archive."""

import gzip
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from community.errors import StillNeeded
from community.models import Archive, Guild
from community.scope import cross_guild, guild_scope
from community.services.privacy import erase_person, export_person
from community.services.retention import keep_retention
from moderation.models import Case, CaseEvent, CaseText
from moderation.services.docket import Decision, Deed, open_case
from moderation.services.proof import breaches_of_history
from tests.factories import GuildFactory, GuildSettingsFactory, PunishmentFactory

pytestmark = pytest.mark.django_db
READER = 400


def warned(guild):
    deed = Deed(kind="warn", user_id=READER, reason="Spoilers", comment="Again")
    with guild_scope(guild.pk):
        return open_case(decision=Decision(guild_id=guild.pk, moderator_id=7), deed=deed)


def test_their_copy_holds_the_reason_and_not_what_moderators_said(guild):
    warned(guild)

    told = export_person(user_id=READER)

    assert told["moderation.Case"][0]["reason"] == "Spoilers"
    assert "Again" not in str(told)


def test_the_words_about_them_go_and_the_history_still_holds(guild):
    case = warned(guild)

    erase_person(user_id=READER, by=None)

    case.refresh_from_db()
    assert (case.reason, case.comment) == ("", "")
    text = CaseText.objects.of(guild.pk).get()
    assert (text.words, text.salt) == ("", "")
    assert list(breaches_of_history(guild_id=guild.pk)) == []


def test_who_is_punished_is_not_forgotten(guild):
    PunishmentFactory(guild=guild, case__user_id=READER)

    with pytest.raises(StillNeeded, match="still holds"):
        erase_person(user_id=READER, by=None)


def test_a_removed_server_goes_after_its_history_was_archived(settings, tmp_path):
    settings.GUILDHALL_DATA = tmp_path
    gone = GuildFactory(left_at=timezone.now() - timedelta(days=31))
    GuildSettingsFactory(guild=gone)
    warned(gone)

    keep_retention()

    with cross_guild("the test looks everywhere"):
        assert not Guild.objects.filter(pk=gone.pk).exists()
        assert not Case.objects.exists()
        assert not CaseEvent.objects.exists()
    paper = Archive.objects.get(table_name="moderation_caseevent")
    assert b'"verb": "opened"' in gzip.decompress(Path(paper.path).read_bytes())
