"""What the house knows of its backups: which are there, which were proved, when that was last."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Max
from django.utils import timezone

from community.models import Backup

# Four are made a day: this long without a proved one, and somebody should look.
OLDEST_PROVED = timedelta(hours=36)


@transaction.atomic
def know_backup(
    *,
    name: str,
    made_at: datetime,
    took: timedelta,
    size: int,
    row_count: int,
    verified_at: datetime | None,
) -> Backup:
    """Write down a backup as its paper describes it."""
    told = {"made_at": made_at, "took": took, "size": size, "row_count": row_count}
    backup, _ = Backup.objects.update_or_create(
        name=name, defaults={**told, "verified_at": verified_at, "trouble": ""}
    )
    return backup


@transaction.atomic
def note_damage(*, name: str, words: str) -> bool:
    """Write down what is wrong with a backup; False when nobody knows it."""
    return bool(Backup.objects.filter(name=name).update(trouble=words))


@transaction.atomic
def forget_backups(*, besides: Collection[str]) -> int:
    """Forget every backup whose files are gone; return how many that was."""
    return Backup.objects.exclude(name__in=besides).delete()[0]


@dataclass(frozen=True, slots=True)
class Shelf:
    """How many backups were proved, and which moment the newest of them shows."""

    proved: int
    newest: datetime | None

    @property
    def is_old(self) -> bool:
        """Tell whether the newest proved one is too old, or there is none."""
        return self.newest is None or self.newest < timezone.now() - OLDEST_PROVED


def look_at_shelf() -> Shelf:
    """Return what there is of proved backups."""
    found = Backup.objects.verified().aggregate(many=Count("pk"), newest=Max("made_at"))
    return Shelf(found["many"], found["newest"])
