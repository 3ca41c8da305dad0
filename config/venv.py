"""The environment in .venv: made from the lock, kept up to date with it, and stepped into."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path


@dataclass(frozen=True)
class Venv:
    """The environment of one checkout. Nothing here needs more than Python itself."""

    root: Path

    @property
    def folder(self) -> Path:
        """Where it is."""
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        """Its Python."""
        return self.folder / "bin" / "python"

    @property
    def stamp(self) -> Path:
        """The fingerprint of the lock whose packages are inside; empty while they are put there."""
        return self.folder / "installed"

    @property
    def is_broken(self) -> str:
        """What to say, and do, when it is not as it was made."""
        return f"The environment in {self.folder} is broken: delete that folder and run this again."

    def enter(self, *, for_developers: bool) -> None:
        """Go on inside .venv; in another environment that has Django, stay there."""
        is_inside = Path(sys.prefix).resolve() == self.folder.resolve()
        if not is_inside and sys.prefix != sys.base_prefix and find_spec("django"):
            return
        self.furnish("requirements-dev.lock" if for_developers else "requirements.lock")
        if not is_inside:
            self._step_inside()

    def furnish(self, lock: str) -> None:
        """Install what the lock names, unless it is there; who comes second waits."""
        if self.is_furnished(lock):
            return
        with (self.root / "manage.py").open("rb") as door:
            fcntl.flock(door, fcntl.LOCK_EX)
            if not self.is_furnished(lock):
                uv = shutil.which("uv")
                sys.stdout.write(f"Installing into .venv with {'uv' if uv else 'pip'} ...\n")
                sys.stdout.flush()
                if not self.stamp.exists():
                    self._make(uv)
                self.stamp.write_text("", encoding="ascii")
                self._install(lock, uv)
                self.stamp.write_text(self._fingerprint(lock), encoding="ascii")

    def is_furnished(self, lock: str) -> bool:
        """Tell whether this lock's packages are inside; the developers' lock holds them all."""
        if not self.stamp.exists():
            return False
        installed = self.stamp.read_text(encoding="ascii")
        return installed in {self._fingerprint(lock), self._fingerprint("requirements-dev.lock")}

    def _fingerprint(self, lock: str) -> str:
        return hashlib.sha256((self.root / lock).read_bytes()).hexdigest()

    def _make(self, uv: str | None) -> None:
        """Make the folder, or finish making it: both tools are content with a half-made one."""
        if not uv and not (find_spec("venv") and find_spec("ensurepip")):
            sys.exit("Python's venv is missing: apt install python3-venv (Debian), or install uv.")
        make = [sys.executable, "-m", "venv"]
        if uv:
            make = [uv, "venv", "-q", "--allow-existing", "--python", sys.executable]
        self._attempt("make .venv", [*make, str(self.folder)])

    def _install(self, lock: str, uv: str | None) -> None:
        install = [str(self.python), "-m", "pip", "install", "--disable-pip-version-check"]
        if uv:
            install = [uv, "pip", "install", "--python", str(self.python)]
        elif self._runs("-m", "pip", "--version") is False:
            # uv made this environment, and is not there any more.
            self._attempt("install pip", [str(self.python), "-m", "ensurepip"])
        self._attempt("install the packages", [*install, "-q", "--require-hashes", "-r", lock])

    def _attempt(self, purpose: str, command: list[str]) -> None:
        if not self._runs() and command[0] == str(self.python):
            sys.exit(self.is_broken)
        done = subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            said = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()
            sys.exit(
                f"Could not {purpose}: {said[-1].strip()} (The package index must be reachable "
                "once. If it is, delete the folder .venv and run this again.)"
            )

    def _runs(self, *arguments: str) -> bool:
        with contextlib.suppress(OSError):
            command = [str(self.python), *(arguments or ("-c", ""))]
            return subprocess.run(command, capture_output=True, check=False).returncode == 0
        return False

    def _step_inside(self) -> None:
        if not self._runs():
            sys.exit(self.is_broken)
        os.execv(self.python, [str(self.python), *sys.argv])  # noqa: S606 - the same command again
