"""How a server handles its coins."""

from datetime import timedelta

from django.db import models
from django.db.models import F, Q

from community.fields import GuildScoped, guild_key
from community.retention import kept_with_guild
from economy.querysets.settings import EconomySettingsManager

MOST_AT_ONCE = 10**9


def _coins(begins: int, what: str) -> "models.PositiveIntegerField[int, int]":
    """Return a number of coins."""
    return models.PositiveIntegerField(default=begins, help_text=what)


class EconomySettings(GuildScoped):
    """How one server handles coins; without a row all stands as the fields begin."""

    retention = kept_with_guild()

    daily_coins = _coins(200, "What a day brings.")
    streak_coins = _coins(10, "What each further day in a row brings on top.")
    streak_days = _coins(30, "After so many days in a row it brings no more on top.")
    work_least = _coins(50, "What work brings at least.")
    work_most = _coins(150, "What work brings at most.")
    work_pause = models.DurationField(
        default=timedelta(hours=1), help_text="How long after work one may work again."
    )
    pay_tax = models.PositiveSmallIntegerField(
        "tax on payments (%)", default=0, help_text="What of a payment goes to the house."
    )
    ask_above = _coins(1_000, "Payments above this are asked about first; 0 asks always.")
    gambling_enabled = models.BooleanField("gambling", default=True, help_text="May be played.")
    stake_least = _coins(10, "The least that may be staked.")
    stake_most = _coins(1_000, "The most that may be staked.")
    house_edge = models.PositiveSmallIntegerField(
        "house edge (%)",
        default=3,
        help_text="What of every stake stays with the house, at length.",
    )
    freezes_muted = models.BooleanField(
        "muted people are frozen", default=True, help_text="Who is muted moves no coins."
    )

    objects = EconomySettingsManager()  # type: ignore[assignment, misc]

    class Meta:
        verbose_name = "economy settings"
        verbose_name_plural = "economy settings"
        constraints = [
            guild_key("economy_economysettings"),
            models.UniqueConstraint(fields=["guild"], name="economy_economysettings_one_per_guild"),
            models.CheckConstraint(
                condition=Q(work_most__gte=F("work_least"), work_most__lte=MOST_AT_ONCE),
                name="economy_economysettings_work_most_is_not_under_least",
                violation_error_message="The most that work brings is under the least.",
            ),
            models.CheckConstraint(
                condition=Q(stake_most__gte=F("stake_least"), stake_most__lte=MOST_AT_ONCE),
                name="economy_economysettings_stake_most_is_not_under_least",
                violation_error_message="The most that may be staked is under the least.",
            ),
            models.CheckConstraint(
                condition=Q(pay_tax__lte=100),
                name="economy_economysettings_tax_leaves_something",
                violation_error_message="A tax of more than 100 % cannot be paid.",
            ),
            models.CheckConstraint(
                condition=Q(house_edge__lte=50),
                name="economy_economysettings_edge_is_half_at_most",
                violation_error_message="The house keeps half of the stakes at most.",
            ),
            models.CheckConstraint(
                condition=Q(work_pause__gte=timedelta(minutes=1)),
                name="economy_economysettings_work_has_a_pause",
                violation_error_message="Work needs a pause of a minute at least.",
            ),
        ]

    def __str__(self) -> str:
        return "Economy settings"
