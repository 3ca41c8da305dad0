"""After a backup was put back: the house only looks, shows what differs, and waits for a word.

What happened between the moment the backup shows and now is known to Discord alone. So nothing is
carried out until somebody has seen the differences: each order is compared with what stands out
there, and on approval either Discord's picture counts, or the backup's.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from community.errors import HouseError
from community.kinds import ABSENT, Seen, known_orders, label_of
from community.models import AT_ONCE, Errand, Guild, LogReading, Restoration, Staff, StandingOrder
from community.querysets.outside import StandingOrderQuerySet
from community.scope import cross_guild, guild_scope
from community.services.audit import write_audit
from community.services.leases import require_lead
from community.services.lost_gifts import gifts_without_a_book
from community.services.names import names_of, with_names
from community.services.orders import Hold, Trouble, hint
from community.services.staff import require_keeper

# Seen by nobody yet; what was seen and is as it should be has no words at all.
NOT_SEEN = "Nobody has looked yet."
MISSING = "Discord does not have it: it was lifted or taken since."
NEVER_DONE = (
    "Discord does not have it, and its log does not say that it ever had: whether it was lifted "
    "before it was carried out is not known."
)
FOREIGN = "Somebody else's stands in its place."
NOT_LIFTED = "It has ended by the backup, and still stands on Discord."
# So long Discord remembers in its audit log what was done.
REMEMBERED = timedelta(days=45)
FORGOTTEN = (
    "The backup is older than the {days} days that Discord's audit log goes back: what was decided "
    "before that, and lasts, is known only where Discord shows it."
)
CLOSED = (
    "{server} keeps its audit log from the bot (it takes View Audit Log): of what the bot did "
    "since the backup only bans that still stand are known, by the server's list of them."
)
SKIPPED = "Left undone: it was asked for before the backup that was put back."


@dataclass(frozen=True, slots=True)
class Difference:
    """One matter in which Discord and the backup differ, or that nobody could look at yet."""

    order: StandingOrder
    server: str
    person: str
    words: str

    @property
    def label(self) -> str:
        """What it is about."""
        return label_of(self.order.kind)


@dataclass(frozen=True, slots=True)
class Comparison:
    """How far the look at everything has come since a backup was put back."""

    restoration: Restoration
    missing: list[str]
    alike: int
    unseen: int
    unread: list[str]
    unknown: list[str]
    gifts: list[str]
    differences: list[Difference]


@dataclass(frozen=True, slots=True)
class Logs:
    """What Discord's logs tell of the time since a backup."""

    unread: list[str]
    unknown: list[str]
    closed: frozenset[int]
    have_forgotten: bool

    def tell_of(self, guild_id: int) -> bool:
        """Tell whether a server's log has everything that was done since."""
        return not self.have_forgotten and guild_id not in self.closed


@transaction.atomic
def begin_restoration(
    *, backup: str, sha256: str, shows_at: datetime, missing: Sequence[str] = ()
) -> Restoration:
    """Hold everything that the backup would have done; the house looks, and does nothing."""
    restoration = Restoration.objects.create(
        backup=backup, sha256=sha256, shows_at=shows_at, missing=[*missing]
    )
    with cross_guild("a backup was put back, in every server"):
        # Those of a server that is away wait for its return, as they did.
        kept = StandingOrder.objects.to_keep().exclude(hold=Hold.GUILD_AWAY)
        # Whoever still has one in hand has it no longer: what they say is of before.
        taken = {"token": F("token") + 1}
        kept.update(hold=Hold.RESTORED, observe=True, last_error=NOT_SEEN, attempts=0, **taken)
        # Each may have been done after the moment that the backup shows.
        Errand.objects.open().update(
            state=Errand.State.SKIPPED, ended_at=timezone.now(), last_error=SKIPPED, due_at=AT_ONCE
        )
        told = {"sha256": sha256, "shows_at": shows_at.isoformat()}
        write_audit(
            verb="community.backup.restored", subject=("backup", backup), by=None, after=told
        )
    return restoration


def waiting_restoration() -> Restoration | None:
    """Return the backup that was put back and waits for a word; mostly there is none."""
    return Restoration.objects.waiting().first()


@transaction.atomic
def claim_to_compare(*, epoch: int, most: int) -> list[StandingOrder]:
    """Take up orders that are to be compared with what stands out there; none is carried out."""
    if waiting_restoration() is None:
        return []
    require_lead(epoch)
    with cross_guild("what a restored backup says, in every server"):
        there = StandingOrder.objects.restored().filter(observe=True, guild__available=True)
        there = there.filter(guild__left_at=None, kind__in=known_orders())
        chosen = there.order_by("token", "pk").select_for_update(skip_locked=True, of=("self",))
        taken = list(chosen[:most])
        for order in taken:
            order.token += 1
            order.observe = False
            order.save(update_fields=["token", "observe"])
        return taken


def note_comparison(*, order: StandingOrder, seen: Seen, now: datetime, epoch: int) -> bool:
    """Write down how an order differs from what stands out there, if it does."""
    with _in_hand(order, epoch) as row:
        if row is None:
            return False
        row.last_error = _difference(row, seen, now)
        row.save(update_fields=["last_error"])
        return True


def fail_comparison(*, order: StandingOrder, trouble: Trouble, epoch: int) -> bool:
    """Write down why nobody could look; it is tried again."""
    with _in_hand(order, epoch) as row:
        if row is None:
            return False
        # What is final stays as it is said; anything else may go better next time.
        row.observe, row.last_error = not trouble.is_final, trouble.words[:300]
        row.save(update_fields=["observe", "last_error"])
        return True


def compare() -> Comparison:
    """Return how far the look has come, and what differs; refuse when nothing was put back."""
    restoration = waiting_restoration()
    if restoration is None:
        raise HouseError("No backup waits for a word.")
    with cross_guild("the differences in every server"):
        held = StandingOrder.objects.restored()
        alike = held.filter(last_error="").count()
        unseen = held.filter(last_error=NOT_SEEN, guild__left_at=None).count()
        logs = _logs_since(restoration)
        gifts = [*gifts_without_a_book(since=restoration.restored_at)]
        found = _differences(held.exclude(last_error__in=["", NOT_SEEN]), logs)
    missing = [with_names(words) for words in restoration.missing]
    return Comparison(restoration, missing, alike, unseen, logs.unread, logs.unknown, gifts, found)


def _differences(held: StandingOrderQuerySet, logs: Logs) -> list[Difference]:
    rows = list(held.select_related("guild").order_by("guild_id", "user_id", "pk"))
    people = names_of({row.user_id for row in rows})
    return [
        Difference(row, row.guild.name, people[row.user_id], _in_words(row, logs)) for row in rows
    ]


def _in_words(row: StandingOrder, logs: Logs) -> str:
    # What Discord's log told of since is confirmed by now; what is not was never done.
    was_never_done = not row.is_settled and logs.tell_of(row.guild_id)
    return NEVER_DONE if row.last_error == MISSING and was_never_done else row.last_error


def bans_tell_more(*, guild_id: int) -> bool:
    """Tell whether a restored backup waits for what a server's log will not say of bans."""
    restoration = waiting_restoration()
    closed = LogReading.objects.of(guild_id).filter(is_closed=True)
    return restoration is not None and (_is_forgotten(restoration) or closed.exists())


def _is_forgotten(restoration: Restoration) -> bool:
    return restoration.restored_at - restoration.shows_at > REMEMBERED


def _logs_since(restoration: Restoration) -> Logs:
    """Return whose log is still to be read since then, and what no log will tell."""
    here = Guild.objects.filter(left_at=None, available=True).order_by("name", "pk")
    logs = {each.guild_id: each for each in LogReading.objects.filter(guild__in=here)}
    unread, closed = [], {}
    for guild_id, name in here.values_list("pk", "name"):
        log = logs.get(guild_id)
        if log is not None and log.is_closed:
            closed[guild_id] = CLOSED.format(server=name)
        if log is None or log.read_at is None or log.read_at < restoration.restored_at:
            unread.append(name)
    is_old = _is_forgotten(restoration)
    forgotten = [FORGOTTEN.format(days=REMEMBERED.days)] if is_old else []
    return Logs(unread, [*forgotten, *closed.values()], frozenset(closed), is_old)


@transaction.atomic
def approve_restoration(*, by: Staff | None, as_in_backup: bool = False) -> int:
    """Let the house go on: by Discord's picture, or by the backup's; return how much differed."""
    if by is not None:
        require_keeper(by)
    comparison = compare()
    if comparison.unseen:
        raise HouseError(
            f"{comparison.unseen} orders have not been looked at yet: let the bot run, and wait."
        )
    if comparison.unread:
        raise HouseError(
            f"Discord's log of {', '.join(comparison.unread[:5])} has not been read since: let the "
            "bot run, and wait."
        )
    with cross_guild("a restored backup is let go on, in every server"):
        for difference in comparison.differences:
            _decide(difference.order, as_in_backup=as_in_backup)
        # All of them are looked at once more before anything is done.
        StandingOrder.objects.restored().update(
            hold=Hold.NOTHING, observe=True, next_check_at=AT_ONCE, last_error=""
        )
        write_audit(
            verb="community.backup.approved",
            subject=("backup", comparison.restoration.backup),
            by=by,
            after={"differed": len(comparison.differences), "as_in_backup": as_in_backup},
        )
    Restoration.objects.waiting().update(approved_at=timezone.now(), approved_by=by)
    hint()
    return len(comparison.differences)


@transaction.atomic
def let_discord_decide(*, order: StandingOrder, at: datetime | None = None, mark: str = "") -> None:
    """Take a wish as one that was confirmed: what stands out there is kept, or given up.

    With the moment at which it was done there, and the mark by which it is known as ours.
    """
    order.applied_rev, order.owner, order.observe = order.wanted_rev, StandingOrder.Owner.OURS, True
    if at is not None:
        order.wanted_at = order.confirmed_at = at
    order.marks = [mark] if mark else []
    order.save()


def _decide(order: StandingOrder, *, as_in_backup: bool) -> None:
    """Make an order one that is still to be carried out, or one whose end people have decided."""
    rows = StandingOrder.objects.of(order.guild_id).filter(wanted_rev=order.wanted_rev)
    row = rows.select_for_update(no_key=True).filter(pk=order.pk).first()
    if row is None:
        return  # staff decided about it since it was compared: that counts
    if as_in_backup:
        row.wanted_rev += 1
    else:
        # As if it had been confirmed: that it is gone is then somebody's wish, and is accepted.
        row.applied_rev = row.wanted_rev
    row.next_check_at = row.no_later_than_its_end(AT_ONCE)
    row.save(update_fields=["wanted_rev", "applied_rev", "next_check_at"])


def _difference(row: StandingOrder, seen: Seen, now: datetime) -> str:
    is_to_stand = row.wanted and not row.has_served(now)
    if seen == ABSENT:
        return MISSING if is_to_stand else ""
    if not is_to_stand:
        return NOT_LIFTED if seen.owner == "ours" else ""
    return "" if seen.owner == "ours" else FOREIGN


@contextmanager
def _in_hand(order: StandingOrder, epoch: int) -> Iterator[StandingOrder | None]:
    """Lock the row, within its server; None when the one who speaks of it has it no longer."""
    with transaction.atomic(), guild_scope(order.guild_id):
        require_lead(epoch)
        mine = StandingOrder.objects.of(order.guild_id).restored()
        mine = mine.filter(pk=order.pk, token=order.token)
        yield mine.select_for_update(no_key=True).first()
