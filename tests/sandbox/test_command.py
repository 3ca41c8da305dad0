"""The pretend Discord as a program of its own."""

import signal
import socket
import subprocess
import sys

from tests.sandbox.asking import ask


def started(*options):
    arguments = [sys.executable, "-m", "sandbox", "--port", "0", "--no-crowd", *options]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    return process, process.stdout.readline().split()[-1]


def stop(process):
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    process.stdout.close()


def test_the_world_survives_a_restart(tmp_path):
    state = str(tmp_path / "world.json")
    first, url = started("--state", state)
    guild = ask(url, "world")[1]["guilds"][0]["id"]
    human = ask(url, f"people?guild={guild}")[1]["people"][2]["id"]

    told = {"deed": "ban", "guild_id": guild, "user_id": human, "reason": "for good"}
    ask(url, "people", told)
    stop(first)
    again, url = started("--state", state)
    bans = ask(url, f"place?user={human}&guild={guild}")[1]["bans"]
    stop(again)

    assert [each["id"] for each in bans] == [human]


def test_a_taken_port_is_said_in_one_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = subprocess.run(
            [sys.executable, "-m", "sandbox", "--port", port],
            capture_output=True,
            text=True,
            check=False,
        )

    assert ended.returncode == 1
    assert ended.stderr.startswith("The pretend Discord cannot start: ")
    assert ended.stderr.count("\n") == 1


def test_a_spoilt_file_is_not_overwritten(tmp_path):
    state = tmp_path / "world.json"
    state.write_text("{")

    ended = subprocess.run(
        [sys.executable, "-m", "sandbox", "--port", "0", "--state", str(state)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert "holds no world" in ended.stderr
    assert state.read_text() == "{"
