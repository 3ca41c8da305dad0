"""The ladder: how many points somebody has, and what follows when they rise."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Subquery, Value
from django.db.models.functions import Coalesce

from community.models import GuildSettings
from moderation.models import LadderFire, LadderStep, MemberWarning


@dataclass(frozen=True, slots=True)
class Standing:
    """Where somebody stands on the ladder, and what comes next."""

    points: int
    next_step: LadderStep | None

    @property
    def points_left(self) -> int:
        """How many more points the next rung takes."""
        return self.next_step.points - self.points if self.next_step else 0


def points_of(*, guild_id: int, user_id: int, now: datetime) -> int:
    """Return the points that count for somebody now: of standing warnings, within the window."""
    theirs = MemberWarning.objects.of(guild_id).filter(user_id=user_id)
    windows = GuildSettings.objects.filter(guild_id=guild_id).values("escalation_window")
    window = Coalesce(Subquery(windows), Value(GuildSettings().escalation_window))
    return theirs.standing(now).given_within(window, now).points()


def standing_of(*, guild_id: int, user_id: int, now: datetime) -> Standing:
    """Return where somebody stands on the server's ladder."""
    points = points_of(guild_id=guild_id, user_id=user_id, now=now)
    above = LadderStep.objects.of(guild_id).filter(points__gt=points).order_by("points")
    return Standing(points, above.first())


def rung_crossed(*, warning: MemberWarning, before: int, after: int) -> LadderFire | None:
    """Note that a warning has crossed a rung, the highest when it crossed several.

    A rung fires once per crossing: it must be left behind again, and crossed anew.
    """
    crossed = LadderStep.objects.of(warning.guild_id).between(before, after).last()
    if crossed is None:
        return None
    fire: LadderFire = LadderFire.objects.create(
        guild_id=warning.guild_id, step=crossed, warning=warning, points=after
    )
    return fire
