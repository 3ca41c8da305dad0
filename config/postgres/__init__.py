"""The embedded PostgreSQL: `ENGINE: config.postgres` starts it when somebody wants a connection."""
