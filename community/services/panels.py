"""Panels on which people choose roles: made by staff, posted and kept as told by errands."""

import re
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max

from community.errors import HouseError
from community.models import Errand, Grant, Guild, Role, RoleChoice, RolePanel, Staff
from community.services.audit import write_audit
from community.services.errands import have_it_so, send_errand
from community.services.gifts import NEWCOMERS, given_otherwise
from community.services.giving import footing_of, why_not_give
from community.services.grants import require

POSTED, UNSAID = "role_panel", "unsay"
MOST_PANELS, MOST_CHOICES, IN_A_ROW = 25, 25, 5
COLOUR = 0x5B6EE1
ACTION_ROW, BUTTON, GREY, BLUE = 1, 2, 2, 1
PANEL = ("title", "text", "channel", "style", "is_unique", "required_role", "is_enabled")
POINTS = ("channel", "required_role")
CHOICE = ("label", "emoji", "description")
_OWN_EMOJI = re.compile(r"<(a?):(\w{2,32}):(\d{17,20})>")
LONGEST_EMOJI = 16


@transaction.atomic
def add_panel(*, guild_id: int, by: Staff, **told: Any) -> RolePanel:
    """Make a panel; it is posted with its first role."""
    _take_turn(by, guild_id)
    if RolePanel.objects.filter(guild_id=guild_id).count() >= MOST_PANELS:
        raise HouseError(f"A server has {MOST_PANELS} panels at most.")
    panel = RolePanel(guild_id=guild_id)
    _set(panel, PANEL, told)
    _note("panel.added", panel, by, after=told_of(panel))
    return panel


@transaction.atomic
def change_panel(*, panel: RolePanel, by: Staff, **told: Any) -> RolePanel:
    """Change a panel; what is posted changes with it."""
    _take_turn(by, panel.guild_id)
    before = told_of(panel)
    _set(panel, PANEL, told)
    after = told_of(panel)
    changed = [name for name in after if before[name] != after[name]]
    if changed:
        was, now = ({name: each[name] for name in changed} for each in (before, after))
        _note("panel.changed", panel, by, before=was, after=now)
        show_panel(panel=panel)
    return panel


@transaction.atomic
def remove_panel(*, panel: RolePanel, by: Staff) -> None:
    """Take a panel away, from Discord as well; whoever has roles from it keeps them."""
    _take_turn(by, panel.guild_id)
    _note("panel.removed", panel, by, before=told_of(panel))
    _unsay(panel)
    RolePanel.objects.filter(guild_id=panel.guild_id, pk=panel.pk).delete()


@transaction.atomic
def put_choice(*, panel: RolePanel, by: Staff, role: Role, **told: Any) -> RoleChoice:
    """Put a role on a panel, or say it differently."""
    _take_turn(by, panel.guild_id)
    choices = RoleChoice.objects.filter(guild_id=panel.guild_id, panel=panel)
    choice = choices.filter(role_id=role.pk).first()
    if choice is None:
        _refuse_role(panel, role)
        last = choices.aggregate(last=Max("position"))["last"] or 0
        choice = RoleChoice(guild_id=panel.guild_id, panel=panel, role=role, position=last + 1)
    read_emoji(told.get("emoji", choice.emoji))
    _set(choice, CHOICE, told)
    _note("choice.put", panel, by, after={"role": str(role.pk), "label": choice.label})
    show_panel(panel=panel)
    return choice


@transaction.atomic
def remove_choice(*, choice: RoleChoice, by: Staff) -> None:
    """Take a role off a panel; whoever has it keeps it."""
    _take_turn(by, choice.guild_id)
    panel = choice.panel
    _note("choice.removed", panel, by, before={"role": str(choice.role_id)})
    RoleChoice.objects.filter(guild_id=choice.guild_id, pk=choice.pk).delete()
    show_panel(panel=panel)


@transaction.atomic
def post_again(*, panel: RolePanel, by: Staff) -> None:
    """Have a panel posted that somebody deleted, or that could not be posted before."""
    _take_turn(by, panel.guild_id)
    show_panel(panel=panel, is_anew=True)
    _note("panel.posted", panel, by)


def show_panel(*, panel: RolePanel, is_anew: bool = False) -> None:
    """Have a panel stand in its channel as it is now; one without roles is not posted."""
    panel.refresh_from_db(fields=["message_id", "posted_in_id"])  # it may just have been posted
    if panel.message_id and panel.posted_in_id != panel.channel_id:
        _unsay(panel)
    message = panel_message(panel)
    if not (message["components"] or panel.message_id):
        return
    payload: dict[str, Any] = {
        "panel": panel.pk,
        "channel_id": str(panel.channel_id),
        "message": message,
    }
    if panel.message_id:
        payload["message_id"] = str(panel.message_id)
    if is_anew:
        before = Errand.objects.of(panel.guild_id).filter(dedupe_key=_key(panel)).first()
        payload["again"] = (before.payload.get("again", 0) if before else 0) + 1
    key = _key(panel)
    have_it_so(guild_id=panel.guild_id, kind=POSTED, dedupe_key=key, payload=payload)


def show_panels_with(*, guild_id: int, role_ids: set[int]) -> None:
    """Have the panels show that some roles are gone."""
    held = RoleChoice.objects.filter(guild_id=guild_id, role_id__in=role_ids)
    panels = RolePanel.objects.filter(guild_id=guild_id, pk__in=held.values("panel_id"))
    for panel in panels.order_by("pk"):
        show_panel(panel=panel)


@transaction.atomic
def note_panel_posted(*, guild_id: int, panel_id: int, channel_id: int, message_id: int) -> None:
    """Remember where a panel stands; one that is gone or moved meanwhile does not stand there."""
    panels = RolePanel.objects.filter(guild_id=guild_id, pk=panel_id, channel_id=channel_id)
    told = {"message_id": message_id, "posted_in_id": channel_id}
    if not panels.update(**told):
        _take_down(guild_id, channel_id, message_id)


def panel_message(panel: RolePanel) -> dict[str, Any]:
    """Return a panel as Discord is told of it."""
    choices = standing_choices(panel)
    embed = {"title": panel.title, "description": _words(panel, choices), "color": COLOUR}
    if panel.style == RolePanel.Style.MENU:
        mark = f"roles:open:{panel.pk}"
        buttons = [_button("Choose your roles", mark, panel, style=BLUE)] if choices else []
    else:
        buttons = [
            _button(label_of(each), f"roles:flip:{panel.pk}:{each.role_id}", panel, each.emoji)
            for each in choices
        ]
    rows = [buttons[at : at + IN_A_ROW] for at in range(0, len(buttons), IN_A_ROW)]
    components = [{"type": ACTION_ROW, "components": row} for row in rows]
    return {"embeds": [embed], "components": components}


def standing_choices(panel: RolePanel) -> list[RoleChoice]:
    """Return the roles of a panel that still exist, in their order."""
    choices = RoleChoice.objects.filter(guild_id=panel.guild_id, panel=panel, role__deleted_at=None)
    return list(choices.select_related("role").order_by("position", "pk"))


def label_of(choice: RoleChoice) -> str:
    """Return what stands on a choice."""
    return (choice.label or choice.role.name)[:80]


def why_not_chosen(*choices: RoleChoice) -> dict[int, str]:
    """Say which roles of a server's panels nobody is given as things stand, and why."""
    if not choices:
        return {}
    footing = footing_of(choices[0].guild_id)
    told = {each.pk: why_not_give(role=each.role, footing=footing) for each in choices}
    return {key: words for key, words in told.items() if words}


def read_emoji(typed: str) -> dict[str, Any] | None:
    """Return an emoji as Discord is told of it; none when nothing was typed."""
    if not typed:
        return None
    if own := _OWN_EMOJI.fullmatch(typed):
        return {"id": own[3], "name": own[2], "animated": bool(own[1])}
    if len(typed) > LONGEST_EMOJI or any(each.isalnum() or each.isspace() for each in typed):
        raise HouseError("Type one emoji, or a server's own like <:name:123456789012345678>.")
    return {"id": None, "name": typed}


def told_of(panel: RolePanel) -> dict[str, Any]:
    """Return a panel as history keeps it."""
    plain = {
        name: getattr(panel, name) for name in PANEL if name not in ("channel", "required_role")
    }
    required = str(panel.required_role_id) if panel.required_role_id else None
    return {**plain, "channel": str(panel.channel_id), "required_role": required}


def _words(panel: RolePanel, choices: list[RoleChoice]) -> str:
    lines = [f"<@&{each.role_id}> {each.description}" for each in choices if each.description]
    rules = ["One at a time: another one takes its place."] if panel.is_unique else []
    if panel.required_role_id:
        rules.append(f"Only for who has <@&{panel.required_role_id}>.")
    if not panel.is_enabled:
        rules.append("Closed at present.")
    told = (panel.text, "\n".join(lines), f"-# {' '.join(rules)}" if rules else "")
    return "\n\n".join(filter(None, told))[:4096]


def _button(
    label: str, mark: str, panel: RolePanel, emoji: str = "", *, style: int = GREY
) -> Mapping[str, Any]:
    button: dict[str, Any] = {"type": BUTTON, "style": style, "label": label, "custom_id": mark}
    if not panel.is_enabled:
        button["disabled"] = True
    if picture := read_emoji(emoji):
        button["emoji"] = picture
    return button


def _refuse_role(panel: RolePanel, role: Role) -> None:
    here = {"guild_id": panel.guild_id}
    if not Role.objects.filter(**here, pk=role.pk).exists():
        raise HouseError("There is no such role in this server.")
    if RoleChoice.objects.filter(**here, panel=panel).count() >= MOST_CHOICES:
        raise HouseError(f"A panel has {MOST_CHOICES} roles at most.")
    # What newcomers are given once they may well give back here; what is kept true they may not.
    elsewhere = given_otherwise(guild_id=panel.guild_id, by=NEWCOMERS)
    if words := why_not_give(role=role) or elsewhere.get(role.pk, "").format(role):
        raise HouseError(words)


def _set(row: RolePanel | RoleChoice, names: tuple[str, ...], told: Mapping[str, Any]) -> None:
    for name in names:
        if name in told:
            setattr(row, name, told[name])
    keys = [field.name for field in row._meta.local_fields if field.is_relation]
    try:
        row.clean_fields(exclude=keys)
        with transaction.atomic():
            row.save()
    except ValidationError as error:
        raise HouseError(" ".join(error.messages)) from error
    except IntegrityError as error:
        # The same words for what is another server's and for what is nowhere.
        raise HouseError("There is no such channel or role in this server.") from error


def _take_turn(by: Staff, guild_id: int) -> None:
    require(by, Grant.Capability.CONFIGURE, guild_id=guild_id)
    Guild.objects.select_for_update(no_key=True).get(pk=guild_id)


def _unsay(panel: RolePanel) -> None:
    if panel.message_id and panel.posted_in_id:
        _take_down(panel.guild_id, panel.posted_in_id, panel.message_id)
        panel.message_id = panel.posted_in_id = None
        panel.save(update_fields=["message_id", "posted_in_id"])


def _take_down(guild_id: int, channel_id: int, message_id: int) -> None:
    place = {"channel_id": str(channel_id), "message_id": str(message_id)}
    key = f"unsay:{message_id}"
    send_errand(guild_id=guild_id, kind=UNSAID, dedupe_key=key, payload=place)


def _key(panel: RolePanel) -> str:
    return f"panel:{panel.pk}"


def _note(
    verb: str,
    panel: RolePanel,
    by: Staff,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    write_audit(
        verb=f"community.{verb}",
        subject=("rolepanel", panel.pk),
        by=by,
        guild_id=panel.guild_id,
        before=before,
        after=after,
    )
