"""How people are shown: their name, their picture, how they stand in a server."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join

from community.models import Member, Role, User
from community.models.guild import picture_hash

PICTURES = "https://cdn.discordapp.com/avatars"
# Of the days to come, those of a week are called by their names.
DAYS_WITH_NAMES = 7


def name_of(member: Member) -> str:
    """Return what somebody is called in their server."""
    return member.nickname or str(member.user)


def initials_of(name: str) -> str:
    """Return one or two letters that stand for a picture."""
    words = [word for word in re.split(r"[\s._-]+", name) if word[:1].isalnum()]
    if not words:
        return "?"
    return (words[0][0] + words[1][0] if len(words) > 1 else words[0][:2]).upper()


def picture_of(user: User) -> str:
    """Return the address of somebody's picture; none unless its name is one that Discord gives."""
    try:
        picture_hash(user.avatar)
    except ValidationError:
        return ""
    return f"{PICTURES}/{user.pk}/{user.avatar}.png?size=64"


def standings_of(member: Member) -> list[tuple[str, str]]:
    """Return how somebody stands in their server, each in words and with its tone."""
    now = timezone.now()
    is_timed_out = member.timed_out_until is not None and member.timed_out_until > now
    told = [
        (member.left_at is not None, "Left", "mute"),
        (member.left_at is None and not is_timed_out, "Here", "ok"),
        (is_timed_out, f"Timed out until {in_words(member.timed_out_until)}", "bad"),
        (member.left_at is None and member.pending, "Has not accepted the rules", "warn"),
        (member.left_at is None and member.premium_since is not None, "Boosting", "ok"),
        (member.user.is_bot, "Bot", "mute"),
        (member.user.erased_at is not None, "Erased", "mute"),
    ]
    return [(words, tone) for holds, words, tone in told if holds]


def in_words(at: datetime | None) -> str:
    """Return a moment as people say it: in the zone that is in force, near ones by their day."""
    if at is None:
        return "—"
    local, today = timezone.localtime(at), timezone.localdate()
    if abs((local.date() - today).days) < 1:
        return f"today {local:%H:%M}"
    if 0 < (local.date() - today).days < DAYS_WITH_NAMES:
        return date_format(local, "l H:i")
    return date_format(local, "j M Y, H:i")


def span_in_words(span: timedelta) -> str:
    """Return how long something is, in its largest whole part."""
    seconds = span.total_seconds()
    for name, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            many = round(seconds / length)
            return f"{many} {name}{'' if many == 1 else 's'}"
    return f"{seconds:.1f} s"


def moment(at: datetime | None, *, empty: str = "—") -> str:
    """Return a moment as a page shows it; the exact one appears when it is pointed at."""
    if at is None:
        return empty
    local = timezone.localtime(at)
    exact = date_format(local, "l, j F Y, H:i:s e")
    return format_html(
        '<time class="dk-time" datetime="{}" title="{}">{}</time>',
        local.isoformat(),
        exact,
        in_words(at),
    )


def person_cell(member: Member) -> str:
    """Return somebody as a list shows them: picture, name, and the name below."""
    name = name_of(member)
    return format_html(
        '<span class="dk-person"><span class="dk-avatar" aria-hidden="true">{}</span>'
        "<span><bdi>{}</bdi><small><bdi>{}</bdi></small></span></span>",
        initials_of(name),
        name,
        f"@{member.user.username}" if member.user.username else member.user_id,
    )


def role_pills(roles: Iterable[Role]) -> str:
    """Return roles in their colours."""
    return format_html_join(" ", "{}", ((role_pill(role),) for role in roles))


def role_pill(role: Role) -> str:
    """Return a role in its colour, which is Discord's own and no part of our style."""
    return format_html(
        '<span class="dk-pill mute"><svg class="dk-swatch" viewBox="0 0 10 10" aria-hidden="true">'
        '<circle cx="5" cy="5" r="5" fill="{}"/></svg><bdi>{}</bdi></span>',
        f"#{role.colour:06x}" if role.colour else "#99a1b3",
        role.name,
    )
