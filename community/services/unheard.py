"""What servers wish for that takes more than a bot usually hears, and how it comes to hear it."""

from collections.abc import Collection, Iterator

BOTH = "both"
# By the names that DISCORD_INTENTS has for them: what is missed, how to hear it, how bad it is.
WISHES = {
    "presences": (
        "Minutes online are wished for, and the bot does not hear who is online.",
        "Presence Intent",
        True,
    ),
    "message_content": (
        "Changes to messages are logged without their words: the bot does not hear these.",
        "Message Content Intent",
        False,
    ),
}


def words_for(wished: str, unheard: Collection[str]) -> Iterator[tuple[str, str, bool]]:
    """Say of each wish that is not heard what is missed, what mends it, and whether it is grave."""
    for name, (title, intent, is_grave) in WISHES.items():
        if name in unheard and wished in {name, BOTH}:
            fix = (
                f"Whoever keeps the house switches on the {intent} on Discord's developer pages, "
                f"and adds {name} to DISCORD_INTENTS."
            )
            yield title, fix, is_grave
