"""The command line of the pretend Discord, and its life from start to stop."""

import argparse
import asyncio
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from sandbox import state
from sandbox.server import Server
from sandbox.story import make_world
from sandbox.world import World

SAVE_EVERY = 5.0
PAST = 20 * 60.0  # what people of a new world have talked about


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say what may be chosen."""
    parser.add_argument("--port", type=int, default=3500, help="the port on 127.0.0.1; 0: any")
    parser.add_argument("--state", type=Path, help="the file that the world is kept in")
    parser.add_argument("--seed", type=int, default=2026, help="which world, when there is none")
    parser.add_argument("--token", default="sandbox", help="what the bot must show")
    yes_or_no = argparse.BooleanOptionalAction
    parser.add_argument("--crowd", action=yes_or_no, default=True, help="let people live")
    parser.add_argument("--rate", type=float, default=0.5, help="what the crowd does in a second")


def main(arguments: Sequence[str]) -> None:
    """Run until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    add_options(parser)
    run_as_chosen(parser.parse_args(arguments))


def run_as_chosen(chosen: argparse.Namespace) -> None:
    """Run, or say in one line why not."""
    try:
        asyncio.run(run(chosen))
    except OSError as error:
        raise SystemExit(f"The pretend Discord cannot start: {error.strerror}.") from error


async def run(chosen: argparse.Namespace) -> None:
    """Open the doors, and keep the world on disk while they are open."""
    server = make_server(chosen)
    await server.start(chosen.port)
    print(f"The pretend Discord is at {server.page_url}", flush=True)  # noqa: T201
    end = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, end.set)
    saving = asyncio.create_task(_keep_saving(server, chosen.state)) if chosen.state else None
    await end.wait()
    await server.stop()
    if saving:
        saving.cancel()
        state.save(server.sandbox.world, chosen.state)


def make_server(chosen: argparse.Namespace) -> Server:
    """Find the world where it was left, or tell a new one."""
    known = _known_world(chosen)
    world = known or make_world(chosen.seed, now=time.time())
    server = Server(seed=chosen.seed, token=chosen.token, world=world)
    server.crowd.is_awake, server.crowd.rate = chosen.crowd, chosen.rate
    if known is None and chosen.crowd:
        server.crowd.remember(PAST)
    return server


def _known_world(chosen: argparse.Namespace) -> World | None:
    try:
        return state.load(chosen.state) if chosen.state else None
    except (ValueError, KeyError, TypeError) as error:
        words = f"{chosen.state} holds no world; move it away to begin anew."
        raise SystemExit(words) from error


async def _keep_saving(server: Server, path: Path) -> None:
    saved = -1
    while True:
        if server.sandbox.changes != saved:
            saved = server.sandbox.changes
            state.save(server.sandbox.world, path)
        await asyncio.sleep(SAVE_EVERY)
