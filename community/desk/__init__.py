"""The desk: the admin site, and what surrounds its requests."""
