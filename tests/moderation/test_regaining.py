"""After a restore, what the bot did since comes back as Discord's log has it, and is not redone."""

from datetime import UTC, datetime, timedelta

import pytest

from community.models import CommandSync, Guild, StandingOrder
from community.services.restorations import begin_restoration
from moderation.models import Case, Punishment
from moderation.services.byhand import DiscordEntry, note_discord_entry
from moderation.services.deeds import ban_member, mute_member, unban_member
from moderation.services.docket import Decision, Deed, open_case
from moderation.services.regaining import AROUND, NEAR, regain_bans
from tests.factories import DocketFactory

pytestmark = pytest.mark.django_db
BACKUP = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
READER, MODERATOR, BOT = 400, 7, 99
UNTIL = "communication_disabled_until"


@pytest.fixture
def entry_of(guild):
    """A house that was put back; what follows is read from Discord's log."""
    CommandSync.objects.create(application_id=BOT)
    begin_restoration(backup="guildhall-1", sha256="0" * 64, shows_at=BACKUP)

    def entry(minutes, action, reason, **more):
        told = {"actor_id": BOT, "target_id": READER, "reason": reason} | more
        at = BACKUP + timedelta(minutes=minutes)
        return DiscordEntry(guild_id=guild.pk, entry_id=minutes, action=action, at=at, **told)

    return entry


def order():
    return StandingOrder.objects.get()


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_lost_ban_that_was_lifted_since_stays_lifted(entry_of, by_hand):
    lifted = {"actor_id": MODERATOR} if by_hand else {}
    note_discord_entry(entry=entry_of(1, 22, "[#5 - 7] Spam"))
    note_discord_entry(entry=entry_of(2, 23, "" if by_hand else "[#6 - 7] Sorry", **lifted))

    assert not order().wanted
    assert Punishment.objects.get().state == "revoked"
    assert Case.objects.get(number=5).kind == "ban"


def test_who_was_banned_again_since_is_banned(entry_of):
    note_discord_entry(entry=entry_of(1, 22, "[#5 - 7] Spam"))
    note_discord_entry(entry=entry_of(2, 23, "[#6 - 7] Sorry"))
    note_discord_entry(entry=entry_of(3, 22, "[#7 - 7] Spam again"))

    assert (order().wanted, order().is_settled) == (True, True)
    assert Punishment.objects.standing().get().case.number == 7


def test_a_lost_timeout_is_known_by_the_end_that_discord_shows(entry_of):
    ends = BACKUP + timedelta(days=7)
    reason = f"[#5 {int(ends.timestamp())} 7] Spam"

    note_discord_entry(entry=entry_of(1, 24, reason, changes={UNTIL: ends}))

    assert (order().is_settled, order().observe, order().marks) == (True, True, [ends.isoformat()])
    assert order().wanted_at == BACKUP + timedelta(minutes=1)
    assert timedelta(0) <= Punishment.objects.get().ends_at - ends <= timedelta(seconds=1)


def test_an_end_that_was_moved_since_is_never_taken_for_an_earlier_one(guild, entry_of):
    decision = Decision(guild_id=guild.pk, at=BACKUP - timedelta(minutes=1), is_sure=True)
    deed = Deed(kind="mute", user_id=READER, duration=timedelta(days=9))
    case = mute_member(decision=decision, deed=deed)
    StandingOrder.objects.update(wanted_at=decision.at)
    ends = BACKUP + timedelta(days=7, milliseconds=900)
    reason = f"[#{case.number} {int(ends.timestamp())} 7] Spam"

    note_discord_entry(entry=entry_of(1, 24, reason, changes={UNTIL: ends}))

    assert timedelta(0) <= Punishment.objects.get().ends_at - ends <= timedelta(seconds=1)
    assert order().until == Punishment.objects.get().ends_at


@pytest.mark.parametrize(("decide", "is_banned"), [(ban_member, True), (unban_member, False)])
def test_what_staff_decided_after_the_restore_stands(guild, entry_of, decide, is_banned):
    kind = decide.__name__.partition("_")[0]
    decision = Decision(guild_id=guild.pk, moderator_id=MODERATOR, is_sure=True)
    decided = decide(decision=decision, deed=Deed(kind=kind, user_id=READER))
    before = StandingOrder.objects.values().get()

    note_discord_entry(entry=entry_of(1, 22, f"[#{decided.number + 1} 1900000000 7] Spam"))

    assert Case.objects.filter(number=decided.number + 1, kind="ban").exists()
    assert StandingOrder.objects.values().get() == before
    assert Punishment.objects.standing().exists() is is_banned


def test_what_the_backup_knows_does_not_come_back(guild, entry_of):
    decision = Decision(guild_id=guild.pk, at=BACKUP - timedelta(minutes=1), is_sure=True)
    case = ban_member(decision=decision, deed=Deed(kind="ban", user_id=READER))
    told = entry_of(0, 22, f"[#{case.number} - -] Spam")
    before = StandingOrder.objects.values().get()

    assert note_discord_entry(entry=told) is None
    assert StandingOrder.objects.values().get() == before
    assert told.at > BACKUP - AROUND


def listed(guild, **bans):
    told = {int(user_id[1:]): reason for user_id, reason in bans.items()}
    return regain_bans(guild_id=guild.pk, bans=told)


def test_a_lost_ban_of_which_no_log_tells_ends_when_its_mark_says(guild, entry_of):
    ends = BACKUP + timedelta(days=7)
    bans = {f"_{READER}": f"[#5 {ends.timestamp():.0f} 7] Spam", "_401": "by hand"}

    assert (listed(guild, **bans), listed(guild, **bans)) == (1, 0)

    case = Case.objects.get()
    assert (case.number, case.reason, case.user_id) == (5, "Spam", READER)
    assert case.moderator_id is None  # a mark can be written by whoever bans
    assert timedelta(0) <= order().until - ends <= timedelta(seconds=2)
    assert (order().wanted, order().is_settled) == (True, True)


def test_what_staff_decided_since_counts_more_than_the_list_of_bans(guild, entry_of):
    ban_member(decision=Decision(guild_id=guild.pk), deed=Deed(kind="ban", user_id=READER))
    unban_member(decision=Decision(guild_id=guild.pk), deed=Deed(kind="unban", user_id=READER))

    listed(guild, **{f"_{READER}": "[#9 - 7] Spam"})

    assert not order().wanted


def test_a_ban_by_hand_that_bears_a_mark_like_ours_stays_a_ban_by_hand(guild, entry_of):
    marked = f"[#1 {BACKUP.timestamp() + 60:.0f} 7] Spam"
    note_discord_entry(entry=entry_of(1, 22, marked, actor_id=MODERATOR))

    assert listed(guild, **{f"_{READER}": marked.replace("#1", "#2")}) == 0

    assert Case.objects.get().moderator_id == MODERATOR
    assert not StandingOrder.objects.exists()


def test_a_number_far_from_all_that_were_given_is_not_believed(guild, entry_of):
    assert listed(guild, _401=f"[#{NEAR + 1} - 7] Spam") == 0
    assert listed(guild, _401=f"[#{NEAR} - 7] Spam") == 1


def test_where_nothing_was_put_back_no_ban_comes_back(guild):
    assert listed(guild, _401="[#5 - 7] Spam") == 0


@pytest.mark.parametrize(
    "bad",
    [
        "[#1 99999999999999 7] out of all years",
        "[#5 253402300799 7] the last of all seconds",
        "[#0 - 7] nobody's",
        "[#7 - 7] " + "long " * 100,
        "[#6 - 7] the same number",
    ],
)
def test_no_reason_that_somebody_writes_keeps_other_bans_from_coming_back(guild, entry_of, bad):
    DocketFactory(guild=guild, last_case=9, lost_cases=9)

    assert listed(guild, _300=bad, _400="[#6 - 7] Spam") >= 1

    assert StandingOrder.objects.filter(user_id=READER, wanted=True).exists()


@pytest.mark.parametrize("by_log", [True, False])
def test_a_ban_whose_number_was_given_to_another_comes_back_under_a_new_one(
    guild, entry_of, by_log
):
    warned = Deed(kind="warn", user_id=555, reason="Spam")
    other = open_case(decision=Decision(guild_id=guild.pk), deed=warned)
    reason = f"[#{other.number} {(BACKUP + timedelta(days=3)).timestamp():.0f} 7] Spam"

    for _ in range(2):
        if by_log:
            note_discord_entry(entry=entry_of(1, 22, reason))
        else:
            listed(guild, **{f"_{READER}": reason})

    (case,) = Case.objects.filter(user_id=READER)
    assert (case.number, f"case #{other.number}" in case.comment) == (other.number + 1, True)
    assert StandingOrder.objects.filter(user_id=READER, wanted=True).exists()


def test_a_ban_by_hand_of_before_the_backup_stays_one_whatever_its_reason_says(guild, entry_of):
    marked = f"[#9 {BACKUP.timestamp() + 60:.0f} 7] Spam"
    note_discord_entry(entry=entry_of(-60 * 24, 22, marked, actor_id=MODERATOR))

    assert listed(guild, **{f"_{READER}": marked}) == 0


def test_what_had_ended_when_the_backup_was_made_was_not_lost_since(guild, entry_of):
    assert listed(guild, _401=f"[#9 {BACKUP.timestamp() - 60:.0f} 7] Spam") == 0


def test_of_a_server_that_the_bot_came_to_later_nothing_was_lost(guild, entry_of):
    Guild.objects.filter(pk=guild.pk).update(joined_at=datetime.now(UTC) + timedelta(days=1))

    assert listed(guild, _401="[#9 - 7] Spam") == 0


def test_what_the_snapshot_holds_of_a_moment_after_its_name_is_older_than_a_lost_ban(
    guild, entry_of
):
    decision = Decision(guild_id=guild.pk, at=BACKUP)
    ban_member(decision=decision, deed=Deed(kind="ban", user_id=READER))
    unban_member(decision=decision, deed=Deed(kind="unban", user_id=READER))
    moment = BACKUP + timedelta(seconds=2)
    StandingOrder.objects.update(wanted_at=moment, applied_rev=2, wanted_rev=2)

    listed(guild, **{f"_{READER}": "[#9 - 7] again"})

    assert order().wanted
