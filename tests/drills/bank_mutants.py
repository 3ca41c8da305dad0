"""Faulty banks: each does one thing wrong that peers of ours do, or that a newcomer might."""

import time
from collections import defaultdict
from dataclasses import replace
from uuid import uuid4

from community.services.archives import files
from drills import bank as drill
from drills.bank.schedule import plot
from economy.models import Posting, Transfer, Wallet
from economy.services import archiving, ledger
from tests.drills.mutants import Mutants

MUTANTS = Mutants(drill)
mutant = MUTANTS.mutant


def all_lives():
    """Tell of each faulty bank whether it was not found out by its story."""
    return MUTANTS.lives_in(STORIES)


def changed(sql, old, new):
    assert old in sql
    return sql.replace(old, new)


@mutant((ledger, "MOVE"))
def who_pays_keeps_it(right):
    return changed(right, "WHEN told.source_id THEN -told.amount ELSE told.amount END,\n", """
        WHEN told.source_id THEN 0 ELSE told.amount END,\n""")  # fmt: skip


@mutant((ledger, "MOVE"))
def the_payer_has_no_line(right):
    return changed(right, "balance, %(at)s FROM moved", "balance, %(at)s FROM moved WHERE amount>0")


@mutant((ledger, "MOVE"))
def lines_are_numbered_with_gaps(right):
    return changed(right, "wallet.last_seq + 1", "wallet.last_seq + 2")


@mutant((ledger, "MOVE"))
def the_payer_is_locked_first(right):
    return changed(right, "ORDER BY id FOR", "ORDER BY owner_id = %(source)s DESC FOR")


@mutant((ledger, "_write"))
def every_telling_counts(right):
    return lambda movement: right(replace(movement, key=f"{movement.key}:{uuid4().hex}"))


@mutant((ledger, "_write"))
def who_undoes_does_not_say_what(right):
    return lambda movement: right(replace(movement, undoes_id=None))


@mutant((ledger, "_write"))
def wallets_are_read_and_written_back(right):
    """Do as most peers do: read, add, save."""

    def write(wish):
        if Transfer.objects.of(wish.guild_id).filter(key=wish.key).exists():
            return None
        wallets = Wallet.objects.of(wish.guild_id)
        source, target = (wallets.of_owner(each).first() for each in (wish.source, wish.target))
        if not (source and target):
            return None
        about = {"source": source, "target": target, "amount": wish.amount, "key": wish.key}
        told = Transfer.objects.create(guild_id=wish.guild_id, kind=wish.kind, **about)
        for wallet, amount in ((source, -wish.amount), (target, wish.amount)):
            wallet.balance += amount
            wallet.last_seq += 1
            wallet.save()
            line = {"wallet": wallet, "seq": wallet.last_seq, "after": wallet.balance}
            Posting.objects.create(guild_id=wish.guild_id, transfer=told, amount=amount, **line)
        return ledger.Moved(told.pk, source.balance, target.balance)

    return write


@mutant((ledger, "_told_before"))
def a_known_key_is_known_whatever_is_asked(right):
    def told_before(wish):
        told = ledger.transfer_known_as(guild_id=wish.guild_id, key=wish.key)
        return told and ledger.Moved(told.pk, 0, 0, is_new=False)

    return told_before


@mutant((ledger, "_told_before"))
def a_replay_is_answered_with_what_is_there_now(right):
    def told_before(wish):
        told, wallets = right(wish), Wallet.objects.of(wish.guild_id)
        now = dict(wallets.values_list("owner_id", "balance"))
        return told and replace(told, source_after=now[wish.source], target_after=now[wish.target])

    return told_before


@mutant((archiving, "CARRY_OVER"))
def what_leaves_is_not_carried_over(right):
    return right + " AND false"


@mutant((archiving, "archive_page"))
def a_page_leaves_step_by_step(right):
    """Let somebody look between two steps."""
    let_out = archiving.let_out

    def lingering(**told):
        time.sleep(0.05)
        return let_out(**told)

    def page(**told):
        archiving.let_out = lingering  # in the archive's own process alone
        return right.__wrapped__(**told)

    return page


@mutant((files, "_lines_of"))
def a_file_holds_other_figures(right):
    return lambda *told: [{**row, "amount": row["amount"] + 1} for row in right(*told)]


SHORT, OLD = plot(1, rounds=1, size=8, people=3), plot(5, rounds=2, size=7)
STORIES = defaultdict(lambda: SHORT) | {
    "the_payer_is_locked_first": plot(3, rounds=1, size=20, people=2),
    "wallets_are_read_and_written_back": plot(4, rounds=1, size=10, people=2),
    "what_leaves_is_not_carried_over": OLD,
    "a_page_leaves_step_by_step": OLD,
    "a_file_holds_other_figures": OLD,
}
