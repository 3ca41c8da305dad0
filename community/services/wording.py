"""What a server's own words may ask for: those of its commands and of its greetings, one language.

The pen writes them, in a process of its own, from plain values alone.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format

from community.errors import HouseError
from community.models import Guild, Member, MemberRole, Role
from community.pen.pen import PEN
from community.spans import zone_called
from community.words import plain

# What any of them may ask for.
SHARED = {
    "user": "who it is about: user.name, user.username, user.mention, user.id",
    "member": "the same here: member.name, member.joined, member.roles",
    "server": "this server: server.name, server.members, server.id",
    "count": "how many people are here",
    "random": "chance: random.percent, random.die, random.coin",
    "now": "the server's time: now.date, now.time, now.weekday, now.hour, now.unix",
}
MOST_ROLES = 100
COIN = ("heads", "tails")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who a text is about; without roles that were told, they are looked up."""

    user_id: int
    username: str
    shown: str
    role_ids: tuple[int, ...] | None = None


SOMEBODY = Person(user_id=0, username="somebody", shown="Somebody")


def refuse_unknown(sources: Sequence[str], known: Collection[str]) -> None:
    """Refuse words that cannot be read, or that ask for what nobody knows."""
    asked = PEN.asks_for(sources)
    if unknown := [name for name in asked if name not in known]:
        raise HouseError(f"Nobody knows “{unknown[0][:50]}”. There are: {', '.join(known)}.")


def know_person(*, guild: Guild, person: Person, sources: Sequence[str]) -> dict[str, Any]:
    """Return what any words may ask for; what takes a look is looked at for who asks for it."""
    name = plain(person.shown)
    user = {"id": str(person.user_id), "mention": f"<@{person.user_id}>", "name": name}
    here = _here(guild, person) if any("member" in each for each in sources) else {}
    many = guild.member_count
    return {
        "user": {**user, "username": plain(person.username)},
        "member": {**user, **here},
        "server": {"id": str(guild.pk), "name": tame(guild.name), "members": many},
        "count": many,
        "random": _chance(),
        "now": _now(guild),
    }


def as_seen(known: Mapping[str, Any], person: Person) -> dict[str, Any]:
    """Return the same for people's eyes: Discord shows a name where a mention is sent."""
    seen = {"name": person.shown, "username": person.username, "mention": f"@{person.shown}"}
    shown = {name: {**known[name], **seen} for name in ("user", "member")}
    if "channel" in known:
        channel = known["channel"]
        shown["channel"] = {**channel, "mention": f"#{channel['name']}"}
    return {**known, **shown}


def person_of(member: Member) -> Person:
    """Return a member as words know them."""
    shown = member.nickname or str(member.user)
    return Person(user_id=member.user_id, username=member.user.username, shown=shown)


def write_words(source: str, known: Mapping[str, Any]) -> str:
    """Return what one text says."""
    return PEN.write([source], known)[0].strip()


def tame(words: str) -> str:
    """Return words of people, in which no link can hide behind other words."""
    return words.replace("](", "]\u200b(")


def _here(guild: Guild, person: Person) -> dict[str, Any]:
    found = Member.objects.of(guild.pk).filter(user_id=person.user_id).first()
    role_ids: Collection[int] = person.role_ids or ()
    if found and person.role_ids is None:
        held = MemberRole.objects.of(guild.pk).filter(member=found, ended_at=None)
        role_ids = list(held.values_list("role_id", flat=True))
    rows = Role.objects.of(guild.pk).filter(pk__in=role_ids).order_by("-position")
    names = rows.values_list("name", flat=True)[:MOST_ROLES]
    joined = date_format(found.joined_at, "j F Y") if found else ""
    return {"joined": joined, "roles": [tame(each) for each in names]}


def _chance() -> dict[str, Any]:
    return {
        "percent": secrets.randbelow(100) + 1,
        "die": secrets.randbelow(6) + 1,
        "coin": secrets.choice(COIN),
    }


def _now(guild: Guild) -> dict[str, Any]:
    at = timezone.now().astimezone(zone_called(guild.tz))
    told = {name: getattr(at, name) for name in ("year", "month", "day", "hour", "minute")}
    shown = {"date": date_format(at, "j F Y"), "time": at.strftime("%H:%M")}
    shown["name"] = ", ".join(shown.values())
    return {**told, **shown, "weekday": at.strftime("%A"), "unix": int(at.timestamp())}
