"""The keepers' door to wishes about people: copies, being forgotten, and the files."""

from io import BytesIO
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Coalesce, NullIf
from django.http import FileResponse, HttpRequest
from django.template.defaultfilters import filesizeformat

from community.desk.actions import Asked, Deed, DeedForm
from community.desk.base import HouseAdmin, bdi, noted, pill
from community.desk.current_guild import staff_of
from community.desk.people import moment
from community.desk.registry import KEEPER, NavItem, nav_item
from community.models import PrivacyRequest, User
from community.services.requests import ask_for_copy, ask_to_be_erased, hand_out_copy

ASKED = "It is asked for: the clock answers within minutes, and this list says what came of it."
TONES = {"waiting": "mute", "done": "ok", "refused": "warn"}


class PersonForm(DeedForm):
    """Asks whom it is about."""

    user_id = forms.IntegerField(min_value=1, max_value=2**63 - 1, label="Discord id")


class ErasureForm(PersonForm):
    """Asks once more before a person is forgotten."""

    sure = forms.BooleanField(label="I know that nobody can bring this back.")


def copy(request: HttpRequest, _: None, asked: Asked) -> str:
    """Ask for a copy."""
    ask_for_copy(user_id=asked["user_id"], by=staff_of(request))
    return ASKED


def erase(request: HttpRequest, _: None, asked: Asked) -> str:
    """Ask that a person be erased."""
    ask_to_be_erased(user_id=asked["user_id"], by=staff_of(request))
    return ASKED


def fetch(request: HttpRequest, wish: PrivacyRequest, _: Asked) -> FileResponse:
    """Hand out a copy."""
    return hand_out(request, wish)


def hand_out(request: HttpRequest, wish: PrivacyRequest) -> FileResponse:
    """Hand out the file of a copy."""
    path = hand_out_copy(request=wish, by=staff_of(request))
    file, name = BytesIO(path.read_bytes()), f"person-{wish.user_id}.zip"
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")


@admin.register(PrivacyRequest)
class PrivacyRequestAdmin(HouseAdmin):
    list_display = ["what", "person", "by", "asked", "state_", "came_of_it", "bytes_"]
    list_filter = ["kind", "state"]
    search_ids = ["user_id"]
    ordering = ["-asked_at", "-pk"]
    fields = ["what", "person", "by", "asked", "state_", "came_of_it", "bytes_"]
    readonly_fields = ["what", "person", "by", "asked", "state_", "came_of_it", "bytes_"]
    empty_words = "Nobody has asked for a copy, or to be forgotten, in the last 30 days."
    deeds = [
        Deed(
            name="copy",
            label="Copy of everything",
            explains="Everything Guildhall knows about a person, in every server, as one zip. It "
            "is made by the clock, lies here for a week, and the audit log of the house notes it.",
            needs=KEEPER,
            do=copy,
            form=PersonForm,
            has_target=False,
        ),
        Deed(
            name="erase",
            label="Erase a person",
            explains="Whatever is personal is emptied in every server; what history needs keeps "
            "the bare id. While a punishment holds it is refused.",
            needs=KEEPER,
            do=erase,
            form=ErasureForm,
            has_target=False,
            is_danger=True,
        ),
        Deed(
            name="fetch",
            label="Fetch the copy",
            explains="The copy comes as a file, to be given to the person. It is noted.",
            needs=KEEPER,
            do=fetch,
            is_offered=lambda wish: bool(wish.path),
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        people = User.objects.filter(pk=OuterRef("user_id"))
        called = people.annotate(name=Coalesce(NullIf("global_name", Value("")), "username"))
        told = super().get_queryset(request).select_related("asked_by")
        return told.annotate(person_name=Subquery(called.values("name")))

    @admin.display(description="What", ordering="kind")
    def what(self, wish: PrivacyRequest) -> str:
        return wish.get_kind_display()

    @admin.display(description="Person", ordering="user_id")
    def person(self, wish: Any) -> str:
        if wish.user_id is None:
            return "Erased"
        number = str(wish.user_id)
        return noted(bdi(wish.person_name), number) if wish.person_name else number

    @admin.display(description="Asked by")
    def by(self, wish: PrivacyRequest) -> str:
        return bdi(wish.asked_by) if wish.asked_by else "Themselves"

    @admin.display(description="Asked", ordering="asked_at")
    def asked(self, wish: PrivacyRequest) -> str:
        return moment(wish.asked_at)

    @admin.display(description="State", ordering="state")
    def state_(self, wish: PrivacyRequest) -> str:
        return pill(wish.get_state_display(), TONES[wish.state])

    @admin.display(description="What came of it")
    def came_of_it(self, wish: PrivacyRequest) -> str:
        return bdi(wish.words) if wish.words else "—"

    @admin.display(description="Size", ordering="size")
    def bytes_(self, wish: PrivacyRequest) -> str:
        return bdi(filesizeformat(wish.size)) if wish.size else "—"


nav_item(
    NavItem(
        group="House",
        label="Privacy",
        url_name="community_privacyrequest_changelist",
        icon="person",
        needs=KEEPER,
    )
)
