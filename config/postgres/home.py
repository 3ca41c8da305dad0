"""Where the embedded PostgreSQL lives: its home in the data folder, and its socket."""

import hashlib
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from config.postgres.account import Account, account_for, public_home
from config.postgres.errors import EngineError

# macOS takes 104 bytes with the closing zero, Linux a few more.
LONGEST_SOCKET_PATH = 103
PORT = "5432"


@dataclass(frozen=True)
class Home:
    """The engine's folder: `data` (the database), `run` (the socket) and `log`."""

    path: Path
    account: Account

    @property
    def data(self) -> Path:
        """The database's own folder, PGDATA."""
        return self.path / "data"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.path / "log"

    @property
    def sockets(self) -> Path:
        """The private folder of the socket; a short one where the home's own cannot serve."""
        near = self.path / "run"
        is_short = len(os.fsencode(near / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET_PATH
        # Clients read a comma as a list of hosts.
        if is_short and "," not in str(near):
            return near
        digest = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:8]
        return Path(f"/tmp/guildhall-{self.account.uid}-{digest}")  # noqa: S108 - checked below

    def open_sockets(self) -> None:
        """Make the socket's folder, and refuse one that somebody else has put there."""
        try:
            self.sockets.mkdir(mode=0o700)
            self.account.give(self.sockets)
        except FileExistsError:
            pass
        found = self.sockets.lstat()
        is_private = found.st_uid == self.account.uid and not found.st_mode & 0o077
        if not (stat.S_ISDIR(found.st_mode) and is_private):
            raise EngineError(
                f"{self.sockets} is not a private folder of {self.account.name}: "
                "remove it and run this again."
            )


def find_home(folder: Path) -> Home:
    """Return the engine's home in this data folder, made when missing (hold the folder's lock)."""
    path = folder / "postgres"
    if path.is_symlink() and not path.exists():
        raise EngineError(
            f"The database of {path} is not at {path.readlink()} any more: "
            f"bring it back, or remove {path} to begin with an empty one."
        )
    if not path.exists():
        _make_home(path, account_for(folder))
    path = path.resolve()
    return Home(path, account_for(path))


def _make_home(path: Path, account: Account) -> None:
    """Make the home where its owner can reach it, and let it appear at once."""
    if account.can_enter(path.parent):
        draft = path.with_name("postgres.new")
        draft.mkdir(mode=0o700, exist_ok=True)
        account.give(draft)
        draft.rename(path)
        return
    # Root's folders are closed to the engine's user, and no mode of an existing folder is changed.
    name = f"{path.parent.parent.name}-{secrets.token_hex(4)}".lstrip(".")
    elsewhere = public_home() / name
    elsewhere.mkdir(mode=0o700)
    account.give(elsewhere)
    path.symlink_to(elsewhere)
