"""The audit log, read with filters, the newest entry first."""

from collections.abc import Iterator

from sandbox.ask import Ask
from sandbox.permissions import VIEW_AUDIT_LOG
from sandbox.routing import route
from sandbox.wire import Json, time_of

KEPT = 45 * 86_400
EMPTY = (
    "integrations", "webhooks", "guild_scheduled_events", "threads", "application_commands",
    "auto_moderation_rules",
)  # fmt: skip


@route("GET", "/guilds/{guild_id}/audit-logs")
def read_audit_log(ask: Ask) -> Json:
    """Read who did what to whom in the last 45 days."""
    guild, limit = ask.guild_with(VIEW_AUDIT_LOG), ask.whole("limit", 50, 1, 100)
    # With `after`, Discord counts from the oldest.
    is_upwards = "after" in ask.call.query
    found = _wanted(ask, iter(guild.audit) if is_upwards else reversed(guild.audit))
    entries = [entry for entry, _ in zip(found, range(limit), strict=False)]
    named = {entry[key] for entry in entries for key in ("user_id", "target_id")}
    users = [ask.world.users[each] for each in named if each in ask.world.users]
    users.sort(key=lambda each: int(each["id"]))
    return {"audit_log_entries": entries, "users": users, **{name: [] for name in EMPTY}}


def _wanted(ask: Ask, entries: Iterator[Json]) -> Iterator[Json]:
    query = ask.call.query
    same = {key: query[key] for key in ("user_id", "target_id", "action_type") if key in query}
    before, after = int(query.get("before", 1 << 63)), int(query.get("after", "0"))
    for entry in entries:
        is_kept = time_of(entry["id"]) > ask.now - KEPT and after < int(entry["id"]) < before
        if is_kept and all(str(entry[key]) == value for key, value in same.items()):
            yield entry
