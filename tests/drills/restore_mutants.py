"""Faulty houses that put an older copy back: each forgets one thing that ours does then."""

from dataclasses import replace
from importlib import import_module

from community.mirror import log
from community.models import AT_ONCE, StandingOrder
from community.scope import cross_guild
from community.services import restorations
from config.backups import restoring
from drills import restore as drill
from drills.moderation.schedule import LASTING, Decision
from drills.orders.schedule import DAY, HOUR, MINUTE, plot
from drills.restore.schedule import ANEW_AT, ANEW_FOR, LOST_AT, Fate, backup_at, with_fate
from moderation import services
from moderation.services import byhand, regaining
from tests.drills.mutants import Mutants

play = import_module("drills.restore.play")
MUTANTS = Mutants(drill)
mutant = MUTANTS.mutant
BACKUP, NOTHING_ELSE = backup_at(0), Fate()


def all_lives():
    """Tell of each faulty house whether it was not found out by its story."""
    return MUTANTS.lives_in(STORIES)


@mutant((restoring, "begin_restoration"))
def a_restored_house_acts_at_once(right):
    def begin(**told):
        restoration = right(**told)
        with cross_guild("a faulty house"):
            StandingOrder.objects.update(hold="", next_check_at=AT_ONCE, last_error="")
        restorations.Restoration.objects.update(approved_at=restoration.restored_at)
        return restoration

    return begin


@mutant((play, "approve_restoration"))
def the_backup_is_followed_and_not_discord(right):
    return lambda *, by: right(by=by, as_in_backup=True)


@mutant((restoring, "go_on_after"))
def numbers_are_given_again(right):
    return lambda _: None


@mutant((byhand, "is_lost"))
def what_was_done_since_is_forgotten(right):
    return lambda **_: False


@mutant((restoring, "missing_since"))
def nobody_is_told_what_is_missing(right):
    return lambda _: []


@mutant((regaining, "let_discord_decide"))
def what_comes_back_is_done_anew(right):
    return lambda **_: None


@mutant((regaining, "_has_room"))
def cases_that_were_lost_stay_lost(right):
    return lambda guild_id, number: False


@mutant((regaining, "begin_punishment"))
def what_comes_back_has_no_end(right):
    return lambda *, case, kind, duration: right(case=case, kind=kind, duration=None)


@mutant((restorations, "_decide"))
def what_was_not_confirmed_is_done_anew(right):
    return lambda order, *, as_in_backup: None


@mutant((restorations, "_logs_since"))
def nobody_says_that_the_log_is_silent(right):
    return lambda restoration: replace(right(restoration), unknown=[])


@mutant((restorations, "REMEMBERED"))
def nobody_says_that_discord_forgets(right):
    return right * 99


@mutant((services, "regain_bans"))
def a_ban_that_only_the_list_tells_of_has_no_end(right):
    return lambda **_: 0


@mutant((restorations, "gifts_without_a_book"))
def nobody_is_told_of_roles_without_a_book(right):
    return lambda *, since: []


@mutant((regaining, "A_SECOND"))
def an_end_that_comes_back_comes_early(right):
    return right * 0


@mutant((log.Log, "want"))
def the_log_is_not_read(right):
    return lambda self, guild_id: None


def decided(number, at, what, *, person=0, span=None):
    until = None if span is None else at + span
    kind, wanted = LASTING.get(what, "ban"), what in LASTING
    told = {"what": what, "span": span, "number": number}
    return Decision(at=at, person=person, kind=kind, wanted=wanted, until=until, **told)


def story(*decisions, fate=NOTHING_ELSE):
    told = plot(0, commands=decisions, people=3, storm=ANEW_AT + ANEW_FOR)
    return with_fate(told, fate)


BANNED_AND_LIFTED = story(decided(0, BACKUP - MINUTE, "ban"), decided(1, BACKUP + MINUTE, "unban"))
LOST_WITH_ITS_END = story(
    decided(0, BACKUP - MINUTE, "note"),
    decided(1, BACKUP + MINUTE, "ban"),
    decided(2, BACKUP + 2 * MINUTE, "unban"),
)
LOST_FOR_AN_HOUR = story(
    decided(0, BACKUP - MINUTE, "note"), decided(1, BACKUP + MINUTE, "ban", span=HOUR)
)
# By the backup it is over when somebody approves; on Discord it is another one, and holds.
BANNED_ANEW = story(
    decided(0, BACKUP - MINUTE, "ban", span=8 * MINUTE),
    decided(1, BACKUP + MINUTE, "unban"),
    decided(2, BACKUP + 2 * MINUTE, "ban", span=3 * HOUR),
    fate=Fate(log_is_closed=True, closed_for=HOUR),
)
STORIES = {
    "a_restored_house_acts_at_once": BANNED_AND_LIFTED,
    "the_backup_is_followed_and_not_discord": story(
        decided(0, BACKUP - MINUTE, "ban"),
        decided(1, BACKUP + MINUTE, "unban"),
        fate=Fate(log_is_closed=True),
    ),
    "what_comes_back_is_done_anew": LOST_WITH_ITS_END,
    "cases_that_were_lost_stay_lost": LOST_FOR_AN_HOUR,
    "what_comes_back_has_no_end": LOST_FOR_AN_HOUR,
    "what_was_not_confirmed_is_done_anew": story(
        decided(0, BACKUP - 0.05, "ban"),
        decided(1, BACKUP + MINUTE, "unban"),
        fate=Fate(log_is_closed=True),
    ),
    "a_ban_that_only_the_list_tells_of_has_no_end": BANNED_ANEW,
    "nobody_is_told_of_roles_without_a_book": story(
        decided(0, BACKUP + MINUTE, "buy", span=2 * HOUR)
    ),
    "an_end_that_comes_back_comes_early": story(
        decided(0, BACKUP - MINUTE, "mute", span=HOUR),
        decided(1, BACKUP + MINUTE, "mute", span=LOST_AT - BACKUP + 2.9),
    ),
    "nobody_says_that_the_log_is_silent": story(fate=Fate(log_is_closed=True)),
    "nobody_says_that_discord_forgets": story(fate=Fate(closed_for=46 * DAY)),
    "the_log_is_not_read": story(decided(0, BACKUP - MINUTE, "note")),
    "numbers_are_given_again": story(
        decided(0, BACKUP + MINUTE, "note"), decided(1, ANEW_AT, "note", person=1)
    ),
    "what_was_done_since_is_forgotten": story(
        decided(0, BACKUP - MINUTE, "note"), decided(1, BACKUP + MINUTE, "mute", span=HOUR)
    ),
    "nobody_is_told_what_is_missing": story(
        decided(0, BACKUP - MINUTE, "note"), decided(1, BACKUP + MINUTE, "note")
    ),
}
