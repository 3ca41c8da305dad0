"""What we know about communities: servers, people, staff, and the house itself."""

from community.models.arrivals import AutoRole, RoleReturn, Stay
from community.models.audit import Archive, AuditEntry, AuditTrace
from community.models.commands import CommandName, CommandPause, CustomCommand
from community.models.guild import Channel, Guild, GuildSettings, Invite, Overwrite, Role
from community.models.house import Backup, CommandSync, Heartbeat, Job, JobRun, Lease, TableSize
from community.models.keeping import GoneMember, RetentionChoice
from community.models.looks import CheckResult, LogReading, Verdict
from community.models.outside import AT_ONCE, Errand, StandingOrder
from community.models.people import Member, MemberRole, Preference, User
from community.models.privacy import PrivacyRequest
from community.models.reminders import Reminder
from community.models.restorations import Restoration
from community.models.self_roles import RoleChoice, RolePanel
from community.models.staff import Grant, LoginTry, Staff
from community.models.uses import CommandDay, CommandUse

__all__ = [
    "AT_ONCE",
    "Archive",
    "AuditEntry",
    "AuditTrace",
    "AutoRole",
    "Backup",
    "Channel",
    "CheckResult",
    "CommandDay",
    "CommandName",
    "CommandPause",
    "CommandSync",
    "CommandUse",
    "CustomCommand",
    "Errand",
    "GoneMember",
    "Grant",
    "Guild",
    "GuildSettings",
    "Heartbeat",
    "Invite",
    "Job",
    "JobRun",
    "Lease",
    "LogReading",
    "LoginTry",
    "Member",
    "MemberRole",
    "Overwrite",
    "Preference",
    "PrivacyRequest",
    "Reminder",
    "Restoration",
    "RetentionChoice",
    "Role",
    "RoleChoice",
    "RolePanel",
    "RoleReturn",
    "Staff",
    "StandingOrder",
    "Stay",
    "TableSize",
    "User",
    "Verdict",
]
