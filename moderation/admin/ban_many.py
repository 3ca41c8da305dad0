"""Banning many at once by their ids: who would be, and who not, is seen before it is done."""

import re
from collections.abc import Iterable
from hashlib import sha256
from uuid import uuid4

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from community.desk.actions import Asked, Deed, DeedForm, Result, way_back
from community.models import Grant, Member
from moderation.admin.deeds import decision_of
from moderation.admin.showing import who
from moderation.models.cases import LONGEST_REASON
from moderation.services.bulk import MOST, Bulk, bulk_ban, preview_bulk_ban

ID = re.compile(r"(?<!\d)\d{15,19}(?!\d)")
LARGEST_ID = 2**63 - 1
LIST = "admin:moderation_punishment_bans"


class BanManyForm(DeedForm):
    """Asks whom, and why; what was shown before comes back as its digest."""

    ids = forms.CharField(
        label="Whom",
        max_length=20 * MOST * 5,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=f"Discord ids, at most {MOST}, with anything between them.",
    )
    reason = forms.CharField(max_length=LONGEST_REASON, help_text="Each of them is told.")
    once = forms.UUIDField(required=False, widget=forms.HiddenInput)
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def clean_ids(self) -> list[int]:
        """Return the ids among what was pasted."""
        found = sorted({int(text) for text in ID.findall(self.cleaned_data["ids"])})
        if not found or found[-1] > LARGEST_ID:
            raise forms.ValidationError("There is no Discord id in this.")
        if len(found) > MOST:
            raise forms.ValidationError(f"These are {len(found)}; at most {MOST} at once.")
        return found


def ban_many(request: HttpRequest, _: None, asked: Asked) -> Result:
    """Show who would be banned; ban them once that was seen."""
    once = (asked["once"] or uuid4()).hex
    decision = decision_of(request, {"once": once, "is_sure": True}, "bulk")
    if asked["seen"] != _digest(asked):
        bulk = preview_bulk_ban(decision=decision, user_ids=asked["ids"])
        return _preview(request, {**asked, "once": once, "seen": _digest(asked)}, bulk)
    bulk = bulk_ban(decision=decision, user_ids=asked["ids"], reason=asked["reason"])
    left = f" {len(bulk.refused)} were left alone." if bulk.refused else ""
    return f"{len(bulk.banned)} people are banned.{left} The bot tells Discord now."


def _preview(request: HttpRequest, asked: Asked, bulk: Bulk) -> HttpResponse:
    names = _names(asked["ids"])
    told = {
        **asked,
        "ids": " ".join(map(str, asked["ids"])),
        "banned": [(key, names.get(key, "")) for key in bulk.banned],
        "refused": [(key, names.get(key, ""), words) for key, words in bulk.refused.items()],
    }
    frame = {**admin.site.each_context(request), "title": "Ban many"}
    told["back"] = way_back(request, reverse(LIST))
    return TemplateResponse(request, "moderation/ban_many.html", {**frame, **told})


def _names(user_ids: Iterable[int]) -> dict[int, str]:
    known = Member.objects.filter(user_id__in=user_ids).select_related("user")
    return {member.user_id: who(member, member.user_id) for member in known}


def _digest(asked: Asked) -> str:
    return sha256(f"{asked['ids']} {asked['reason']}".encode()).hexdigest()


BAN_MANY = Deed(
    name="ban_many",
    label="Ban many",
    explains="Paste ids of people who are here or not. Who would be banned, and who is out of "
    "reach, is shown before anything is done.",
    needs=Grant.Capability.PUNISH,
    do=ban_many,
    form=BanManyForm,
    has_target=False,
    is_whole=False,
    is_danger=True,
)
