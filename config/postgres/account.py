"""Who runs the embedded PostgreSQL: the owner of its data, never root."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from config.postgres.errors import EngineError

SYSTEM_NAME = "guildhall"
PUBLIC_HOME = Path("/var/lib/guildhall")


@dataclass(frozen=True)
class Account:
    """A user of the operating system who runs the engine's programs."""

    uid: int
    gid: int
    name: str

    @classmethod
    def of(cls, uid: int) -> Self:
        """Return the account with this number; PostgreSQL runs for nobody without a name."""
        try:
            entry = pwd.getpwuid(uid)
        except KeyError:
            raise EngineError(
                f"PostgreSQL runs only for a user with a name, and user {uid} has none here: "
                "run as another user, or set DATABASE_URL."
            ) from None
        return cls(entry.pw_uid, entry.pw_gid, entry.pw_name)

    def run(
        self, *command: str | Path, cwd: Path = Path("/"), text: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run one program as this user and return what it said."""
        is_root = os.geteuid() == 0
        return subprocess.run(
            command,
            cwd=cwd,
            input=text,
            capture_output=True,
            text=True,
            check=False,
            umask=0o077,
            # Nothing of ours: PGDATA or a foreign language would change what they do and say.
            env={"PATH": os.defpath, "LC_ALL": "C"},
            user=self.uid if is_root else None,
            group=self.gid if is_root else None,
            extra_groups=[] if is_root else None,
        )

    def write(self, path: Path, text: str) -> None:
        """Write a file as this user: root would follow any link that they have put in its place."""
        self.run("tee", path, text=text)

    def can_run(self, program: Path) -> bool:
        """Tell whether this user reaches the program and may execute it."""
        try:
            return self.run(program, "--version").returncode == 0
        except PermissionError:
            return False

    def can_enter(self, folder: Path) -> bool:
        """Tell whether this user may walk into the folder; parents may be closed to them."""
        return self.run("test", "-x", folder).returncode == 0

    def give(self, folder: Path) -> None:
        """Make this user the owner of a folder that we have just made."""
        if os.geteuid() == 0:
            os.chown(folder, self.uid, self.gid)


def account_for(folder: Path) -> Account:
    """Return who owns this folder; for root's folders a system user, as PostgreSQL refuses root."""
    owner = folder.stat().st_uid
    if os.geteuid() not in {0, owner}:
        raise EngineError(
            f"{folder} belongs to another user ({Account.of(owner).name}): "
            "run this as that user, or set GUILDHALL_DATA to a folder of your own."
        )
    return Account.of(owner) if owner else _system_account()


def public_home() -> Path:
    """Return root's own folder that everybody may read, made when missing."""
    if not PUBLIC_HOME.exists():
        PUBLIC_HOME.mkdir(parents=True)
        PUBLIC_HOME.chmod(0o755)  # whatever the umask of this shell is
    return PUBLIC_HOME


def _system_account() -> Account:
    for maker in (
        ["useradd", "--system", "--no-create-home", "--home-dir", str(PUBLIC_HOME)],
        ["adduser", "-S", "-D", "-H", "-h", str(PUBLIC_HOME)],
    ):
        if _system_account_exists():
            break
        if program := shutil.which(maker[0], path=f"{os.defpath}:/usr/sbin:/sbin"):
            subprocess.run([program, *maker[1:], SYSTEM_NAME], capture_output=True, check=False)
    if not _system_account_exists():
        raise EngineError(
            f"PostgreSQL does not run as root, and no system user {SYSTEM_NAME!r} could be made: "
            "make that user, run as another user, or set DATABASE_URL."
        )
    return Account.of(pwd.getpwnam(SYSTEM_NAME).pw_uid)


def _system_account_exists() -> bool:
    try:
        pwd.getpwnam(SYSTEM_NAME)
    except KeyError:
        return False
    return True
