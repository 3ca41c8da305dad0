"""After a restore, what the bot did since comes back as Discord's log has it, and is not redone."""

from datetime import UTC, datetime, timedelta

import pytest

from community.models import CommandSync, StandingOrder
from community.services.restorations import begin_restoration
from moderation.models import Case, Punishment
from moderation.services.byhand import DiscordEntry, note_discord_entry
from moderation.services.deeds import ban_member, unban_member
from moderation.services.docket import Decision, Deed
from moderation.services.regaining import AROUND

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
