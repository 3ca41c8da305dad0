"""What we can ask about coins."""
