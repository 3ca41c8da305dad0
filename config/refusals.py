"""What the surroundings refuse (database, settings, files), said in one line."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError
from django.db.utils import Error, OperationalError

from community.append_only import unguarded_tables
from config.postgres.errors import EngineError
from config.processes import HOPELESS

ROOT = Path(__file__).resolve().parent.parent


def refuse_unguarded_history() -> None:
    """Let no process of the house start on a history that could be rewritten."""
    # A database that is away is waited for by whoever asks it next.
    with suppress(Error, EngineError):
        if unguarded := unguarded_tables():
            raise CommandError(
                f"The history in {', '.join(unguarded)} is not guarded: its trigger is missing or "
                "switched off. Run: python3 manage.py migrate",
                returncode=HOPELESS,
            )


def in_one_line(error: Exception) -> str | None:
    """Return the line for an error of the surroundings; None for one of the house's own."""
    if _lacks_package(error):
        return f"{error}: the environment is broken, delete the folder .venv and run this again."
    match error:
        case EngineError() | ImproperlyConfigured():
            return " ".join(str(error).split())
        case PermissionError():
            return f"No permission for {error.filename}: it belongs to another user."
        case OperationalError() if getattr(error.__cause__, "sqlstate", None) is None:
            return _about_database(settings.DATABASES["default"], str(error))
    return None


def _lacks_package(error: Exception) -> bool:
    # Django turns a database driver that cannot be imported into ImproperlyConfigured.
    missing = error.__context__ if isinstance(error, ImproperlyConfigured) else error
    if not isinstance(missing, ModuleNotFoundError):
        return False
    return not (ROOT / (missing.name or "").partition(".")[0]).is_dir()


def _about_database(address: dict[str, Any], complaint: str) -> str:
    # libpq lists every attempt; the words after the last "failed:" are the reason.
    reason = complaint.rpartition("failed: ")[2].strip().splitlines()[0]
    if address["ENGINE"] == "config.postgres":
        return f"The embedded PostgreSQL does not answer: {reason}"
    where = f"{address.get('HOST') or 'localhost'}:{address.get('PORT') or 5432}/{address['NAME']}"
    return f"The database at {where} does not answer: {reason}. DATABASE_URL says where it is."
