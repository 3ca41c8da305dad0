"""The PostgreSQL server itself: made, started, watched and stopped."""

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from config.postgres.errors import EngineError
from config.postgres.home import PORT, Home
from config.postgres.programs import MAJOR, programs_for

PATIENCE = 60.0
STATE_LINE = 7  # of postmaster.pid, counted from zero
LARGEST_LOG = 10_000_000

INITDB = (
    "--username=guildhall",
    "--encoding=UTF8",
    # The same order of letters on every system, whatever its libraries and their versions.
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--auth-local=peer",
    "--auth-host=reject",
)
FIRST_DATABASE = "CREATE DATABASE guildhall\n"
INCLUDE = "\ninclude_if_exists 'guildhall.conf'\n"

# Read after postgresql.conf; an operator's own wishes go through ALTER SYSTEM, which is read last.
SETTINGS = """\
listen_addresses = ''
port = {port}
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
timezone = 'UTC'
log_timezone = 'UTC'
log_checkpoints = off
# Statements and rows are people's data: they stay in the tables.
log_error_verbosity = terse
log_min_error_statement = panic
"""


@dataclass(frozen=True)
class Server:
    """The server of one home; every method may be called by any process of the house."""

    home: Home

    @property
    def address(self) -> dict[str, str]:
        """How to reach it, in the words of Django's settings."""
        return {"HOST": str(self.home.sockets), "PORT": PORT, "USER": "guildhall"}

    def state(self) -> str:
        """Return what the server says of itself: starting, ready, stopping; or gone."""
        try:
            lines = self._pid_file.read_text(encoding="utf-8").splitlines()
            pid = int(lines[0])
        except (FileNotFoundError, IndexError, ValueError):
            return "gone"
        if not self._is_ours(pid):
            return "gone"
        return lines[STATE_LINE].strip() if len(lines) > STATE_LINE else "starting"

    def start(self) -> None:
        """Make sure that the server answers (hold the data folder's lock)."""
        state = self._settled_state()
        if state == "ready":
            return
        if not self.home.data.exists():
            self._make_data()
        self._check_major()
        self._write_settings()
        self.home.open_sockets()
        self._launch()

    def stop(self) -> None:
        """Stop the server; work under way is rolled back, work committed is safe."""
        if self.state() != "gone":
            self._control("-m", "fast", "stop")

    @property
    def _pid_file(self) -> Path:
        return self.home.data / "postmaster.pid"

    def _is_ours(self, pid: int) -> bool:
        """After a crash the number may belong to a stranger; a server stands in its data folder."""
        try:
            if sys.platform == "linux":
                return Path(f"/proc/{pid}/cwd").samefile(self.home.data)
            os.kill(pid, 0)
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            return False
        return True

    def _settled_state(self) -> str:
        deadline = time.monotonic() + PATIENCE
        while (state := self.state()) not in {"ready", "gone"}:
            if time.monotonic() > deadline:
                raise EngineError(f"PostgreSQL has been {state} for a minute; see {self.home.log}.")
            time.sleep(0.05)
        return state

    def _make_data(self) -> None:
        """Make a database in a draft folder, so that a broken-off attempt leaves no half of one."""
        draft = self.home.data.with_name("data.new")
        shutil.rmtree(draft, ignore_errors=True)
        self._run("initdb", f"--pgdata={draft.name}", *INITDB)
        self._run("postgres", "--single", "-D", draft.name, "postgres", text=FIRST_DATABASE)
        conf = draft / "postgresql.conf"
        self.home.account.write(conf, conf.read_text(encoding="utf-8") + INCLUDE)
        draft.rename(self.home.data)

    def _check_major(self) -> None:
        major = (self.home.data / "PG_VERSION").read_text(encoding="ascii").strip()
        if major != MAJOR:
            raise EngineError(
                f"The data in {self.home.data} is of PostgreSQL {major}, this Guildhall brings "
                f"PostgreSQL {MAJOR}: docs/operating.md says how to move it."
            )

    def _write_settings(self) -> None:
        """Write what follows from place and person anew: both may have changed since last time."""
        near = self.home.sockets.parent == self.home.path
        sockets = "../run" if near else self.home.sockets
        owner = self.home.account.name.replace('"', '""')
        people = f'house root guildhall\nhouse "{owner}" guildhall\n'
        write = self.home.account.write
        write(self.home.data / "guildhall.conf", SETTINGS.format(port=PORT, sockets=sockets))
        write(self.home.data / "pg_hba.conf", "local all guildhall peer map=house\n")
        write(self.home.data / "pg_ident.conf", people)

    def _launch(self) -> None:
        # Whoever has these numbers now is not the server; the server would believe it is.
        for stale in (self._pid_file, self.home.sockets / f".s.PGSQL.{PORT}.lock"):
            stale.unlink(missing_ok=True)
        log = self.home.log
        if log.exists() and log.stat().st_size > LARGEST_LOG:
            log.rename(log.with_name("log.old"))
        known = log.stat().st_size if log.exists() else 0
        deadline = time.monotonic() + PATIENCE
        while self._control("-l", "log", "start").returncode != 0:
            last_words = self._last_words(known)
            # The backends of a killed server need a moment to notice.
            if "still in use" not in last_words or time.monotonic() > deadline:
                raise EngineError(f"PostgreSQL did not start: {last_words} (see {log}).")
            time.sleep(0.2)

    def _last_words(self, known: int) -> str:
        """Return the last complaint in the log since it had this size."""
        said = self.home.log.read_bytes()[known:] if self.home.log.exists() else b""
        lines = said.decode(errors="replace").splitlines() or ["it said nothing"]
        complaints = [line.partition("FATAL:")[2].strip() for line in lines if "FATAL:" in line]
        return (complaints or lines)[-1]

    def _control(self, *wish: str) -> subprocess.CompletedProcess[str]:
        program = programs_for(self.home.account) / "pg_ctl"
        wish = ("-D", "data", "-w", "-t", f"{PATIENCE:.0f}", *wish)
        return self.home.account.run(program, *wish, cwd=self.home.path)

    def _run(self, name: str, *arguments: str, text: str = "") -> None:
        program = programs_for(self.home.account) / name
        done = self.home.account.run(program, *arguments, cwd=self.home.path, text=text)
        if done.returncode != 0:
            said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise EngineError(f"PostgreSQL could not make its database: {said}")
