"""Where a process of its own finds the database of a drill."""

from urllib.parse import quote

from django.db import connection


def database_address() -> str:
    """Return where this drill's own database is, as `DATABASE_URL` says it."""
    told = connection.settings_dict
    user, password, host, name = (
        quote(str(told[part] or ""), safe="") for part in ("USER", "PASSWORD", "HOST", "NAME")
    )
    port = f":{told['PORT']}" if told["PORT"] else ""
    return f"postgres://{user}:{password}@{host}{port}/{name}"
