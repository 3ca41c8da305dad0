"""Histories are anchored outside the database, and every server is looked at each day."""

import json
from contextlib import suppress
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from community.models import Errand, GuildSettings, StandingOrder, Verdict
from community.services.problems import problems_of
from moderation import tasks
from moderation.models import CaseEvent, Docket, Punishment
from moderation.models.cases import NO_HASH
from moderation.services import watching
from moderation.services.anchors import (
    anchor_histories,
    anchors_of,
    note_restored,
    tell_restores,
)
from moderation.services.archived import Anchor
from moderation.services.deeds import ban_member, unban_member
from moderation.services.docket import Decision, Deed, hash_of
from moderation.services.papertrail import restored_line
from moderation.services.verifying import breaches
from moderation.services.watching import look_at_servers
from tests.community.factories import RestorationFactory
from tests.conftest import drop_guard
from tests.factories import ChannelFactory

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "anchors"


@pytest.fixture
def history(guild):
    """A server with a short history."""
    decide(guild, ban_member, "ban", 400)
    decide(guild, unban_member, "unban", 400)
    return guild


def decide(guild, deed, kind, user_id):
    decision = Decision(guild_id=guild.pk, moderator_id=7, is_sure=True)
    return deed(decision=decision, deed=Deed(kind=kind, user_id=user_id))


def anchor(folder, **later):
    return anchor_histories(folder=folder, at=NOW + timedelta(**later))


def cut_the_end(guild):
    """Take the last event away, and let the docket say so: nothing within betrays it."""
    drop_guard()
    last = CaseEvent.objects.of(guild.pk).in_order().last()
    last.texts.all().delete()
    CaseEvent.objects.of(guild.pk).filter(pk=last.pk).delete()
    head = {"last_event": last.seq - 1, "head": last.previous}
    Docket.objects.of(guild.pk).update(**head)


def compute_anew(guild):
    """Change what the first event says, and every hash after it."""
    drop_guard()
    previous = NO_HASH
    for event in CaseEvent.objects.of(guild.pk).select_related("case").in_order():
        event.actor_id, event.previous = 8, previous
        previous = event.hash = hash_of(event, number=event.case.number)
        told = {"actor_id": 8, "previous": event.previous, "hash": event.hash}
        CaseEvent.objects.of(guild.pk).filter(pk=event.pk).update(**told)
    Docket.objects.of(guild.pk).update(head=previous)


def test_an_anchor_says_where_a_history_stands(history, folder):
    docket = Docket.objects.of(history.pk).get()

    assert [anchor(folder), anchor(folder, days=1)] == [1, 0]

    (known,) = anchors_of(guild_id=history.pk, folder=folder)
    assert (known.seq, known.hash) == (docket.last_event, docket.head)
    place = folder / f"{history.pk}.jsonl"
    assert (place.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)


def test_anchors_are_added_and_never_changed(history, folder):
    anchor(folder)
    first = (folder / f"{history.pk}.jsonl").read_text()
    decide(history, ban_member, "ban", 401)

    anchor(folder, days=1)

    assert (folder / f"{history.pk}.jsonl").read_text().startswith(first)
    assert len(anchors_of(guild_id=history.pk, folder=folder)) == 2


def test_a_line_that_broke_off_spoils_no_other(history, folder):
    folder.mkdir()
    (folder / f"{history.pk}.jsonl").write_text('{"at": "20')

    anchor(folder)

    assert len(anchors_of(guild_id=history.pk, folder=folder)) == 1


def test_discord_keeps_an_anchor_too(history, folder):
    GuildSettings.objects.of(history.pk).update(moderation_log=ChannelFactory(guild=history))

    anchor(folder)

    line = Errand.objects.of(history.pk).get(dedupe_key=f"line:anchor:{NOW:%Y-%m-%d}")
    assert Docket.objects.of(history.pk).get().head in line.payload["message"]["content"]


@pytest.mark.parametrize("tampering", [cut_the_end, compute_anew])
def test_only_the_anchors_betray_who_had_the_tables(history, folder, tampering):
    anchor(folder)
    tampering(history)

    assert not [line for line in breaches() if "vent" in line]
    assert [line for line in breaches(folder=folder) if "anchored" in line]


def test_the_command_looks_at_the_anchors(history, folder):
    anchor(folder)
    cut_the_end(history)
    said = StringIO()

    with pytest.raises(SystemExit):
        call_command("verify", "--json", f"--anchors={folder}", stdout=said)

    assert "anchored and is gone" in said.getvalue()


def test_a_look_is_kept_and_a_breach_is_a_problem(history, folder):
    assert look_at_servers(folder=folder, now=NOW) == (1, 0)
    assert look_at_servers(folder=folder, now=NOW) == (0, 0)
    decide(history, ban_member, "ban", 401)
    StandingOrder.objects.of(history.pk).filter(user_id=401).delete()

    assert look_at_servers(folder=folder, now=NOW + timedelta(days=1)) == (1, 1)

    (problem,) = [each for each in problems_of(guild_id=history.pk) if each.kind == "verdict"]
    assert "nobody keeps it true" in problem.title


@pytest.mark.parametrize("tampering", [None, cut_the_end, compute_anew])
def test_a_long_history_is_looked_at_in_parts(history, folder, tampering, monkeypatch):
    monkeypatch.setattr(watching, "EVENTS", 1)
    monkeypatch.setattr(watching, "SECONDS", -1.0)
    anchor(folder)
    if tampering:
        tampering(history)

    looks = [look_at_servers(folder=folder, now=NOW) for _ in range(4)]

    parts = Docket.objects.of(history.pk).get().last_event
    assert looks.index(next(look for look in looks if look[0])) == parts - 1
    verdict = Verdict.objects.of(history.pk).get()
    assert bool([line for line in verdict.breaches if "anchored" in line]) == bool(tampering)


def test_the_clock_anchors_and_looks(history, folder, monkeypatch):
    monkeypatch.setattr(tasks, "ANCHORS", folder)

    assert tasks.anchor_histories() == "1 histories"
    assert look_at_servers(folder=folder, now=NOW) == (1, 0)


def test_a_rule_that_was_taken_away_shows(history):
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER moderation_punishment_stays_ended ON moderation_punishment")

    assert next(breaches()).endswith("moderation_punishment_stays_ended.")


def test_an_end_that_its_case_does_not_tell_shows(history):
    drop_guard()
    CaseEvent.objects.of(history.pk).filter(verb="lifted").update(verb="noted")

    assert any("tells so 0 times" in line for line in breaches())


def test_what_has_ended_stays_ended(history):
    ended = Punishment.objects.of(history.pk).filter(state="revoked")

    with pytest.raises(Exception, match="stays_ended"):
        ended.update(state="active", ended_at=None, ended_by="")


def test_a_line_that_tells_of_a_restore_takes_nothing_back_unless_there_was_one(history, folder):
    place = folder / f"{history.pk}.jsonl"
    anchor(folder)
    standing = Docket.objects.of(history.pk).get()
    cut_the_end(history)
    cut = Docket.objects.of(history.pk).get()
    restored = RestorationFactory.build(shows_at=NOW - timedelta(days=1), restored_at=NOW)
    where = Anchor(history.pk, cut.last_event, cut.head)
    signed = restored_line(restored, where, after=place.read_text().splitlines())

    found = []
    for line in (signed.replace(restored.backup, "another"), "{nobody reads this}", signed):
        with place.open("a") as file:
            file.write(f"{line}\n")
        found.append([line for line in breaches(folder=folder) if "anchor" in line])

    gone = f"Event {standing.last_event} of server {history.pk} was anchored and is gone."
    not_ours = [f"Line {n} of the anchors of server {history.pk} was not written by this house."
                for n in (2, 3, 4)]  # fmt: skip
    # The last was signed, but for another place in the file: whoever copies a line is seen.
    assert found == [[*not_ours[:n], gone] for n in (1, 2, 3)]


def test_of_a_signed_line_nothing_counts_before_the_database_knows_of_the_restore(history, folder):
    anchor(folder)
    place, standing = folder / f"{history.pk}.jsonl", Docket.objects.of(history.pk).get()
    cut_the_end(history)
    restored = RestorationFactory.build(shows_at=NOW - timedelta(days=1), restored_at=NOW)

    note_restored(restoration=restored, folder=folder)
    before = [line for line in breaches(folder=folder) if "nchor" in line]
    restored.save()

    assert before == [
        f"Event {standing.last_event} of server {history.pk} was anchored and is gone."
    ]
    assert [line for line in breaches(folder=folder) if "nchor" in line] == []
    (told,) = tell_restores(guild_ids=[history.pk], folder=folder)
    assert "1 anchors between are of the history that was lost" in told
    said = StringIO()
    with suppress(SystemExit):
        call_command("verify", "--json", f"--anchors={folder}", stdout=said)
    assert json.loads(said.getvalue())["remarks"] == [told]
    with place.open("a") as file:
        file.write(place.read_text().splitlines()[-1] + "\n")
    assert "Line 3 of the anchors" in " ".join(breaches(folder=folder))


def test_going_back_behind_an_earlier_restore_leaves_both_in_order(history, folder):
    anchor(folder)
    first = RestorationFactory(shows_at=NOW - timedelta(days=1), restored_at=NOW + timedelta(1))
    note_restored(restoration=first, folder=folder)
    first.delete()
    then = {"shows_at": NOW - timedelta(days=2), "restored_at": NOW + timedelta(days=2)}
    note_restored(restoration=RestorationFactory(**then), folder=folder)

    decide(history, ban_member, "ban", 401)

    assert anchor(folder, days=3) == 1
    assert [line for line in breaches(folder=folder) if "nchor" in line] == []
    assert len([*tell_restores(guild_ids=[history.pk], folder=folder)]) == 2
