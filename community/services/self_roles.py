"""Roles that people choose themselves: each choice is held against the panel as it is now."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction

from community.errors import HouseError
from community.models import Member, Role, RoleChoice, RolePanel, StandingOrder
from community.scope import guild_scope
from community.services.giving import footing_of, why_not_give
from community.services.panels import standing_choices
from community.services.wishes import ROLE, give_role_to, take_role_from

CHOSEN, GIVEN_BACK = "They chose it themselves", "They gave it back themselves"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chooser:
    """Who chooses, and the roles they have, as Discord told with the click."""

    guild_id: int
    user_id: int
    held: frozenset[int]


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which roles somebody is given, and which are taken back."""

    given: tuple[int, ...] = ()
    taken: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """What somebody may choose from."""

    panel: RolePanel
    choices: list[RoleChoice]


def offer_roles(*, chooser: Chooser, panel_id: int) -> Offer:
    """Return what somebody may choose from, or say why nothing."""
    with guild_scope(chooser.guild_id):
        panel = _open_panel(chooser, panel_id)
        return Offer(panel, standing_choices(panel))


def flip_role(*, chooser: Chooser, panel_id: int, role_id: int) -> Chosen:
    """Give somebody a role of a panel, or take it back when they have it.

    What they have is what Discord told with the click: a click that comes twice asks for the same.
    """
    with guild_scope(chooser.guild_id):
        panel = _open_panel(chooser, panel_id)
        offered = {each.role_id for each in standing_choices(panel)}
        mine = chooser.held & offered
        if role_id in mine:
            return _change(chooser, panel, mine - {role_id})
        others = set() if panel.is_unique else mine
        return _change(chooser, panel, others | {role_id})


def choose_roles(*, chooser: Chooser, panel_id: int, role_ids: Collection[int]) -> Chosen:
    """Let somebody have these roles of a panel, and none of its others."""
    with guild_scope(chooser.guild_id):
        panel = _open_panel(chooser, panel_id)
        if panel.is_unique and len(set(role_ids)) > 1:
            raise HouseError("One of these at a time.")
        return _change(chooser, panel, set(role_ids))


@transaction.atomic
def _change(chooser: Chooser, panel: RolePanel, wanted: Collection[int]) -> Chosen:
    choices = {each.role_id: each.role for each in standing_choices(panel)}
    if set(wanted) - set(choices):
        raise HouseError("This role can be chosen here no more.")
    given = sorted(set(wanted) - chooser.held)
    taken = sorted((chooser.held & set(choices)) - set(wanted))
    _refuse_what_may_not_be_given([choices[each] for each in given])
    _refuse_what_is_kept(chooser, [choices[each] for each in taken])
    who = [chooser.user_id]
    of = chooser.guild_id
    for role_id in taken:
        take_role_from(guild_id=of, role_id=role_id, user_ids=who, reason=GIVEN_BACK)
    for role_id in given:
        give_role_to(guild_id=of, role_id=role_id, user_ids=who, reason=CHOSEN)
    return Chosen(tuple(given), tuple(taken))


def _open_panel(chooser: Chooser, panel_id: int) -> RolePanel:
    """Return the panel as it is now, when whoever chooses may choose on it."""
    panel: RolePanel | None = RolePanel.objects.filter(
        guild_id=chooser.guild_id, pk=panel_id
    ).first()
    if panel is None or not panel.is_enabled:
        raise HouseError("Nothing can be chosen here any more.")
    if panel.required_role_id and panel.required_role_id not in chooser.held:
        raise HouseError(f"Only who has <@&{panel.required_role_id}> may choose here.")
    theirs = Member.objects.present().filter(guild_id=chooser.guild_id, user_id=chooser.user_id)
    if theirs.filter(pending=True).exists():
        raise HouseError("Accept the rules of this server first.")
    orders = StandingOrder.objects.of(chooser.guild_id).about(chooser.user_id)
    if orders.silencing().exists():
        raise HouseError("You are muted: choose again when that is over.")
    return panel


def _refuse_what_may_not_be_given(roles: Collection[Role]) -> None:
    if not roles:
        return
    footing = footing_of(next(iter(roles)).guild_id)
    for role in roles:
        # Why is for staff to read at the desk: it would tell of their roles and rights.
        if why_not_give(role=role, footing=footing):
            raise HouseError(f"{role} cannot be given at present; the staff sees why at the desk.")


def _refuse_what_is_kept(chooser: Chooser, roles: Collection[Role]) -> None:
    kept = StandingOrder.objects.of(chooser.guild_id).about(chooser.user_id)
    ruled = set(kept.filter(kind=ROLE, wanted=True).values_list("subject", flat=True))
    for role in roles:
        if role.pk in ruled:
            raise HouseError(f"You have {role} for what you did here: it cannot be given back.")
