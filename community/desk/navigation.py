"""What stands around every page: the ways through the desk, by work, and the person's servers."""

from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse

from community.desk.current_guild import guilds_granted
from community.desk.people import initials_of
from community.desk.registry import KEEPER, REGISTRY, NavItem, is_allowed, nav_item
from community.models import Grant, Guild, Staff
from community.models.guild import picture_hash

SEE = Grant.Capability.SEE
# Groups in the order of the day's work; those of other apps come before the server's own.
FIRST, LAST = ("", "People"), ("Server", "House")
PEOPLE, SERVER, HOUSE = "People", "Server", "House"

for _group, _label, _url_name, _icon, _needs in (
    ("", "Today", "index", "today", SEE),
    (PEOPLE, "Members", "community_member_changelist", "people", SEE),
    (PEOPLE, "Roles", "community_role_changelist", "role", SEE),
    (PEOPLE, "Invites", "community_invite_changelist", "invite", SEE),
    (SERVER, "Settings", "settings", "settings", SEE),
    (SERVER, "Channels", "community_channel_changelist", "channel", SEE),
    (SERVER, "Grants", "community_grant_changelist", "grant", SEE),
    (SERVER, "Audit log", "community_auditentry_changelist", "audit", SEE),
    (HOUSE, "Staff", "community_staff_changelist", "staff", KEEPER),
    (HOUSE, "Jobs", "community_job_changelist", "job", KEEPER),
    (HOUSE, "Backups", "community_backup_changelist", "case", KEEPER),
    (HOUSE, "Archives", "community_archive_changelist", "case", KEEPER),
    (HOUSE, "Heartbeats", "community_heartbeat_changelist", "heartbeat", KEEPER),
):
    nav_item(NavItem(group=_group, label=_label, url_name=_url_name, icon=_icon, needs=_needs))


@dataclass(frozen=True, slots=True)
class Way:
    """A page that the navigation of one request leads to."""

    group: str
    label: str
    url: str
    icon: str
    badge: int | None
    is_here: bool


@dataclass(frozen=True, slots=True)
class Server:
    """A server that somebody may turn to."""

    guild: Guild
    picture: str
    initials: str
    is_here: bool


class Frame:
    """What surrounds one page; nothing is asked before a template shows it."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @property
    def person(self) -> Staff | None:
        """Who is signed in."""
        person = getattr(self._request, "user", None)
        return person if isinstance(person, Staff) else None

    @cached_property
    def icons(self) -> str:
        """The address of the drawings."""
        return static("desk/icons.svg")

    @cached_property
    def ways(self) -> list[Way]:
        """The pages that who asks may open, in order."""
        if self.person is None:
            return []
        items = sorted(REGISTRY.nav_items, key=_place)
        return [self._way(item) for item in items if is_allowed(self._request, item.needs)]

    @property
    def groups(self) -> list[tuple[str, list[Way]]]:
        """The same, by work."""
        return [(name, list(ways)) for name, ways in groupby(self.ways, key=lambda way: way.group)]

    @cached_property
    def here(self) -> Way | None:
        """Where the page stands."""
        return next((way for way in self.ways if way.is_here), None)

    @cached_property
    def servers(self) -> list[Server]:
        """The servers who asks may turn to."""
        current = getattr(self._request, "guild", None)
        return [
            Server(guild, picture_of(guild), initials_of(guild.name), guild == current)
            for guild in guilds_granted(self._request)
        ]

    @property
    def server(self) -> Server | None:
        """The server the page is about."""
        return next((server for server in self.servers if server.is_here), None)

    def _way(self, item: NavItem) -> Way:
        url = reverse(f"admin:{item.url_name}")
        badge = item.badge(self._request) if item.badge else None
        return Way(item.group, item.label, url, item.icon, badge, self._is_here(item))

    def _is_here(self, item: NavItem) -> bool:
        match = self._request.resolver_match
        name = (match.url_name or "") if match else ""
        # A person is a member: the list of members is where one came from.
        name = "community_member_changelist" if name.startswith("person") else name
        family = item.url_name.removesuffix("changelist")
        return name == item.url_name or (family != item.url_name and name.startswith(family))


def desk(request: HttpRequest) -> dict[str, Frame]:
    """Hand the frame to every template."""
    return {"desk": Frame(request)}


def picture_of(guild: Guild) -> str:
    """Return the address of a server's picture; empty when it has none."""
    try:
        picture_hash(guild.icon)
    except ValidationError:
        return ""
    return f"https://cdn.discordapp.com/icons/{guild.pk}/{guild.icon}.png?size=64"


def _place(item: NavItem) -> tuple[int, str, int]:
    if item.group in FIRST:
        return FIRST.index(item.group) - len(FIRST), "", item.order
    if item.group in LAST:
        return LAST.index(item.group) + 1, "", item.order
    return 0, item.group, item.order
