"""What we can ask about communities."""
