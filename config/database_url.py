"""DATABASE_URL, understood: PostgreSQL only, its options of the right type, never shown."""

import json
from importlib.util import find_spec
from typing import Any
from urllib.parse import unquote

import environ
from django.core.exceptions import ImproperlyConfigured

SCHEMES = ("postgresql://", "postgres://")
AS_WRITTEN = {"ENGINE", "NAME", "USER", "PASSWORD", "PORT"}


def database_of(url: str, *, var: str, conn_max_age: int) -> dict[str, Any]:
    """Return Django's settings for the database of a URL; what the URL asks for comes first."""
    try:
        found = _typed(environ.Env.db_url_config(url)) if url.startswith(SCHEMES) else {}
    except ValueError:
        found = {}
    if not found.get("NAME"):
        # Never show the value, nor what a parser says of it: a password stands in it.
        raise ImproperlyConfigured(
            f"{var} must name a PostgreSQL database, as postgresql://user:password@host:port/name, "
            "with the password's special characters quoted (/ is %2F)."
        )
    if found.get("OPTIONS", {}).get("pool"):
        if not find_spec("psycopg_pool"):
            raise ImproperlyConfigured(
                f"{var} asks for a pool, which needs the package psycopg_pool: "
                "install it, or leave the pool out."
            )
        # Django refuses connections that outlive a request beside a pool.
        found["CONN_MAX_AGE"] = 0
    # A host that swallows packets would hold a request, or the health page, for two minutes.
    found.setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
    return {"CONN_HEALTH_CHECKS": True, "CONN_MAX_AGE": conn_max_age, **found}


def _typed(found: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value if key in AS_WRITTEN else _typed(value) if key == "OPTIONS" else _meaning(value)
        for key, value in found.items()
    }


def _meaning(value: Any) -> Any:
    """Return what an option's text means: a truth, a number, a JSON object, or itself."""
    match value:
        case "true" | "True":
            return True
        case "false" | "False":
            return False
        case str() if value.startswith("{"):
            return json.loads(value)
        case str() if value.startswith("%2"):
            return unquote(value)  # the folder of a socket, in the place of the host
    return value
