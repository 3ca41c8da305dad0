"""What Discord's payloads say, as facts: whatever is missing, odd or hostile in them.

A field that cannot be read is as if it were not there; a thing without an id is not there.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from community.models import AT_ONCE, Channel, Overwrite
from community.services.guilds import GuildFacts
from community.services.mirror.facts import (
    ChannelFacts,
    GuildTold,
    InviteFacts,
    OverwriteFacts,
    RoleFacts,
    VoiceState,
)
from community.services.people import MemberFacts, storable

T = TypeVar("T")
Payload = dict[str, Any]

LARGEST = 2**63 - 1  # what a bigint holds; Discord's permissions are strings, and end lower
LARGEST_INT = 2**31 - 1
PICTURE = re.compile(r"(a_)?[0-9a-f]{32}")
KINDS = {
    0: Channel.Kind.TEXT,
    2: Channel.Kind.VOICE,
    4: Channel.Kind.CATEGORY,
    5: Channel.Kind.NEWS,
    10: Channel.Kind.THREAD,
    11: Channel.Kind.THREAD,
    12: Channel.Kind.THREAD,
    13: Channel.Kind.STAGE,
    15: Channel.Kind.FORUM,
    16: Channel.Kind.MEDIA,
}


def guild_told(data: Payload) -> GuildTold:
    """Read a server as it is now; roles or channels that are not told of are None."""
    roles = all_of(data.get("roles"), role) or None  # there is always @everyone
    channels = None
    if isinstance(data.get("channels"), list):
        channels = all_of(data["channels"], channel) + all_of(data.get("threads"), channel)
    afk = snowflake(data["afk_channel_id"]) or 0 if "afk_channel_id" in data else None
    return GuildTold(guild=guild(data), roles=roles, channels=channels, afk_channel_id=afk)


def guild(data: Payload) -> GuildFacts:
    """Read what is told about a server itself."""
    features = data["features"] if isinstance(data.get("features"), list) else []
    return GuildFacts(
        name=text(data.get("name"), 100),
        icon=picture(data.get("icon")),
        owner_id=snowflake(data.get("owner_id")),
        member_count=number(data["member_count"]) if "member_count" in data else None,
        locale=text(data.get("preferred_locale"), 10) or "en-US",
        features=tuple(filter(None, (text(each, 64) for each in features))),
        joined_at=moment(data.get("joined_at")),
    )


def role(data: Payload) -> RoleFacts | None:
    """Read a role."""
    return (
        None
        if (key := snowflake(data.get("id"))) is None
        else RoleFacts(
            id=key,
            name=text(data.get("name"), 100),
            colour=number(data.get("color"), 0xFFFFFF),
            hoist=data.get("hoist") is True,
            position=number(data.get("position")),
            permissions=permissions(data.get("permissions")),
            managed=data.get("managed") is True,
        )
    )


def channel(data: Payload) -> ChannelFacts | None:
    """Read a channel or thread."""
    return (
        None
        if (key := snowflake(data.get("id"))) is None
        else ChannelFacts(
            id=key,
            kind=KINDS.get(number(data.get("type")), Channel.Kind.TEXT),
            name=text(data.get("name"), 100),
            topic=text(data.get("topic"), 4096),
            parent_id=snowflake(data.get("parent_id")),
            position=number(data.get("position")),
            nsfw=data.get("nsfw") is True,
            slowmode=number(data.get("rate_limit_per_user"), 21_600),
            overwrites=all_of(data.get("permission_overwrites"), overwrite),
        )
    )


def overwrite(data: Payload) -> OverwriteFacts | None:
    """Read what a role or member may do in a channel."""
    is_member = str(data.get("type")) in {"1", "member"}
    return (
        None
        if (key := snowflake(data.get("id"))) is None
        else OverwriteFacts(
            target=Overwrite.Target.MEMBER if is_member else Overwrite.Target.ROLE,
            target_id=key,
            allow=permissions(data.get("allow")),
            deny=permissions(data.get("deny")),
        )
    )


def member(data: Payload) -> MemberFacts | None:
    """Read a member, who comes with their user."""
    user = mapping(data.get("user"))
    return (
        None
        if (key := snowflake(user.get("id"))) is None
        else MemberFacts(
            user_id=key,
            username=text(user.get("username"), 32),
            global_name=text(user.get("global_name"), 32),
            avatar=picture(user.get("avatar")),
            is_bot=user.get("bot") is True,
            nickname=text(data.get("nick"), 32),
            joined_at=moment(data.get("joined_at")),
            pending=data.get("pending") is True,
            premium_since=moment(data.get("premium_since")),
            timed_out_until=moment(data.get("communication_disabled_until")),
            role_ids=snowflakes(data.get("roles")),
        )
    )


def voice(data: Payload) -> VoiceState | None:
    """Read where somebody's voice is; without a channel it is nowhere."""
    return (
        None
        if (key := snowflake(data.get("user_id"))) is None
        else VoiceState(
            user_id=key,
            channel_id=snowflake(data.get("channel_id")),
            muted=any(data.get(name) is True for name in ("mute", "self_mute", "suppress")),
            deafened=any(data.get(name) is True for name in ("deaf", "self_deaf")),
        )
    )


def invite(data: Payload) -> InviteFacts | None:
    """Read an invite, from an event or from a list."""
    made, lasts = moment(data.get("created_at")), number(data.get("max_age"))
    ends = made + timedelta(seconds=lasts) if made and lasts else None
    return (
        None
        if not (code := text(data.get("code"), 32))
        else InviteFacts(
            code=code,
            channel_id=_id_in(data, "channel"),
            inviter_id=_id_in(data, "inviter"),
            uses=number(data.get("uses")),
            max_uses=number(data.get("max_uses")),
            expires_at=moment(data.get("expires_at")) or ends,
            temporary=data.get("temporary") is True,
            created_at=made,
        )
    )


def _id_in(data: Payload, name: str) -> int | None:
    return snowflake(data.get(f"{name}_id")) or snowflake(mapping(data.get(name)).get("id"))


def all_of(value: object, read: Callable[[Payload], T | None]) -> tuple[T, ...]:
    """Read each thing of a list that can be read."""
    return tuple(fact for each in _mappings(value) if (fact := read(each)))


def _mappings(value: object) -> Iterator[Payload]:
    if isinstance(value, list):
        yield from (each for each in value if isinstance(each, dict))


def mapping(value: object) -> Payload:
    """Return an object of a payload; what is none is an empty one."""
    return value if isinstance(value, dict) else {}


def snowflake(value: object) -> int | None:
    """Read one of Discord's ids."""
    key = _whole(value)
    return key if 0 < key <= LARGEST else None


def snowflakes(value: object) -> frozenset[int]:
    """Read a list of Discord's ids."""
    listed = value if isinstance(value, list) else []
    return frozenset(key for each in listed if (key := snowflake(each)))


def number(value: object, most: int = LARGEST_INT) -> int:
    """Read a number from nought up to what its column holds."""
    return min(max(0, _whole(value)), most)


def permissions(value: object) -> int:
    """Read permission bits; those beyond what we can keep are left out."""
    return max(0, _whole(value)) & LARGEST


def text(value: object, most: int) -> str:
    """Read a text, without what no database keeps, and as long as its column is."""
    return storable(value)[:most] if isinstance(value, str) else ""


def picture(value: object) -> str:
    """Read the hash of a picture; anything else would end up in an address."""
    return value if isinstance(value, str) and PICTURE.fullmatch(value) else ""


def moment(value: object) -> datetime | None:
    """Read a time of this age of the world."""
    try:
        read = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if read is None or not 1970 < read.year < 9000:  # noqa: PLR2004 - sums must not overflow
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def moment_of(key: int) -> datetime:
    """Return when Discord gave an id."""
    return AT_ONCE + timedelta(milliseconds=key >> 22)


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return 0
    try:
        return int(value)
    except ValueError:  # not a number, or thousands of digits
        return 0
