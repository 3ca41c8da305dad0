"""What we can ask about errands and standing orders, and who may take them up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from django.apps import apps
from django.db import models
from django.db.models import Case, Exists, F, Q, TextField, When, Window
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, RowNumber

from community.querysets.scoped import GuildQuerySet, InScopeManager

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from community.models import Errand, StandingOrder  # noqa: F401 - in quotation marks below


M = TypeVar("M", bound=models.Model)

# What keeps somebody silent, whoever wished it.
SILENCING = ("timeout", "mute_role")
# What waits for a word of the house or of Discord is not taken up, however long it is due.
WAITS_FOR_A_WORD = ("guild_away", "restored")
# So many of one server's are taken up before the next server has its turn.
TURN = 5


class OutsideQuerySet(GuildQuerySet[M]):
    """What errands and standing orders have in common: they fall due, and are taken up."""

    due_column: ClassVar[str]

    @property
    def order(self) -> tuple[str, ...]:
        """Who waits for a deed comes before what is only looked at again.

        Of two that fall due together, the one that was tried less often has its turn.
        """
        return "rank", self.due_column, "token", "pk"

    def due(
        self, now: datetime, *, besides: Collection[int] = (), busy: Collection[int] = ()
    ) -> Self:
        """Rows to be taken up now; nothing of `besides`, nor of busy or unreachable servers."""
        # Nothing at all while a backup was put back and nobody has approved what follows.
        waiting = apps.get_model("community", "Restoration").objects.waiting()
        return self.filter(
            ~Exists(waiting),
            **{f"{self.due_column}__lte": now},
            guild__available=True,
            guild__left_at=None,
        ).exclude(Q(pk__in=besides) | Q(guild_id__in=busy))

    def next_moment(self, now: datetime) -> datetime | None:
        """Return when the next of these falls due after now; None when none does."""
        later = self.filter(**{f"{self.due_column}__gt": now}).order_by(self.due_column)
        return later.values_list(self.due_column, flat=True).first()

    def in_turn(self, most: int) -> list[Any]:
        """Lock so many of these rows, some of each server, those due first in front."""
        order = [F(each) for each in self.order]
        turn = Window(RowNumber(), partition_by="guild_id", order_by=order)
        ranked = self.annotate(turn=turn).filter(turn__lte=TURN).order_by(*self.order)
        chosen = list(ranked.values_list("pk", flat=True)[:most])
        # Whoever took one up meanwhile has moved it away from now.
        rows = self.filter(pk__in=chosen).order_by(*self.order)
        return list(rows.select_for_update(skip_locked=True, no_key=True, of=("self",)))


class ErrandQuerySet(OutsideQuerySet["Errand"]):
    """Questions about errands."""

    due_column = "due_at"

    def open(self) -> Self:
        """Errands that have not come to their end."""
        return self.filter(state__in=["waiting", "running"])

    def ended(self) -> Self:
        """Errands that have come to their end."""
        return self.exclude(state__in=["waiting", "running"])

    def due(self, *args: Any, **kwargs: Any) -> Self:
        """Open errands to be taken up now."""
        # What may have been heard can be repeated for a short while only: it goes first.
        in_doubt = Case(When(called_at__isnull=False, then=0), default=1)
        return super().due(*args, **kwargs).open().annotate(rank=in_doubt)

    def first_of_each_lane(self, besides: Collection[str]) -> Self:
        """Of what goes one after the other only the first, and nothing of lanes that are busy.

        Or those who wait for one slow channel would stand before all who wait for none.
        """
        told = [KT("payload__lane"), KT("payload__channel_id")]
        lane = Coalesce(*told, Cast("user_id", TextField()), Cast("pk", TextField()))
        there = self.annotate(lane=lane).exclude(lane__in=besides)
        # A kind may know better which of its own is one lane: those of two kinds are told apart.
        lanes, order = ("guild_id", "kind", "lane"), [F(each) for each in self.order]
        place = Window(RowNumber(), partition_by=[F(each) for each in lanes], order_by=order)
        first = there.annotate(place=place).filter(place=1)
        return self.filter(pk__in=first.values("pk"))


class StandingOrderQuerySet(OutsideQuerySet["StandingOrder"]):
    """Questions about standing orders."""

    due_column = "next_check_at"

    def about(self, user_id: int) -> Self:
        """Orders about one person."""
        return self.filter(user_id=user_id)

    def silencing(self) -> Self:
        """Orders that keep somebody silent now."""
        return self.filter(kind__in=SILENCING, wanted=True)

    def open(self) -> Self:
        """Orders that somebody will look at again."""
        return self.filter(next_check_at__isnull=False)

    def unsettled(self) -> Self:
        """Orders of which Discord has not confirmed what was wished last."""
        return self.open().filter(applied_rev__lt=F("wanted_rev"))

    def to_keep(self) -> Self:
        """Orders with which there is something to keep true, or still to be taken back."""
        return self.filter(Q(wanted=True) | Q(next_check_at__isnull=False))

    def worth_a_look(self, signed: Collection[str], closed_after: datetime) -> Self:
        """Orders to keep, and those just closed: a call may have outlived the bot that made it."""
        late = Q(kind__in=signed, closed_at__gt=closed_after)
        return self.filter(Q(wanted=True) | Q(next_check_at__isnull=False) | late)

    def restored(self) -> Self:
        """Orders that wait for a word since a backup was put back."""
        return self.filter(hold="restored")

    def held(self) -> Self:
        """Orders that wait for a permission."""
        return self.filter(hold="permission")

    def due(self, now: datetime, **kwargs: Any) -> Self:
        """Orders to be taken up now, but for those that wait for a word."""
        is_a_deed = Q(applied_rev__lt=F("wanted_rev")) | Q(until__lte=now)
        rank = Case(When(is_a_deed, then=0), default=1)
        here = super().due(now, **kwargs).exclude(hold__in=WAITS_FOR_A_WORD)
        return here.annotate(rank=rank)


ErrandManager = InScopeManager.from_queryset(ErrandQuerySet)
StandingOrderManager = InScopeManager.from_queryset(StandingOrderQuerySet)
