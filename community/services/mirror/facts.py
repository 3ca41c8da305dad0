"""What Discord tells, in our words: facts about things, and the news that carries them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from community.models import Channel, Overwrite
from community.services.guilds import GuildFacts
from community.services.people import MemberFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleFacts:
    """What Discord tells about a role."""

    id: int
    name: str
    colour: int = 0
    hoist: bool = False
    position: int = 0
    permissions: int = 0
    managed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OverwriteFacts:
    """What Discord tells about the rights of one role or member in one channel."""

    target: str = Overwrite.Target.ROLE
    target_id: int
    allow: int = 0
    deny: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelFacts:
    """What Discord tells about a channel or thread."""

    id: int
    kind: str = Channel.Kind.TEXT
    name: str = ""
    topic: str = ""
    parent_id: int | None = None
    position: int = 0
    nsfw: bool = False
    slowmode: int = 0
    overwrites: tuple[OverwriteFacts, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InviteFacts:
    """What Discord tells about an invite."""

    code: str
    channel_id: int | None = None
    inviter_id: int | None = None
    uses: int = 0
    max_uses: int = 0
    expires_at: datetime | None = None
    temporary: bool = False
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildTold:
    """A server as it is now; None is what this telling leaves out."""

    guild: GuildFacts
    afk_channel_id: int | None = None  # 0 is no such channel
    roles: tuple[RoleFacts, ...] | None = None
    channels: tuple[ChannelFacts, ...] | None = None


@dataclass(frozen=True, slots=True)
class GuildSilent:
    """Discord cannot reach the server."""


@dataclass(frozen=True, slots=True)
class GuildLeft:
    """The bot was removed from the server."""


@dataclass(frozen=True, slots=True)
class ChannelsTold:
    """Some channels or threads, new or changed."""

    channels: tuple[ChannelFacts, ...]


@dataclass(frozen=True, slots=True)
class ChannelLost:
    """A channel or thread was deleted."""

    channel_id: int


@dataclass(frozen=True, slots=True)
class RoleTold:
    """A role, new or changed."""

    role: RoleFacts


@dataclass(frozen=True, slots=True)
class RoleLost:
    """A role was deleted."""

    role_id: int


@dataclass(frozen=True, slots=True)
class PeopleTold:
    """Some members as they are now."""

    people: tuple[MemberFacts, ...]


@dataclass(frozen=True, slots=True)
class CrowdTold:
    """A part of a long list of members, packed; `count` of them."""

    packed: str
    count: int


@dataclass(frozen=True, slots=True)
class PersonJoined:
    """Somebody came in."""

    person: MemberFacts


@dataclass(frozen=True, slots=True)
class PersonLeft:
    """Somebody left, or was made to."""

    user_id: int


@dataclass(frozen=True, slots=True)
class PersonChanged:
    """Somebody's name, roles or timeout changed."""

    person: MemberFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceState:
    """Where somebody's voice is, and whether they are heard and hear."""

    user_id: int
    channel_id: int | None
    muted: bool = False
    deafened: bool = False


@dataclass(frozen=True, slots=True)
class VoiceTold:
    """Somebody came into a voice channel, went over, left, or was silenced or deafened there."""

    state: VoiceState


@dataclass(frozen=True, slots=True)
class VoicesTold:
    """Everybody who is in voice; whoever is not in it has left."""

    states: tuple[VoiceState, ...]


@dataclass(frozen=True, slots=True)
class PersonAsked:
    """Somebody used a command, a button or a form of ours."""

    person: MemberFacts


@dataclass(frozen=True, slots=True)
class ListEnded:
    """A whole list of the members was told; whoever is not in it has left."""

    user_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class InviteTold:
    """An invite, new or changed."""

    invite: InviteFacts


@dataclass(frozen=True, slots=True)
class InviteLost:
    """An invite was deleted."""

    code: str


@dataclass(frozen=True, slots=True)
class InvitesTold:
    """All invites of the server, and who came in since the last time they were told."""

    invites: tuple[InviteFacts, ...]
    joined: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class BanSeen:
    """A ban was set or lifted, by whomever."""

    user_id: int


@dataclass(frozen=True, slots=True)
class RolesGiven:
    """Discord's audit log names who gave somebody roles."""

    user_id: int
    by_id: int
    role_ids: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLogged:
    """A line of Discord's audit log: its number there, who did what to whom, when and why."""

    entry_id: int
    action: int
    at: datetime
    by_id: int | None = None
    target_id: int | None = None
    reason: str = ""
    channel_id: int | None = None  # where it happened, if the entry says so
    count: int = 1  # how many people or messages it is about
    changes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RightsChanged:
    """What the bot may do here may have changed."""


Told: TypeAlias = (
    GuildTold
    | GuildSilent
    | GuildLeft
    | ChannelsTold
    | ChannelLost
    | RoleTold
    | RoleLost
    | PeopleTold
    | CrowdTold
    | PersonJoined
    | PersonChanged
    | VoiceTold
    | VoicesTold
    | PersonAsked
    | PersonLeft
    | ListEnded
    | InviteTold
    | InviteLost
    | InvitesTold
    | BanSeen
    | RolesGiven
    | EntryLogged
    | RightsChanged
)


@dataclass(frozen=True, slots=True)
class News:
    """One thing that Discord told, and when."""

    told: Told
    at: datetime
    weight: int = 1
