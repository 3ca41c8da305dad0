"""What the bot asks Discord to tell it, and why."""

INTENTS = {
    "guilds": "servers, channels and roles, and when they change",
    "members": "who is in a server, under which names and with which roles",
    "moderation": "bans, unbans and the audit log, so that what people do by hand is respected",
    "invites": "invite links, so that a newcomer's way in is known",
    "guild_messages": "that somebody wrote, without what they wrote",
    "message_content": "what somebody wrote",
    "guild_reactions": "reactions to messages",
    "voice_states": "who is in which voice channel",
    "presences": "who is online",
}
# Only what something in the house listens to.
USUAL = ("guilds", "members", "moderation", "invites", "guild_messages", "voice_states")
# These tell about people, so Discord's developer pages must switch them on first, by these names.
PRIVILEGED = {
    "members": "Server Members Intent",
    "message_content": "Message Content Intent",
    "presences": "Presence Intent",
}
WHERE = "discord.com/developers/applications, your application, Bot, Privileged Gateway Intents"


def how_to_allow(names: frozenset[str]) -> str:
    """Return what to switch on for these intents, why, and the way round it."""
    asked = [name for name in PRIVILEGED if name in names]
    what = ", ".join(f"{PRIVILEGED[name]} (so that I know {INTENTS[name]})" for name in asked)
    return (
        f"Discord refuses the intents the bot asks for. Switch on at {WHERE}: {what}; "
        f"or leave {' and '.join(asked)} out of DISCORD_INTENTS."
    )
