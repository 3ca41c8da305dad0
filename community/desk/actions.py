"""Deeds: pages that say what will happen, ask what must be known, and call one service."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.http import url_has_allowed_host_and_scheme

from community.durations import read_duration, write_duration
from community.errors import HouseError

# More than these ask again; more than these are not done in one go.
ASK_AGAIN = 20
MOST_TARGETS = 200

Asked = Mapping[str, Any]
# What a deed has to say once it is done, or a page of its own that says it.
Result = str | HttpResponseBase


class DeedForm(forms.Form):
    """What a deed asks before it is done; a deed that asks nothing uses it as it is."""

    required_css_class = "required"

    def __init__(self, *args: Any, targets: Sequence[Model] = (), **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.targets = targets
        if len(targets) > ASK_AGAIN:
            label = f"Yes, all {len(targets)} of them"
            self.fields["sure"] = forms.BooleanField(label=label)

    def refuse(self, refusal: HouseError) -> None:
        """Say what stands against it."""
        self.add_error(None, str(refusal))


class SpanField(forms.CharField):
    """A span of time as people write it; empty is None, where it may be empty."""

    def __init__(self, **told: Any) -> None:
        super().__init__(max_length=50, **told)

    def prepare_value(self, value: Any) -> Any:
        """Show a span as it would be typed."""
        return write_duration(value) if isinstance(value, timedelta) else value

    def clean(self, value: Any) -> Any:
        """Return the span."""
        text = super().clean(value)
        try:
            return read_duration(text) if text else None
        except HouseError as refusal:
            raise forms.ValidationError(str(refusal)) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One thing that may be done: what it is called, who may, what it asks and what it calls."""

    name: str
    label: str
    explains: str
    needs: str
    do: Callable[[HttpRequest, Any, Asked], Result]
    form: type[DeedForm] = DeedForm
    has_target: bool = True
    is_for_many: bool = False
    is_danger: bool = False
    # All of it or nothing; what takes long instead commits step by step, and holds nobody up.
    is_whole: bool = True
    is_offered: Callable[[Any], bool] = bool
    # What should be known before: a template, and what it shows of these rows.
    brief: str = ""
    # What shows, beside the fields, what comes of them.
    beside: str = ""
    tell: Callable[[Sequence[Any]], Asked] | None = None


def answer_deed(
    request: HttpRequest, deed: Deed, targets: Sequence[Model], *, context: Asked, home: str
) -> HttpResponseBase:
    """Show what a deed would do, or do it and go back to where it was asked for."""
    asked = request.POST if request.method == "POST" else None
    form = deed.form(asked, targets=targets)
    back = way_back(request, home)
    if form.is_valid() and (result := carry_out(request, deed, form)) is not None:
        if isinstance(result, HttpResponseBase):
            return result
        messages.success(request, result)
        return HttpResponseRedirect(back)
    told = {"title": deed.label, "deed": deed, "form": form, "targets": targets, "back": back}
    known = deed.tell(targets) if deed.tell else {}
    return TemplateResponse(request, "desk/deed.html", {**context, **told, **known})


def carry_out(request: HttpRequest, deed: Deed, form: DeedForm) -> Result | None:
    """Do all of it or nothing, unless a deed goes step by step.

    A refusal is written into the form, and None is returned.
    """
    try:
        with transaction.atomic() if deed.is_whole else nullcontext():
            whom: Sequence[Model | None] = form.targets or [None]
            told = [deed.do(request, each, form.cleaned_data) for each in whom]
    except HouseError as refusal:
        form.refuse(refusal)
        return None
    return told[0] if len(told) == 1 else f"{deed.label}: {len(told)} done."


def way_back(request: HttpRequest, home: str) -> str:
    """Return the page of ours on which somebody asked for something, or else another."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return wanted if is_ours(request, wanted) else home


def is_ours(request: HttpRequest, url: str) -> bool:
    """Tell whether an address leads to a page of this house."""
    return url.startswith("/") and url_has_allowed_host_and_scheme(
        url, allowed_hosts=None, require_https=request.is_secure()
    )
