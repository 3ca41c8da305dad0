"""What can happen in the world, whoever does it: effect, audit log, event, journal."""
