"""What we know about communities: servers, people, staff, and the house itself."""

from community.models.audit import Archive, AuditEntry, AuditTrace
from community.models.guild import AutoRole, Channel, Guild, GuildSettings, Invite, Overwrite, Role
from community.models.house import CommandSync, Heartbeat, Job, JobRun, Lease
from community.models.looks import LogReading, Verdict
from community.models.outside import AT_ONCE, Errand, StandingOrder
from community.models.people import Member, MemberRole, Preference, User
from community.models.staff import Grant, LoginTry, Staff

__all__ = [
    "AT_ONCE",
    "Archive",
    "AuditEntry",
    "AuditTrace",
    "AutoRole",
    "Channel",
    "CommandSync",
    "Errand",
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
    "Role",
    "Staff",
    "StandingOrder",
    "User",
    "Verdict",
]
