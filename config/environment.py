"""How the house reads its surroundings: each variable once, and as it was meant."""

import os
import re
import secrets
from collections.abc import Callable, Iterable, MutableMapping, Sequence
from contextlib import suppress
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, NamedTuple, TypeVar
from urllib.parse import SplitResult, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from config.database_url import database_of

T = TypeVar("T")
Network = IPv4Network | IPv6Network

ASSIGNMENT = re.compile(r"(export )?[A-Za-z0-9_]+=")
# Names, also in the letters of other languages, and addresses; a space or a star is neither.
HOST = re.compile(r"\w([\w.-]*\w)?\.?|\[[0-9a-f:.]+\]")
YES_OR_NO = dict.fromkeys(("true", "yes", "on", "1"), True)
YES_OR_NO |= dict.fromkeys(("false", "no", "off", "0"), False)


class ShardRange(NamedTuple):
    """Some of the connections among which a large bot's servers are shared out."""

    first: int
    last: int
    total: int

    def __str__(self) -> str:
        return f"{self.first}-{self.last}/{self.total}"


class Environment:
    """django-environ without its surprises.

    An empty variable counts as not set, blank space around a value is not part of it, a value that
    begins with `$` means itself, `NAME_FILE` names a file that holds the value, no variable is read
    twice, and what cannot be understood is refused by name.
    """

    def __init__(self) -> None:
        self.values: MutableMapping[str, str] = environ.Env.ENVIRON
        self.names: list[str] = []

    def read_file(self, path: Path) -> None:
        """Take over what `.env` says and the real environment does not, if there is one."""
        try:
            lines = path.read_text(encoding="utf-8-sig").splitlines()
        except FileNotFoundError:
            return
        except (OSError, UnicodeDecodeError) as error:
            raise ImproperlyConfigured(f"{path} cannot be read: {_reason(error)}.") from error
        # django-environ would skip such a line, and write it, secret and all, into the log.
        for number, line in enumerate(lines, start=1):
            if line and not line.startswith("#") and not ASSIGNMENT.match(line):
                raise ImproperlyConfigured(f"Line {number} of {path} is not NAME=value.")
        environ.Env.read_env(path, encoding="utf-8-sig")

    def text(self, var: str, *, default: str = "") -> str:
        """Return a text as it stands there."""
        if var in self.names:
            raise ImproperlyConfigured(f"{var} is read twice; share the first reading.")
        self.names.append(var)
        value = self.values.get(var, "").strip()
        file = self.values.get(f"{var}_FILE", "").strip()
        if value and file:
            raise ImproperlyConfigured(f"{var} and {var}_FILE are both set; leave one of them out.")
        return (_content(f"{var}_FILE", Path(file)) if file else value) or default

    def folder(self, var: str, *, default: Path) -> Path:
        """Return a folder by its full name; a relative one lies beside the default."""
        written = Path(self.text(var) or default)
        if written.parts and not _is_home_there(written.parts[0]):
            raise ImproperlyConfigured(f"{var}={written}: there is no folder {written.parts[0]}.")
        return (default.parent / written.expanduser()).resolve()

    def yes_or_no(self, var: str, *, default: bool) -> bool:
        """Return a switch."""
        return self._understood(var, lambda text: YES_OR_NO[text.lower()], default, "true or false")

    def whole_number(self, var: str, *, default: int, least: int = 1) -> int:
        """Return a number that is not below the least."""

        def number(text: str) -> int:
            if int(text) < least:
                raise ValueError
            return int(text)

        return self._understood(var, number, default, f"a whole number, {least} or more")

    def one_of(self, var: str, choices: Sequence[str], *, default: str) -> str:
        """Return one of some words, in whichever case it was written."""
        known = {choice.lower(): choice for choice in choices}
        return self._understood(
            var, lambda text: known[text.lower()], default, f"one of {', '.join(choices)}"
        )

    def words(self, var: str, known: Iterable[str], *, default: Iterable[str]) -> frozenset[str]:
        """Return some of the known words, which stand between commas."""
        choices = frozenset(known)

        def read(text: str) -> frozenset[str]:
            if unknown := set(_parts(text.lower())) - choices:
                raise ValueError(unknown)
            return frozenset(_parts(text.lower()))

        what = f"some of these, between commas: {', '.join(sorted(choices))}"
        return self._understood(var, read, frozenset(default), what)

    def shards(self, var: str) -> ShardRange | None:
        """Return which shards of how many; None for all of them, as many as Discord advises."""

        def read(text: str) -> ShardRange:
            first, _, last = text.partition("/")[0].partition("-")
            found = ShardRange(int(first), int(last or first), int(text.partition("/")[2]))
            if not 0 <= found.first <= found.last < found.total:
                raise ValueError
            return found

        return self._understood(var, read, None, "shards like 0-3/16: the first four of sixteen")

    def networks(self, var: str, *, default: Sequence[str] = ()) -> list[Network]:
        """Return what stands between commas: addresses, or whole networks of them."""

        def read(text: str) -> list[Network]:
            return [ip_network(part, strict=False) for part in _parts(text)]

        what = "addresses or networks such as 10.0.0.0/8, between commas"
        return self._understood(var, read, [ip_network(each) for each in default], what)

    def address(self, var: str, *, default: str) -> SplitResult:
        """Return the address of a web site: scheme, host and, where it is not the usual, port."""

        def parts(text: str) -> SplitResult:
            url = urlsplit(text.rstrip("/"))
            host = f"[{url.hostname}]" if ":" in (url.hostname or "") else url.hostname
            port = "" if url.port == {"http": 80, "https": 443}.get(url.scheme) else url.port
            plain = f"{host}:{port}" if port else f"{host}"
            if url.scheme not in {"http", "https"} or url[2:] != ("", "", ""):
                raise ValueError
            if not HOST.fullmatch(host or "") or "@" in url.netloc or url.port == 0:
                raise ValueError
            return SplitResult(url.scheme, plain, "", "", "")

        return self._understood(
            var, parts, parts(default), "an address like https://guildhall.example, without a path"
        )

    def database(self, var: str, *, folder: Path, conn_max_age: int) -> dict[str, Any]:
        """Return the PostgreSQL a variable names, or the house's own in this folder."""
        if url := self.text(var):
            return database_of(url, var=var, conn_max_age=conn_max_age)
        embedded = {"ENGINE": "config.postgres", "NAME": "guildhall", "FOLDER": folder}
        return {**embedded, "CONN_HEALTH_CHECKS": True, "CONN_MAX_AGE": conn_max_age}

    def _understood(self, var: str, read: Callable[[str], T], default: T, what: str) -> T:
        if not (text := self.text(var)):
            return default
        try:
            return read(text)
        except (KeyError, ValueError):
            raise ImproperlyConfigured(f"{var} must be {what}; it is {text!r}.") from None


def kept_secret(path: Path) -> str:
    """Return the secret kept in this file, made up the first time; only its owner may read it."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _keep(path, secrets.token_urlsafe(64))
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{path} cannot be kept there: {_reason(error)}.") from error


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _is_home_there(first: str) -> bool:
    # Another user may be unknown, or have a home that was never made, which is not ours to make.
    with suppress(RuntimeError):
        return not first.startswith("~") or Path(first).expanduser().is_dir()
    return False


def _keep(path: Path, secret: str) -> None:
    # A link appears whole or not at all, and only for the first of two starts.
    with NamedTemporaryFile("w", dir=path.parent) as draft, suppress(FileExistsError):
        draft.write(secret)
        draft.flush()
        os.link(draft.name, path)


def _content(var: str, path: Path) -> str:
    try:
        # A device never ends, and nobody may ever write into a pipe.
        if path.exists() and not path.is_file():
            raise ImproperlyConfigured(f"{var}={path} is not a plain file.")
        content = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"{var}={path} cannot be read: {_reason(error)}.") from error
    if not content:
        raise ImproperlyConfigured(f"{var}={path} is empty.")
    return content


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return str(error.strerror) if isinstance(error, OSError) else "it is not text in UTF-8"
