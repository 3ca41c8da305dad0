"""Files of the backups: private from their first byte, whole or not there at all."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from community.errors import HouseError

DRAFT = ".draft"


@contextmanager
def private_file(path: Path) -> Iterator[int]:
    """Write a file of our own; it appears under its name when it is on the disk, never before."""
    draft = path.with_name(path.name + DRAFT)
    draft.unlink(missing_ok=True)
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.fchmod(file, 0o600)  # whatever the umask of this shell is
        yield file
        os.fsync(file)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    finally:
        os.close(file)
    draft.rename(path)
    keep_names(path.parent)


def keep_names(folder: Path) -> None:
    """See to it that names given and taken in a folder are on the disk."""
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Work in the folder of backups while nobody else does; it is made private when missing."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    door = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(door, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(door)
        raise HouseError("Another backup or restore is at work; wait until it is done.") from None
    try:
        yield
    finally:
        fcntl.flock(door, fcntl.LOCK_UN)
        os.close(door)
