"""How our picture of Discord is kept true: heard, gathered, and now and then looked at whole."""
