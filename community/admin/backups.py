"""The keepers' door to the backups: which there are, which were proved, and one more now."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.urls import reverse

from community.desk.actions import Asked, Deed, DeedForm
from community.desk.base import HouseAdmin, bdi, pill
from community.desk.current_guild import staff_of
from community.desk.people import in_words, moment, span_in_words
from community.desk.registry import KEEPER, TodayCard, TodayFigure, today_card
from community.models import Backup
from community.services.backups import look_at_shelf
from community.services.clock import run_job_now
from community.services.restorations import approve_restoration, compare, waiting_restoration

BACK_UP = "config.tasks.back_up"


def back_up_now(request: HttpRequest, _: None, __: Asked) -> str:
    """Ring the job that makes a backup."""
    run_job_now(name=BACK_UP, by=staff_of(request))
    return "The backup is rung: the clock makes it and proves it, and it appears in this list."


class ApproveForm(DeedForm):
    """Asks whose word counts where Discord and the backup differ."""

    follow = forms.ChoiceField(
        choices=[
            ("discord", "Take over what Discord shows"),
            ("backup", "Make it so again as the backup says"),
        ],
        label="Where they differ",
        help_text="What people changed by hand since then stands on Discord alone.",
    )


def approve(request: HttpRequest, _: None, asked: Asked) -> str:
    """Let the house go on after a restore."""
    follows = asked["follow"] == "backup"
    differed = approve_restoration(by=staff_of(request), as_in_backup=follows)
    return f"The house goes on. {differed} matters differed."


def comparison(_: Sequence[Any]) -> dict[str, Any]:
    """Return what differs, for the page that asks."""
    return {"comparison": compare() if waiting_restoration() else None}


def shelf(_: HttpRequest) -> TodayFigure:
    """Count the proved backups, and say how old the newest is."""
    found = look_at_shelf()
    return TodayFigure(
        value=found.proved,
        words=f"the newest is of {in_words(found.newest)}" if found.newest else "none was proved",
        url=reverse("admin:community_backup_changelist"),
        tone="bad" if found.is_old else "ok",
    )


@admin.register(Backup)
class BackupAdmin(HouseAdmin):
    list_display = ["shows", "state", "rows", "bytes_", "duration", "proved"]
    ordering = ["-made_at"]
    fields = ["name", "shows", "state", "rows", "bytes_", "duration", "proved", "trouble"]
    readonly_fields = ["shows", "state", "rows", "bytes_", "duration", "proved"]
    empty_words = "There is no backup yet; the clock makes one every six hours."
    deeds = [
        Deed(
            name="back_up",
            label="Back up now",
            explains="A backup of everything, out of turn, proved by restoring it for trial.",
            needs=KEEPER,
            do=back_up_now,
            has_target=False,
        ),
        Deed(
            name="approve",
            label="Approve a restore",
            explains="After a backup was put back the bot only looks. This lets the house go on.",
            needs=KEEPER,
            do=approve,
            form=ApproveForm,
            has_target=False,
            is_danger=True,
            brief="desk/restored.html",
            tell=comparison,
        ),
    ]

    @admin.display(description="Shows the house at", ordering="made_at")
    def shows(self, backup: Backup) -> str:
        return moment(backup.made_at)

    @admin.display(description="State")
    def state(self, backup: Backup) -> str:
        if backup.trouble:
            return pill("Damaged", "bad")
        return pill("Proved", "ok") if backup.verified_at else pill("Not proved yet", "warn")

    @admin.display(description="Rows", ordering="row_count")
    def rows(self, backup: Backup) -> str:
        return f"{backup.row_count:,}"

    @admin.display(description="Size", ordering="size")
    def bytes_(self, backup: Backup) -> str:
        return bdi(filesizeformat(backup.size))

    @admin.display(description="Took", ordering="took")
    def duration(self, backup: Backup) -> str:
        return span_in_words(backup.took)

    @admin.display(description="Proved", ordering="verified_at")
    def proved(self, backup: Backup) -> str:
        return moment(backup.verified_at, empty="Never")


today_card(TodayCard(title="Proved backups", needs=KEEPER, figure=shelf, order=910))
