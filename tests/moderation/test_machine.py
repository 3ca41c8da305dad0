"""Whatever moderators decide, in whatever order: the books say what a good memory says.

`MACHINE_EXAMPLES` sets how many stories are told; a few in the suite, thousands by command.
"""

import os
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.db.models import F
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from community.errors import HouseError
from community.models import Errand, GuildSettings, Member, StandingOrder
from community.scope import guild_scope
from community.services.leases import LEAD, hold_lease
from community.services.orders import claim_orders
from moderation.models import Case, LadderFire, Punishment
from moderation.services import deeds
from moderation.services.byhand import DiscordEntry, note_discord_entry
from moderation.services.docket import Decision, Deed
from moderation.services.ladder import points_of
from moderation.services.overruling import overrule_case
from moderation.services.punishments import amend_duration
from moderation.services.records import note_about
from moderation.services.verifying import breaches
from moderation.services.warnings import (
    amend_warning,
    end_run_out_warnings,
    pardon_warning,
    warn_member,
)
from tests.factories import (
    ChannelFactory,
    GuildFactory,
    GuildSettingsFactory,
    LadderStepFactory,
    MemberFactory,
)
from tests.moderation.memory import DAY, HOUR, LADDER, LIFETIME, LIFTS, WINDOW, Memory

BEGINNING = datetime(2031, 3, 3, 12, tzinfo=UTC)
PEOPLE = (401, 402, 403)
ORDERS = {"timeout": "mute", "ban": "ban"}
AUDITED = {"ban": 22, "unban": 23}
MANY = int(os.environ.get("MACHINE_EXAMPLES", "0"))

people = st.sampled_from(PEOPLE)
spans = st.sampled_from([None, HOUR, 2 * HOUR, 5 * DAY, 40 * DAY])
twice = st.booleans()


class Books(RuleBasedStateMachine):
    """Services on one side, a memory on the other."""

    cases = Bundle("cases")

    def __init__(self):
        super().__init__()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        guild = GuildFactory()
        self.guild_id, self.now, self.told = guild.pk, BEGINNING, 0
        GuildSettingsFactory(guild=guild, warning_lifetime=LIFETIME, escalation_window=WINDOW)
        self.scope = guild_scope(self.guild_id)
        self.scope.__enter__()
        GuildSettings.objects.update(moderation_log=ChannelFactory(guild=guild))
        for points, kind, span in LADDER:
            LadderStepFactory(guild=guild, points=points, kind=kind, duration=span)
        for user_id in PEOPLE:
            MemberFactory(guild=guild, user__id=user_id)
        self.epoch = hold_lease(name=LEAD, holder="this bot", span=timedelta(hours=1))
        self.memory, self.overruled = Memory(PEOPLE), set()

    def teardown(self):
        try:
            assert list(breaches()) == []
        finally:
            self.scope.__exit__(None, None, None)
            transaction.set_rollback(True)
            self.undone.__exit__(None, None, None)

    def decision(self):
        self.told += 1
        return Decision(
            guild_id=self.guild_id,
            moderator_id=7,
            source_id=f"told {self.told}",
            is_sure=True,
            at=self.now,
        )

    def tell(self, service, *, is_twice, **about):
        """Decide something, perhaps told twice; return the case, None when it was refused."""
        decision = self.decision()
        try:
            with transaction.atomic():
                case = service(decision=decision, **about)
        except HouseError:
            return None
        if is_twice:
            assert service(decision=decision, **about) == case
        return case

    def case(self, number):
        return Case.objects.of(self.guild_id).get(number=number)

    @rule(target=cases, person=people, points=st.integers(1, 4), is_twice=twice)
    def warn(self, person, points, is_twice):
        deed = Deed(kind="warn", user_id=person, reason="Spoilers", points=points)
        case, _ = self.tell(warn_member, is_twice=is_twice, deed=deed)
        self.memory.warn(person, points, self.now)
        return case.number

    @rule(
        target=cases,
        kind=st.sampled_from(["mute", "ban"]),
        person=people,
        span=spans,
        is_twice=twice,
    )
    def punish(self, kind, person, span, is_twice):
        deed = Deed(kind=kind, user_id=person, reason="Spoilers", duration=span)
        case = self.tell(getattr(deeds, f"{kind}_member"), is_twice=is_twice, deed=deed)
        self.memory.punish(kind, person, span, self.now)
        assert self.memory.people[person].holds[kind].case == case.number
        return case.number

    @rule(kind=st.sampled_from(["unmute", "unban"]), person=people, is_twice=twice)
    def lift(self, kind, person, is_twice):
        deed = Deed(kind=kind, user_id=person)
        # Who is sure lifts whatever stands out there, whoever gave it.
        assert self.tell(getattr(deeds, f"{kind}_member"), is_twice=is_twice, deed=deed)
        self.memory.lift(kind, person)

    @rule(person=people, is_twice=twice)
    def kick(self, person, is_twice):
        someone = self.memory.people[person]
        case = self.tell(
            deeds.kick_member, is_twice=is_twice, deed=Deed(kind="kick", user_id=person)
        )
        assert (case is not None) == (someone.is_here and "ban" not in someone.holds)
        if case is not None:
            self.memory.open_case("kick", person)

    @rule(person=people, is_twice=twice)
    def note(self, person, is_twice):
        assert self.tell(note_about, is_twice=is_twice, user_id=person, text="Seen")
        self.memory.open_case("note", person)

    @rule(number=cases, span=spans)
    def amend(self, number, span):
        case = self.case(number)
        amend = amend_warning if case.kind == "warn" else amend_duration
        told = self.tell(amend, is_twice=False, case=case, duration=span)
        assert (told is not None) == self.memory.amend(number, span, self.now)

    @rule(number=cases)
    def pardon(self, number):
        told = self.tell(pardon_warning, is_twice=False, case=self.case(number), reason="Mild")
        counted = self.memory.take_back(number)
        assert told is None or counted is not None

    @rule(number=cases)
    def overrule(self, number):
        told = self.tell(overrule_case, is_twice=False, case=self.case(number), reason="Mistaken")
        assert (told is not None) == (number not in self.overruled)
        if told is not None:
            self.overruled |= self.memory.overrule(number)

    @rule(person=people, kind=st.sampled_from(["ban", "unban"]), is_twice=twice)
    def act_by_hand(self, person, kind, is_twice):
        self.told += 1
        entry = DiscordEntry(
            guild_id=self.guild_id,
            entry_id=self.told,
            action=AUDITED[kind],
            actor_id=7,
            target_id=person,
            at=self.now,
        )
        # What they lift is there: the bot has carried out what was wished.
        shown = {"applied_rev": F("wanted_rev"), "confirmed_at": self.now}
        StandingOrder.objects.of(self.guild_id).update(**shown)
        for _ in range(1 + is_twice):
            note_discord_entry(entry=entry)
        self.memory.open_case(kind, person)
        if kind in LIFTS:
            self.memory.people[person].holds.pop(LIFTS[kind], None)

    @rule(person=people)
    def come_or_go(self, person):
        someone = self.memory.people[person]
        someone.is_here = not someone.is_here
        left_at = None if someone.is_here else self.now
        Member.objects.of(self.guild_id).filter(user_id=person).update(left_at=left_at)

    @rule(span=st.sampled_from([timedelta(minutes=10), HOUR, DAY, 20 * DAY, 80 * DAY]))
    def pass_time(self, span):
        self.now += span
        claim_orders(now=self.now, epoch=self.epoch, most=50)
        end_run_out_warnings(now=self.now)
        self.memory.pass_time(self.now)

    @invariant()
    def holds_what_is_remembered(self):
        standing = Punishment.objects.of(self.guild_id).standing()
        books = {(each.user_id, each.kind, each.ends_at) for each in standing}
        assert books == self.remembered()

    @invariant()
    def discord_is_asked_for_what_holds(self):
        orders = StandingOrder.objects.of(self.guild_id).filter(wanted=True)
        asked = {(each.user_id, ORDERS[each.kind], each.until) for each in orders}
        assert asked == self.remembered()

    @invariant()
    def counts_what_is_remembered(self):
        for person, someone in self.memory.people.items():
            points = points_of(guild_id=self.guild_id, user_id=person, now=self.now)
            assert points == someone.points(self.now)
        assert LadderFire.objects.of(self.guild_id).count() == self.memory.fires

    @invariant()
    def every_case_is_there_once(self):
        cases = Case.objects.of(self.guild_id).order_by("number")
        told = list(enumerate(self.memory.cases, 1))
        assert [(n, (k, p)) for n, k, p in cases.values_list("number", "kind", "user_id")] == told

    @invariant()
    def nobody_is_told_twice(self):
        told = Errand.objects.of(self.guild_id).filter(kind="tell_person")
        keys = list(told.values_list("dedupe_key", flat=True))
        assert len(keys) == len(set(keys))

    def remembered(self):
        return {
            (person, kind, holds.until)
            for person, someone in self.memory.people.items()
            for kind, holds in someone.holds.items()
        }


@pytest.mark.django_db
def test_the_books_say_what_a_good_memory_says():
    told = settings(
        max_examples=MANY or 5,
        stateful_step_count=40 if MANY else 20,
        deadline=None,
        database=None,
        derandomize=not MANY,
        suppress_health_check=list(HealthCheck),
    )

    run_state_machine_as_test(Books, settings=told)


# Stories that would be rare among few examples: each step is a rule and what it is given.
KEPT = {
    "what followed an overruled warning is undone": [
        ("warn", 401, 4, False),
        ("overrule", 1),
    ],
    "a pardoned warning lets a rung be climbed anew": [
        ("warn", 401, 3, True),
        ("pardon", 1),
        ("warn", 401, 3, False),
    ],
    "the ladder shortens no longer mute, and overruling its cause leaves it": [
        ("punish", "mute", 401, 40 * DAY, False),
        ("warn", 401, 4, False),
        ("overrule", 2),
    ],
    "the ladder lengthens a mute that stands": [
        ("punish", "mute", 401, timedelta(minutes=10), True),
        ("warn", 401, 3, False),
        ("overrule", 2),
        ("pass_time", DAY),
    ],
    "points leave the window before they run out": [
        ("warn", 401, 2, False),
        ("pass_time", 31 * DAY),
        ("warn", 401, 2, False),
        ("pass_time", 80 * DAY),
    ],
    "a lift by hand ends a ban, and only a ban": [
        ("punish", "ban", 401, DAY, False),
        ("punish", "mute", 401, DAY, False),
        ("act_by_hand", 401, "unban", True),
        ("pass_time", 2 * DAY),
    ],
    "overruling a pardoned warning undoes what followed from it": [
        ("warn", 401, 4, False),
        ("pardon", 1),
        ("overrule", 1),
    ],
    "an amended warning counts until its new end": [
        ("warn", 401, 2, False),
        ("amend", 1, 5 * DAY),
        ("pass_time", 20 * DAY),
        ("warn", 401, 2, False),
        ("amend", 1, None),
        ("amend", 2, None),
    ],
    "an amended ban ends at its new end": [
        ("punish", "ban", 401, DAY, False),
        ("amend", 1, 5 * DAY),
        ("pass_time", 2 * DAY),
        ("amend", 1, HOUR),
        ("pass_time", 4 * DAY),
    ],
}


@pytest.mark.django_db
@pytest.mark.parametrize("story", KEPT.values(), ids=KEPT)
def test_kept_stories_end_as_remembered(story):
    books = Books()
    try:
        for step, *given in story:
            getattr(Books, step)(books, *given)

            look(books)
    finally:
        books.teardown()


def look(books):
    books.holds_what_is_remembered()
    books.discord_is_asked_for_what_holds()
    books.counts_what_is_remembered()
    books.every_case_is_there_once()
    books.nobody_is_told_twice()
