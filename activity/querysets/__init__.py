"""What we can ask about activity."""
