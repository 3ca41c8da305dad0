"""The door to a server: itself, its roles, channels and invites."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.html import format_html

from community.desk.actions import Asked, Deed, DeedForm
from community.desk.base import DeskAdmin, bdi, pill
from community.desk.current_guild import staff_of
from community.desk.people import moment, role_pill
from community.models import Channel, Grant, Guild, Invite, MemberRole, Role
from community.services.guilds import set_time_zone

UNMARKED = (Channel.Kind.CATEGORY, Channel.Kind.VOICE, Channel.Kind.STAGE)
INDENT = "\u2003\u2003"


class StandingFilter(admin.SimpleListFilter):
    """Keeps what still exists on Discord, or what is gone."""

    title = "on Discord"
    parameter_name = "gone"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "Still there"), ("yes", "Deleted")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in ("no", "yes"):
            return queryset
        return queryset.filter(deleted_at__isnull=self.value() == "no")


class ZoneForm(DeedForm):
    """Asks for a time zone."""

    zone = forms.CharField(label="Time zone", max_length=64, help_text="Like Europe/Berlin.")


def set_zone(request: HttpRequest, guild: Guild, asked: Asked) -> str:
    """Let a server's days and hours follow a zone."""
    set_time_zone(guild_id=guild.pk, zone=asked["zone"].strip(), by=staff_of(request))
    return "The server's days and hours follow this zone now."


@admin.register(Guild)
class GuildAdmin(DeskAdmin):
    deeds = [
        Deed(
            name="zone",
            label="Time zone",
            explains="Days, hours and reports follow this zone, and so does “until friday 18:00”.",
            needs=Grant.Capability.CONFIGURE,
            do=set_zone,
            form=ZoneForm,
        )
    ]
    list_display = ["name_", "member_count", "tz", "joined", "is_reached"]
    readonly_fields = ["joined"]

    @admin.display(description="Server")
    def name_(self, guild: Guild) -> str:
        return bdi(guild.name)

    @admin.display(description="The bot came in")
    def joined(self, guild: Guild) -> str:
        return moment(guild.joined_at)

    @admin.display(description="State")
    def is_reached(self, guild: Guild) -> str:
        return pill("Reached", "ok") if guild.available else pill("Out of reach", "bad")


@admin.register(Role)
class RoleAdmin(DeskAdmin):
    list_display = ["role", "members", "position", "is_shown_apart", "kind", "gone"]
    list_filter = [StandingFilter, "hoist", "managed"]
    search_fields = ["name"]
    search_help_text = "The beginning of a name, or a Discord id"
    search_ids = ["pk"]
    ordering = ["-position"]
    empty_words = "This server has no such role."

    def get_queryset(self, request: HttpRequest) -> Any:
        held = MemberRole.objects.standing().filter(
            guild_id=OuterRef("guild_id"), role_id=OuterRef("pk")
        )
        counted = held.order_by().values("role_id").annotate(many=Count("pk")).values("many")
        return super().get_queryset(request).annotate(many=Coalesce(Subquery(counted), 0))

    @admin.display(description="Role", ordering="name")
    def role(self, role: Role) -> str:
        return role_pill(role)

    @admin.display(description="Members", ordering="many")
    def members(self, role: Any) -> str:
        url = f"../member/?roles__role__id__exact={role.pk}"
        return format_html('<a href="{}">{}</a>', url, role.many)

    @admin.display(description="In the list", ordering="hoist")
    def is_shown_apart(self, role: Role) -> str:
        return "Shown apart" if role.hoist else "Among all"

    @admin.display(description="Belongs to")
    def kind(self, role: Role) -> str:
        return pill("A bot or Discord") if role.managed else "The server"

    @admin.display(description="Deleted", ordering="deleted_at")
    def gone(self, role: Role) -> str:
        return moment(role.deleted_at)


@admin.register(Channel)
class ChannelAdmin(DeskAdmin):
    list_display = ["channel", "kind", "slow", "is_for_adults", "gone"]
    list_filter = [StandingFilter, "kind", "nsfw"]
    search_fields = ["name"]
    search_help_text = "The beginning of a name, or a Discord id"
    search_ids = ["pk"]
    empty_words = "This server has no such channel."

    def get_queryset(self, request: HttpRequest) -> Any:
        rows: Any = super().get_queryset(request)
        return rows.in_tree()

    @admin.display(description="Channel")
    def channel(self, channel: Any) -> str:
        mark = "" if channel.kind in UNMARKED else "#"
        return format_html("{}<bdi>{}{}</bdi>", INDENT * channel.depth, mark, channel.name)

    @admin.display(description="Slow mode", ordering="slowmode")
    def slow(self, channel: Channel) -> str:
        return f"{channel.slowmode} s" if channel.slowmode else "—"

    @admin.display(description="For whom", ordering="nsfw")
    def is_for_adults(self, channel: Channel) -> str:
        return pill("Adults only", "warn") if channel.nsfw else "Everybody"

    @admin.display(description="Deleted", ordering="deleted_at")
    def gone(self, channel: Channel) -> str:
        return moment(channel.deleted_at)


@admin.register(Invite)
class InviteAdmin(DeskAdmin):
    list_display = ["code", "leads_to", "uses", "expires", "gone"]
    list_select_related = ["channel"]
    list_filter = [StandingFilter]
    search_fields = ["code"]
    search_help_text = "The beginning of a code, or its maker's Discord id"
    search_ids = ["inviter_id"]
    ordering = ["-uses"]
    empty_words = "Nobody has made an invite that Guildhall knows of."

    @admin.display(description="Leads to")
    def leads_to(self, invite: Invite) -> str:
        return bdi(invite.channel) if invite.channel else "—"

    @admin.display(description="Runs out", ordering="expires_at")
    def expires(self, invite: Invite) -> str:
        return moment(invite.expires_at, empty="Never")

    @admin.display(description="Deleted", ordering="deleted_at")
    def gone(self, invite: Invite) -> str:
        return moment(invite.deleted_at)
