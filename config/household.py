"""Everything at once: what `up` prepares, runs, asks after and says."""

import hashlib
import http.client
import io
import json
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import CommandError, call_command
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction

from community.services.bots import look_at_bot
from community.services.staff import open_the_house
from config.pretend_discord import PretendDiscord, is_at_home_here
from config.processes import Child, Household

# Together with stopping PostgreSQL, Ctrl-C takes less than three seconds.
GRACE = 2.0
CHECK_PATIENCE = 60.0
BETWEEN_QUESTIONS = 0.5
PREPARING = 0x6775696C64  # "guild", a number that only this house locks


@dataclass(frozen=True)
class Address:
    """Where the web process listens."""

    host: str
    port: int

    @property
    def public(self) -> str:
        """What people type: the public URL, unless we listen on another port of this machine."""
        usual = settings.PUBLIC_URL.port in {None, self.port}
        return settings.PUBLIC_URL.geturl() if usual else f"http://localhost:{self.port}"

    def refuse_if_taken(self) -> None:
        """Say so before anything is started when another program listens here."""
        if self.port < 1:
            raise CommandError(f"Port {self.port} is none: the first is 1.")
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        with socket.socket(family) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((self.host, self.port))
            except (OSError, OverflowError) as error:
                reason = error.strerror if isinstance(error, OSError) else "65535 is the last"
                raise CommandError(
                    f"Port {self.port} on {self.host} cannot be used ({reason}): "
                    "choose another with --port."
                ) from None


def prepare(*, with_demo: bool) -> str | None:
    """Bring database and static files up to date; return the first account's new password."""
    try:
        with one_at_a_time():
            call_command("migrate", verbosity=0, interactive=False)
            collect_static()
            return settle_in(with_demo=with_demo)
    finally:
        connection.close()  # it would only stand idle for months


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Make whoever opens the house at the same moment wait, also on another machine.

    The lock is a transaction's, on a connection of its own: a pooler may hand each transaction to
    another session, and a database without tables has no row to lock. No timeout may end it early.
    """
    guard = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        guard.set_autocommit(False)
        with guard.cursor() as cursor:
            for timeout in ("statement", "lock", "idle_in_transaction_session"):
                cursor.execute(f"SET LOCAL {timeout}_timeout = 0")
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PREPARING])
        yield
        guard.rollback()
    finally:
        guard.close()


@transaction.atomic
def settle_in(*, with_demo: bool) -> str | None:
    """Give an empty house its first account and its demo: both, or neither when broken off."""
    password = open_the_house()
    if password and with_demo:
        # What people did there takes longer to tell; the bot does it before it begins.
        call_command("demo", no_past=True, stdout=io.StringIO())
    return password


def collect_static() -> None:
    """Collect the static files when one of them has changed since the last time."""
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    fingerprint = hashlib.sha256("\n".join(_static_files()).encode()).hexdigest()
    if not stamp.exists() or stamp.read_text(encoding="ascii") != fingerprint:
        call_command("collectstatic", interactive=False, verbosity=0, clear=True)
        stamp.write_text(fingerprint, encoding="ascii")


def _static_files() -> Iterator[str]:
    yield settings.STORAGES["staticfiles"]["BACKEND"]
    for finder in get_finders():
        for name, storage in finder.list([]):
            found = Path(storage.path(name)).stat()
            yield f"{name} {found.st_size} {found.st_mtime_ns}"


def household_at(address: Address, discord: PretendDiscord | None = None) -> Household:
    """Return the processes of the house, in the order of their start; none is started yet."""
    host = f"[{address.host}]" if ":" in address.host else address.host
    web = ["gunicorn", "--config", "python:config.gunicorn", "--bind", f"{host}:{address.port}"]
    manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
    children = [
        Child("web", [sys.executable, "-m", *web, "config.wsgi"]),
        Child("clock", [*manage, "qcluster"]),
    ]
    if settings.DISCORD_TOKEN:
        return Household([*children, Child("bot", [*manage, "runbot"])])
    return Household([*children, *(discord.children() if discord else [])])


def find_discord() -> PretendDiscord | None:
    """Return the Discord to pretend; None for who has a token, or knows real servers already."""
    if settings.DISCORD_TOKEN or not is_at_home_here():
        return None
    return PretendDiscord.at_a_free_port()


def welcome(address: Address, password: str | None, discord: PretendDiscord | None = None) -> str:
    """Return what the person who has opened the house wants to know."""
    account = f"keeper, password {password} (shown this once)" if password else "as before"
    return (
        "\nGuildhall is open.\n"
        f"  Address   {address.public}\n"
        f"  Account   {account}\n"
        f"  Discord   {_discord_in_words(discord)}\n"
        "  Stop      Ctrl-C\n"
    )


def _discord_in_words(discord: PretendDiscord | None) -> str:
    if settings.DISCORD_TOKEN:
        return "the bot of DISCORD_TOKEN"
    if discord:
        return f"a pretend one, to try everything: {discord.page}"
    return "none; set DISCORD_TOKEN"


@dataclass(frozen=True)
class Health:
    """What one part of the house says when it is asked how it is."""

    part: str
    is_well: bool
    words: str = ""

    def __str__(self) -> str:
        return f"{self.part:<10} {'ok' if self.is_well else 'FAILED'}  {self.words}".rstrip()


def wait_until_well(household: Household, address: Address) -> list[Health]:
    """Ask every part how it is until all are well, or until patience is at its end."""
    deadline = time.monotonic() + CHECK_PATIENCE
    while True:
        healths = _ask_everybody(household, address)
        if all(health.is_well for health in healths) or time.monotonic() > deadline:
            return healths
        time.sleep(BETWEEN_QUESTIONS)
        household.tend()


def _ask_everybody(household: Household, address: Address) -> list[Health]:
    """Return one answer for each part; where two speak of the same part, the complaint counts."""
    answers = [_database_health(), *(_child_health(child) for child in household.children)]
    if any(child.name == "bot" for child in household.children):
        answers.append(_bot_health())
    healths: dict[str, Health] = {}
    for health in (*answers, *_house_health(address)):
        if health.part not in healths or not health.is_well:
            healths[health.part] = health
    return list(healths.values())


def _database_health() -> Health:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version')")
        (version,) = cursor.fetchone()
    return Health("database", is_well=True, words=f"PostgreSQL {version}")


def _child_health(child: Child) -> Health:
    words = f"process {child.process.pid}" if child.process and child.is_alive else "does not run"
    return Health(child.name, is_well=child.is_alive, words=words)


def _bot_health() -> Health:
    facts = look_at_bot()
    words = facts.words if facts else "has not been heard of"
    return Health("bot", is_well=bool(facts and facts.is_on_discord), words=words)


def _house_health(address: Address) -> list[Health]:
    """Ask the web process, which answers for every part it sees."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address.host, address.host)  # noqa: S104
    web = http.client.HTTPConnection(host, address.port, timeout=5)
    try:
        web.request("GET", "/readyz")
        parts = json.loads(web.getresponse().read())["parts"]
    except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
        return [Health("web", is_well=False, words=f"does not answer: {error}")]
    finally:
        web.close()
    return [_part_health(name, **facts) for name, facts in parts.items()]


def _part_health(name: str, *, ok: bool, **facts: object) -> Health:
    words = "" if ok else ", ".join(f"{fact}: {value}" for fact, value in facts.items())
    return Health(name, is_well=ok, words=words)
