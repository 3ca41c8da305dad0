"""How long a server keeps what: its own choice, within bounds, in the place of the house's."""

from datetime import timedelta

from django.db import transaction

from community.errors import HouseError
from community.models import Grant, RetentionChoice, Staff
from community.services.audit import write_audit
from community.services.grants import require
from community.services.retention.rules import may_be_chosen

A_DAY = timedelta(days=1)


@transaction.atomic
def choose_retention(*, guild_id: int, table: str, kept: timedelta, by: Staff) -> RetentionChoice:
    """Let a server keep rows of a table for another span than the house does."""
    require(by, Grant.Capability.CONFIGURE, guild_id=guild_id)
    _refuse_out_of_bounds(table, kept)
    there = RetentionChoice.objects.filter(guild_id=guild_id, table_name=table)
    before = there.values_list("days", flat=True).first()
    choice: RetentionChoice
    choice, _ = RetentionChoice.objects.update_or_create(
        guild_id=guild_id, table_name=table, defaults={"days": kept.days}
    )
    if before != choice.days:
        _note(choice, by, {"days": before}, {"days": choice.days})
    return choice


@transaction.atomic
def forget_choice(*, choice: RetentionChoice, by: Staff) -> None:
    """Let a server keep rows as long as the house does again."""
    require(by, Grant.Capability.CONFIGURE, guild_id=choice.guild_id)
    _note(choice, by, {"days": choice.days}, {})
    choice.delete()


def _refuse_out_of_bounds(table: str, kept: timedelta) -> None:
    known = may_be_chosen().get(table)
    if known is None:
        raise HouseError("How long these are kept is not for a server to choose.")
    rule = known[1]
    shortest, longest = rule.shortest or A_DAY, rule.longest or timedelta.max
    if kept % A_DAY or not shortest <= kept <= longest:
        bounds = f"{shortest.days} to {longest.days} days"
        raise HouseError(f"These can be kept for {bounds}, in whole days.")


def _note(
    choice: RetentionChoice, by: Staff, before: dict[str, object], after: dict[str, object]
) -> None:
    write_audit(
        verb="community.retention.chosen" if after else "community.retention.forgotten",
        subject=("table", choice.table_name),
        by=by,
        guild_id=choice.guild_id,
        before=before,
        after=after,
    )
