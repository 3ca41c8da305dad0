"""How long it takes to verify that everything holds, raw against counted, in every server."""

import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from django.utils import timezone

from activity.services.proving import put_counters_right
from benchmarks import Figure
from community.scope import guild_scope
from community.services.checks import (
    Breach,
    checks_of_servers,
    find_breaches_in_servers,
    servers_to_verify,
)


def proof() -> Iterator[Figure]:
    """Verify every server as `manage.py verify` does."""
    # Counters that were made in one go are only nearly right where time in voice crosses midnight.
    for guild_id in servers_to_verify():
        with guild_scope(guild_id):
            put_counters_right(guild_id=guild_id, now=timezone.now())
    began = time.perf_counter()
    found = _breaches()
    yield Figure("everything verified, in every server", time.perf_counter() - began, "s")
    yield Figure("... that does not hold", len(found), "", 0)


def _breaches() -> list[Breach]:
    with TemporaryDirectory() as without_anchors:
        checks = checks_of_servers(anchors=Path(without_anchors))
        return [*find_breaches_in_servers(checks, guild_ids=servers_to_verify())]
