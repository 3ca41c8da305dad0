"""kill -9 anywhere in the clock: no job is lost, none has its effect twice, nobody is orphaned.

Long drills: RINGING_KILLS=50 RINGING_SEED=1 pytest tests/end_to_end/test_clock_survives.py -s
"""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass

import psutil
import pytest
from django.conf import settings
from django.db import connection

from community.models import Heartbeat, Job, JobRun
from tests.end_to_end.ringing.apps import JOBS
from tests.end_to_end.ringing.jobs import EFFECTS

pytestmark = [pytest.mark.end_to_end, pytest.mark.django_db(transaction=True)]

KILLS = int(os.environ.get("RINGING_KILLS", "4"))
SEED = int(os.environ.get("RINGING_SEED", "20"))
PATIENCE = 90


@dataclass
class Family:
    """A clock as one sees it from outside: a process with descendants."""

    env: dict[str, str]
    log: object
    process: subprocess.Popen | None = None

    def start(self):
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "qcluster"]
        self.process = subprocess.Popen(
            command, env=self.env, stdout=self.log, stderr=self.log, start_new_session=True
        )

    def everybody(self):
        keeper = psutil.Process(self.process.pid)
        return [keeper, *keeper.children(recursive=True)]

    def end(self):
        for each in self.everybody() if self.process.poll() is None else []:
            kill(each)
        self.process.wait()


@pytest.fixture
def clock(tmp_path):
    with (tmp_path / "clock.log").open("w") as log, connection.cursor() as cursor:
        cursor.execute(EFFECTS)
        env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.end_to_end.ringing.settings",
            "RINGING_DATABASE": connection.settings_dict["NAME"],
            "RINGING_JOBS": "fetch_milk water_plants",
        }
        family = Family(env, log)
        yield family
        family.end()
        cursor.execute("DROP TABLE ringing_effect")


def kill(process):
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(signal.SIGKILL)


def wait_until(is_so):
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline, f"never: {is_so.__name__}"
        time.sleep(0.1)


def is_heard():
    return Heartbeat.objects.of("clock").exists()


def jobs_done():
    return JobRun.objects.filter(state="done").count()


def tally():
    """Count effects, effects that are not doubles, and runs that are done, in one moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(DISTINCT (job, slot)), "
            "(SELECT count(*) FROM community_jobrun WHERE state = 'done') FROM ringing_effect"
        )
        return cursor.fetchone()


def drop_sessions(_):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def strike(clock, dice):
    """Kill somebody, or cut all their connections; a dead keeper takes everybody along."""
    family = clock.everybody()
    victim = dice.choice([*family, None])
    if victim is None:
        drop_sessions(clock)
        return "sessions"
    kill(victim)
    if victim.pid != clock.process.pid:
        return "child"
    clock.process.wait()
    _, alive = psutil.wait_procs(family[1:], timeout=10)
    assert not alive, "orphans"
    clock.start()
    return "keeper"


def test_kills_at_any_moment_lose_no_job_and_double_no_effect(clock):
    dice = random.Random(SEED)
    clock.start()
    wait_until(is_heard)

    struck = []
    for _ in range(KILLS):
        time.sleep(dice.uniform(0.5, 3.0))
        struck.append(strike(clock, dice))
        # The killer is known: the jobs are not to blame for starts that never ended.
        Job.objects.update(unfinished_starts=0)
    rung_by_then = list(JobRun.objects.values_list("pk", flat=True))

    def all_are_done():
        return not JobRun.objects.filter(pk__in=rung_by_then).exclude(state="done").exists()

    began = time.monotonic()
    wait_until(all_are_done)
    lasted = time.monotonic() - began
    clock.end()
    effects, distinct, done = tally()
    sys.stdout.write(
        f"\n{KILLS} strikes {dict(Counter(struck))}: {len(rung_by_then)} rung, all done "
        f"{lasted:.1f} s after the last; {effects} effects of {done} runs, "
        f"{effects - distinct} doubled\n"
    )
    assert effects == distinct == done


def test_two_clocks_on_one_database_run_each_slot_once(clock):
    other = Family(clock.env, clock.log)
    clock.start()
    other.start()

    def six_are_done():
        return jobs_done() >= 6

    try:
        wait_until(six_are_done)
    finally:
        other.end()
    clock.end()
    effects, distinct, done = tally()
    assert effects == distinct == done


def test_a_job_that_kills_its_worker_is_parked_after_three_starts(clock):
    clock.env["RINGING_JOBS"] = "kill_worker fetch_milk"
    clock.start()

    def is_parked():
        return Job.objects.filter(name=f"{JOBS}.kill_worker", parked_at__isnull=False).exists()

    wait_until(is_parked)
    done = jobs_done()

    def others_go_on():
        return jobs_done() > done

    wait_until(others_go_on)
    killer = Job.objects.get(name=f"{JOBS}.kill_worker")
    assert sum(run.starts for run in killer.runs.all()) == 3
    assert not killer.runs.filter(state="done").exists()


def test_a_clock_that_is_told_to_stop_takes_everybody_along(clock):
    clock.start()
    wait_until(is_heard)
    family = clock.everybody()

    clock.process.terminate()

    assert clock.process.wait(timeout=PATIENCE) == 0
    _, alive = psutil.wait_procs(family[1:], timeout=PATIENCE)
    assert not alive
    assert not is_heard()
