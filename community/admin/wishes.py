"""What keepers ask for at a person's page: a copy, and an erasure; and how far it has come."""

from typing import Any

from django import forms
from django.http import FileResponse, HttpRequest

from community.admin.members import offer_for_person
from community.admin.privacy import ASKED, hand_out
from community.desk.actions import Asked, Deed, DeedForm
from community.desk.current_guild import staff_of
from community.desk.people import in_words
from community.desk.registry import KEEPER, PersonFact, person_fact
from community.errors import HouseError
from community.models import Member, PrivacyRequest
from community.services.requests import (
    ask_for_copy,
    ask_to_be_erased,
    steps_done,
    wishes_about,
)


class EraseForm(DeedForm):
    """Asks once more before a person is forgotten."""

    sure = forms.BooleanField(label="I know that nobody can bring this back.")


def export(request: HttpRequest, member: Member, _: Asked) -> str:
    """Ask for a copy of everything about a person."""
    ask_for_copy(user_id=member.user_id, by=staff_of(request))
    return ASKED


def erase(request: HttpRequest, member: Member, _: Asked) -> str:
    """Ask that a person be made a stranger."""
    ask_to_be_erased(user_id=member.user_id, by=staff_of(request))
    return ASKED


def fetch(request: HttpRequest, member: Member, _: Asked) -> FileResponse:
    """Hand out the copy that lies ready."""
    copies = (each for each in _wishes(member) if each.path)
    if (copy := next(copies, None)) is None:
        raise HouseError("There is no copy here any more: ask for another.")
    return hand_out(request, copy)


def has_copy(member: Member) -> bool:
    """Tell whether a copy lies ready."""
    return any(each.path for each in _wishes(member))


def wishes_in_words(member: Member) -> str:
    """Say what was asked for about somebody, and how far it has come."""
    return " ".join(map(_in_words, _wishes(member)))


def is_waiting(member: Member) -> bool:
    """Tell whether something that was asked for is still to come."""
    return any(each.state == PrivacyRequest.State.WAITING for each in _wishes(member))


def _in_words(wish: PrivacyRequest) -> str:
    what, asked = wish.get_kind_display(), in_words(wish.asked_at)
    if wish.state == PrivacyRequest.State.WAITING:
        done, whole = steps_done(request=wish)
        how_far = (
            f"{done} of {whole} parts are done" if whole else "the clock answers within minutes"
        )
        return f"{what}: asked for {asked}, {how_far}."
    return f"{what}: {wish.get_state_display().lower()} {in_words(wish.ended_at)}. {wish.words}"


def _wishes(member: Any) -> list[PrivacyRequest]:
    """Return what was asked for about somebody; one page asks for it more than once."""
    if not hasattr(member, "wishes"):
        member.wishes = wishes_about(user_id=member.user_id)
    found: list[PrivacyRequest] = member.wishes
    return found


EXPORT = Deed(
    name="export",
    label="Export",
    explains="Everything Guildhall knows about this person, in every server, as one zip. It is "
    "made by the clock, lies here for a week, and the audit log of the house notes it.",
    needs=KEEPER,
    do=export,
)
FETCH = Deed(
    name="fetch",
    label="Fetch the copy",
    explains="The copy comes as a file, to be given to the person. It is noted.",
    needs=KEEPER,
    do=fetch,
    is_offered=has_copy,
)
ERASE = Deed(
    name="erase",
    label="Erase",
    explains="Names, pictures, preferences and whatever else is personal is emptied in every "
    "server, by the clock. What history needs keeps the bare id. While a punishment holds it is "
    "refused, and this page says so.",
    needs=KEEPER,
    do=erase,
    form=EraseForm,
    is_danger=True,
)
offer_for_person(EXPORT, order=900)
offer_for_person(FETCH, order=901)
offer_for_person(ERASE, order=902)
person_fact(
    PersonFact(
        label="Asked for",
        needs=KEEPER,
        words=wishes_in_words,
        is_moving=is_waiting,
        order=900,
    )
)
