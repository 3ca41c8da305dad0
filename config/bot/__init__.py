"""The bot: one at a time on Discord, for as long as it holds the right to be."""
