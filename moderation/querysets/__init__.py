"""What we can ask about cases, warnings and punishments."""
