"""What moderation makes of news from Discord: deeds done by hand, and what held before us."""

from community.services.mirror import facts
from moderation.services.byhand import DiscordEntry, note_discord_entry
from moderation.services.first_look import ask_what_holds, import_timeouts


def hear_news(*, guild_id: int, told: facts.Told) -> None:
    """Take what concerns moderation of one piece of news; told twice, it changes nothing."""
    match told:
        case facts.EntryLogged():
            note_discord_entry(entry=_entry(guild_id, told))
        case facts.GuildTold() | facts.RightsChanged():
            ask_what_holds(guild_id=guild_id)
        case facts.ListEnded():
            import_timeouts(guild_id=guild_id)


def _entry(guild_id: int, told: facts.EntryLogged) -> DiscordEntry:
    return DiscordEntry(
        guild_id=guild_id,
        entry_id=told.entry_id,
        action=told.action,
        actor_id=told.by_id,
        target_id=told.target_id,
        at=told.at,
        reason=told.reason,
        changes=told.changes,
    )
