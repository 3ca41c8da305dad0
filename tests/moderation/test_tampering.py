"""Whoever owns the tables can change them; what they changed shows."""

import pytest
from django.db import connection

from moderation.models import Case, CaseEvent, CaseText, Docket
from moderation.models.cases import NO_HASH
from moderation.services.docket import Decision, Deed, commitment_to, hash_of, open_case
from moderation.services.proof import Anchor, breaches_of_history
from moderation.services.records import amend_reason
from tests.conftest import drop_guard

pytestmark = pytest.mark.django_db


@pytest.fixture
def history(guild):
    """Five cases, in a database whose guard its owner has taken away."""
    for number in range(5):
        deed = Deed(kind="warn", user_id=400, reason=f"Reason {number}")
        open_case(decision=Decision(guild_id=guild.pk, moderator_id=7), deed=deed)
    connection.check_constraints()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    drop_guard()
    return guild


def events(guild):
    return CaseEvent.objects.of(guild.pk)


def words_of(guild, seq):
    return CaseText.objects.of(guild.pk).filter(event=events(guild).get(seq=seq))


def breaches(guild, *anchors):
    return list(breaches_of_history(guild_id=guild.pk, anchors=anchors))


def rechain(guild):
    """Make the whole chain fit again, as somebody who knows the code would."""
    previous = NO_HASH
    for event in events(guild).select_related("case").in_order():
        event.previous = previous
        event.hash = previous = hash_of(event, number=event.case.number)
        event.save()
    Docket.objects.filter(guild_id=guild.pk).update(head=previous)


def test_untouched_it_is_whole(history):
    assert breaches(history) == []


@pytest.mark.parametrize(
    "change",
    [{"verb": "pardoned"}, {"actor_id": 8}, {"facts": {"kind": "ban"}}, {"commitment": "0" * 64}],
)
def test_an_edited_line_shows(history, change):
    events(history).filter(seq=3).update(**change)

    assert any("not as it was written" in words for words in breaches(history))


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"kind": "note"}, "something else was done"),
        ({"user_id": 401}, "about somebody else"),
        ({"moderator_id": 8}, "somebody else decided"),
        ({"moderator_id": None}, "somebody else decided"),
        ({"reason": "Something milder"}, "other words"),
        ({"reason": ""}, "other words"),
        ({"comment": "They asked for it"}, "other words"),
    ],
)
def test_an_edited_row_of_a_case_shows(history, change, found):
    Case.objects.of(history.pk).filter(number=3).update(**change)

    assert [words for words in breaches(history) if found in words]


def test_a_reason_that_was_changed_is_no_breach_and_the_row_says_the_last(history):
    case = Case.objects.of(history.pk).get(number=3)
    decision = Decision(guild_id=history.pk, moderator_id=8)
    for reason in ("Milder", "Milder still"):
        amend_reason(case=case, decision=decision, reason=reason)

    assert breaches(history) == []
    Case.objects.of(history.pk).filter(number=3).update(reason="Milder")
    assert len(breaches(history)) == 1


def test_edited_words_show(history):
    words_of(history, 3).update(words="Something milder")

    assert any("not those that were said" in words for words in breaches(history))


def test_edited_words_with_a_new_proof_show(history):
    text = words_of(history, 3).get()
    words_of(history, 3).update(words="Something milder")
    proof = commitment_to("Something milder", salt=text.salt)
    events(history).filter(seq=3).update(commitment=proof)

    assert any("not as it was written" in words for words in breaches(history))


def test_a_line_taken_out_shows(history):
    words_of(history, 3).delete()
    events(history).filter(seq=3).delete()

    assert "missing" in breaches(history)[0]


def test_two_lines_that_changed_places_show(history):
    second, third = events(history).filter(seq__in=[2, 3]).in_order()
    events(history).filter(pk=second.pk).update(seq=99)
    events(history).filter(pk=third.pk).update(seq=2)
    events(history).filter(pk=second.pk).update(seq=3)

    assert breaches(history)


def test_an_end_cut_off_shows(history):
    words_of(history, 5).delete()
    events(history).filter(seq=5).delete()

    assert any("ends elsewhere" in words for words in breaches(history))


def test_an_end_cut_off_with_the_docket_mended_shows_by_the_anchor(history):
    last = events(history).get(seq=5)
    anchor = Anchor(history.pk, last.seq, last.hash)
    words_of(history, 5).delete()
    events(history).filter(seq=5).delete()
    Case.objects.of(history.pk).filter(number=5).delete()
    head = events(history).get(seq=4).hash
    Docket.objects.filter(guild_id=history.pk).update(last_event=4, last_case=4, head=head)

    assert breaches(history) == []
    assert any("anchored and is gone" in words for words in breaches(history, anchor))


def test_a_history_chained_anew_shows_by_the_anchor(history):
    last = events(history).get(seq=5)
    anchor = Anchor(history.pk, last.seq, last.hash)
    events(history).filter(seq=2).update(actor_id=8)
    Case.objects.of(history.pk).filter(number=2).update(moderator_id=8)
    rechain(history)

    assert breaches(history) == []
    assert any("not the one that was anchored" in words for words in breaches(history, anchor))


def test_a_case_that_vanished_shows(history):
    words_of(history, 2).delete()
    events(history).filter(seq=2).delete()
    Case.objects.of(history.pk).filter(number=2).delete()

    assert any("gap" in words for words in breaches(history))


def test_erased_words_leave_the_history_whole(history):
    words_of(history, 3).update(words="", salt="")
    Case.objects.of(history.pk).filter(number=3).update(reason="")

    assert breaches(history) == []


def case(guild, number):
    return Case.objects.of(guild.pk).filter(number=number)


def event(guild, seq):
    return events(guild).filter(seq=seq)


def forge(guild, seq):
    last = events(guild).in_order().last()
    forged = CaseEvent(guild_id=guild.pk, case=last.case, seq=seq, verb="noted", previous=last.hash)
    forged.hash = hash_of(forged, number=last.case.number)
    forged.save(force_insert=True)


def swap_words(guild):
    one, other = words_of(guild, 2).get(), words_of(guild, 3).get()
    words_of(guild, 2).update(words=other.words, salt=other.salt)
    words_of(guild, 3).update(words=one.words, salt=one.salt)


def take_out(guild, *seqs):
    gone = list(events(guild).filter(seq__in=seqs).values_list("pk", flat=True))
    CaseText.objects.of(guild.pk).filter(event_id__in=gone).delete()
    events(guild).filter(pk__in=gone).delete()


def dockets(guild):
    return Docket.objects.filter(guild_id=guild.pk)


FALSE_HASH = "0" * 63 + "1"
TAMPERINGS = {
    "another deed": lambda g: event(g, 3).update(verb="pardoned"),
    "another actor": lambda g: event(g, 3).update(actor_id=8),
    "no actor": lambda g: event(g, 3).update(actor_id=None),
    "other facts": lambda g: event(g, 3).update(facts={"kind": "ban"}),
    "one more fact": lambda g: event(g, 3).update(facts={"kind": "warn", "more": 1}),
    "another proof": lambda g: event(g, 3).update(commitment=FALSE_HASH),
    "no proof": lambda g: event(g, 3).update(commitment=""),
    "another time": lambda g: event(g, 3).update(at=events(g).get(seq=1).at),
    "another hash": lambda g: event(g, 3).update(hash=FALSE_HASH),
    "another hash before": lambda g: event(g, 3).update(previous=FALSE_HASH),
    "the same hash twice": lambda g: event(g, 3).update(hash=events(g).get(seq=2).hash),
    "another case": lambda g: event(g, 3).update(case=case(g, 4).get()),
    "another place": lambda g: event(g, 3).update(seq=30),
    "the first line gone": lambda g: take_out(g, 1),
    "a line gone": lambda g: take_out(g, 3),
    "two lines gone": lambda g: take_out(g, 2, 3),
    "the last line gone": lambda g: take_out(g, 5),
    "all lines gone": lambda g: take_out(g, 1, 2, 3, 4, 5),
    "a line added at the end": lambda g: forge(g, 6),
    "a line added far off": lambda g: forge(g, 60),
    "other words": lambda g: words_of(g, 3).update(words="Something milder"),
    "another salt": lambda g: words_of(g, 3).update(salt="00" * 32),
    "words that changed places": swap_words,
    "a case renumbered": lambda g: case(g, 5).update(number=50),
    "the docket's head": lambda g: dockets(g).update(head=FALSE_HASH),
    "the docket turned back": lambda g: dockets(g).update(last_event=4),
    "the docket put forward": lambda g: dockets(g).update(last_event=6),
    "the docket's number": lambda g: dockets(g).update(last_case=6),
    "the docket gone": lambda g: dockets(g).delete(),
}


@pytest.mark.parametrize("tamper", TAMPERINGS.values(), ids=TAMPERINGS)
def test_every_tampering_shows_without_an_anchor(history, tamper):
    assert tamper(history) != 0

    assert breaches(history)
