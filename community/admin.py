"""The moderators' door to servers, people and the audit log, and the keepers' to the house."""

from django.contrib import admin

from community.desk.base import HouseAdmin, SeeOnlyAdmin
from community.models import (
    AuditEntry,
    Channel,
    Grant,
    Guild,
    Heartbeat,
    Invite,
    Job,
    Member,
    Role,
    Staff,
)


@admin.register(Guild)
class GuildAdmin(SeeOnlyAdmin):
    list_display = ["name", "member_count", "tz", "joined_at"]


@admin.register(Member)
class MemberAdmin(SeeOnlyAdmin):
    list_display = ["user", "nickname", "joined_at", "left_at"]
    list_select_related = ["user"]
    list_filter = [("left_at", admin.EmptyFieldListFilter), "pending"]
    search_fields = ["nickname__istartswith", "user__username__istartswith"]
    ordering = ["-joined_at"]
    show_full_result_count = False


@admin.register(Role)
class RoleAdmin(SeeOnlyAdmin):
    list_display = ["name", "position", "hoist", "managed", "deleted_at"]
    ordering = ["-position"]


@admin.register(Channel)
class ChannelAdmin(SeeOnlyAdmin):
    list_display = ["name", "kind", "parent", "deleted_at"]
    list_select_related = ["parent"]
    ordering = ["position"]


@admin.register(Invite)
class InviteAdmin(SeeOnlyAdmin):
    list_display = ["code", "channel", "uses", "expires_at", "deleted_at"]
    list_select_related = ["channel"]


@admin.register(Grant)
class GrantAdmin(SeeOnlyAdmin):
    list_display = ["__str__", "staff", "role", "given_by", "expires_at", "ended_at"]
    list_select_related = ["staff", "role", "given_by"]


@admin.register(AuditEntry)
class AuditEntryAdmin(SeeOnlyAdmin):
    list_display = ["at", "actor", "verb", "subject_kind", "subject_id"]
    ordering = ["-at"]
    show_full_result_count = False


@admin.register(Staff)
class StaffAdmin(HouseAdmin):
    list_display = ["username", "discord_id", "is_superuser", "is_active", "last_login"]
    exclude = ["password"]


@admin.register(Job)
class JobAdmin(HouseAdmin):
    list_display = ["name", "period", "last_success_at", "parked_at", "last_words"]


@admin.register(Heartbeat)
class HeartbeatAdmin(HouseAdmin):
    list_display = ["process", "seen_at", "started_at", "version"]
