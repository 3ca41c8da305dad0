"""Faulty houses: each forgets somebody, tells them twice, or tells them at another hour."""

from datetime import timedelta

from community import errands, moments
from community.scope import guild_scope
from community.services import reminders as services
from community.words.reminders import said_of
from drills import reminders as drill
from drills.orders.schedule import MINUTE, Trouble
from drills.reminders.schedule import SPRING, Press, a_night, ask, ask_in_the_gap
from tests.drills.mutants import Mutants

MUTANTS = Mutants(drill)
mutant = MUTANTS.mutant


def all_lives():
    """Tell of each faulty house whether it was not found out by its story."""
    return MUTANTS.lives_in(STORIES)


@mutant((errands.Reminding, "_find"))
def what_may_have_been_said_is_not_looked_for(right):
    async def find(self, http, channel_id, errand):
        return None

    return find


@mutant((errands.Reminding, "window"))
def what_may_have_been_said_is_given_up(right):
    return lambda self, errand: timedelta(minutes=2)


@mutant((errands.Reminding, "valid_for"))
def what_is_late_is_not_said_at_all(right):
    return timedelta(minutes=5)


@mutant((errands.Reminding, "done"))
def what_comes_again_is_forgotten(right):
    return lambda self, errand: None


@mutant((moments.WallTime, "moment"))
def a_time_that_clocks_leap_over_is_an_hour_early(right):
    def moment(self):
        zone = moments.zone_called(self.zone)
        return self.at.replace(tzinfo=zone, fold=1).astimezone(moments.UTC)

    return property(moment)


@mutant((services, "time_after"))
def a_day_is_always_of_twenty_four_hours(right):
    def time_after(rule, *, at, now):
        return right(rule, at=at, now=now) + timedelta(hours=1)

    return time_after


@mutant((services, "_ring"))
def what_is_put_off_has_no_turn_of_its_own(right):
    def ring(reminder, moment):
        if reminder.turn:
            reminder.turn -= 1
        right(reminder, moment)

    return ring


@mutant((services, "drop_errand"), (services, "_of_turn"), (errands, "word_reminder"))
def what_is_deleted_is_said_all_the_same(right):
    if right.__name__ == "drop_errand":
        return lambda **_: None
    if right.__name__ == "_of_turn":
        return lambda *_: None

    def word(*, errand):
        with guild_scope(errand.guild_id):
            row = services.Reminder.objects.of(errand.guild_id).get(pk=errand.payload["reminder"])
        row.turn = errand.payload["turn"]
        return services.Saying(channel_id=None, message=said_of(row, at=errand.due_at, again=""))

    return word


NOON = SPRING + timedelta(minutes=30)
ONE = (ask(0, NOON, "Europe/Berlin"),)
DAILY = (ask(0, NOON, "Europe/Berlin", "daily"),)
UNHEARD = (Trouble(29 * MINUTE, "unheard", 12 * MINUTE),)
STORIES = {
    "what_may_have_been_said_is_not_looked_for": a_night(asked=ONE, troubles=UNHEARD),
    "what_may_have_been_said_is_given_up": a_night(
        asked=ONE, troubles=(Trouble(29 * MINUTE, "outage", 12 * MINUTE),)
    ),
    "what_is_late_is_not_said_at_all": a_night(
        asked=ONE, troubles=(Trouble(29 * MINUTE, "outage", 12 * MINUTE),)
    ),
    "what_comes_again_is_forgotten": a_night(asked=DAILY),
    "a_time_that_clocks_leap_over_is_an_hour_early": a_night(asked=(ask_in_the_gap(0, 30),)),
    "a_day_is_always_of_twenty_four_hours": a_night(asked=DAILY),
    "what_is_deleted_is_said_all_the_same": a_night(
        asked=ONE, presses=(Press(10 * MINUTE, 0, "end"),)
    ),
    "what_is_put_off_has_no_turn_of_its_own": a_night(
        asked=ONE, presses=(Press(40 * MINUTE, 0, "10m"),)
    ),
}
