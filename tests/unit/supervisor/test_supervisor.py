import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from streams.engine.health import There, private_dir, verdict
from streams.engine.supervisor import BackOff, Supervisor, Timing

CHILD = Path(__file__).with_name("child.py")
ROOT = Path(__file__).parents[3]
QUICK = Timing(
    poll=0.05, answer=0.5, starting=60, stalled=1, stop=3, back_off_first=0.05, back_off_most=0.2, settled=60
)


class Counted:
    def __init__(self) -> None:
        self.causes = Counter()
        self.seen = asyncio.Event()

    def restarting(self, role: str, cause: str) -> None:
        self.causes[role, cause] += 1
        self.seen.set()


@pytest.fixture
def run_dir():
    with private_dir() as path:
        yield path


@pytest.fixture(autouse=True)
def _children_find_the_project(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def supervisor(run_dir, hooks, timing=QUICK, **behaviours):
    return Supervisor(
        tuple(behaviours), lambda role: (sys.executable, str(CHILD), behaviours[role]), run_dir, hooks, timing
    )


async def answering(run_dir, *roles):
    for role in roles:
        async with asyncio.timeout(10):
            while verdict(await There(run_dir / f"{role}.sock").ask("/healthz")) != "ok":
                await asyncio.sleep(0.05)


async def test_sigterm_is_passed_on_and_the_status_is_0(run_dir):
    hooks = Counted()
    running = asyncio.create_task(supervisor(run_dir, hooks, timeline="serve", desk="serve").run())
    await answering(run_dir, "timeline", "desk")
    os.kill(os.getpid(), signal.SIGTERM)
    assert await running == 0
    assert not hooks.causes


@pytest.mark.parametrize(
    ("behaviour", "cause"),
    [
        ("stall", "stalled"),
        ("crash", "killed"),
        ("lost", "lost_group"),
        ("idle", "folds_nothing"),
        ("end", "ended"),
        ("fenced", "fenced"),
        ("transaction", "transaction"),
        ("away", "kafka_away"),
    ],
)
async def test_a_role_that_fails_is_started_again_and_counted_by_cause(run_dir, behaviour, cause, capfd):
    hooks = Counted()
    kept = supervisor(run_dir, hooks, broken=behaviour)
    running = asyncio.create_task(kept.run())
    async with asyncio.timeout(90):
        while hooks.causes.total() < 2:
            hooks.seen.clear()
            await hooks.seen.wait()
    kept.stop()
    kept.stop()
    assert await running == 0
    assert set(hooks.causes) == {("broken", cause)}


async def test_a_role_that_never_answers_is_not_waited_for_for_ever(run_dir):
    hooks = Counted()
    kept = supervisor(run_dir, hooks, QUICK._replace(starting=0.5), mute="mute")
    running = asyncio.create_task(kept.run())
    await asyncio.wait_for(hooks.seen.wait(), 10)
    kept.stop()
    assert await running == 0
    assert set(hooks.causes) == {("mute", "not_started")}


async def test_a_frozen_role_is_killed_and_started_again(run_dir, capfd):
    hooks = Counted()
    kept = supervisor(run_dir, hooks, timeline="serve")
    running = asyncio.create_task(kept.run())
    await answering(run_dir, "timeline")
    await asyncio.sleep(0.5)  # the supervisor has heard it, too
    kept._running["timeline"].send_signal(signal.SIGSTOP)
    await asyncio.wait_for(hooks.seen.wait(), 10)
    await answering(run_dir, "timeline")
    kept.stop()
    assert await running == 0
    assert set(hooks.causes) == {("timeline", "stalled")}


async def test_a_wrong_configuration_ends_all_roles_at_once_with_status_2(run_dir):
    hooks = Counted()
    began = time.monotonic()
    assert await supervisor(run_dir, hooks, timeline="serve", desk="misconfigured").run() == 2
    assert time.monotonic() - began < 5
    assert not hooks.causes


async def test_a_role_that_overruns_its_time_is_killed(run_dir):
    kept = supervisor(run_dir, Counted(), QUICK._replace(stop=0.5), deaf="deaf", timeline="serve")
    running = asyncio.create_task(kept.run())
    await answering(run_dir, "deaf", "timeline")
    deaf = kept._running["deaf"]
    kept.stop()
    assert await asyncio.wait_for(running, 5) == 0
    assert deaf.returncode == -signal.SIGKILL


async def test_the_roles_die_with_a_supervisor_that_is_killed(run_dir, tmp_path):
    program = (
        "import asyncio, sys, pathlib\n"
        "from streams.engine.supervisor import Supervisor, Timing\n"
        "class Hooks:\n"
        "    def restarting(self, role, cause): pass\n"
        "command = lambda role: (sys.executable, sys.argv[1], role)\n"
        "asyncio.run(Supervisor(('serve', 'stall'), command, pathlib.Path(sys.argv[2]), Hooks()).run())\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(CHILD), str(run_dir)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with process:
        said = (words for words in map(bytes.split, process.stdout) if len(words) == 2)
        children = [int(next(said)[1]) for _ in range(2)]
        await asyncio.sleep(0.5)  # one of them stalls by now
        process.kill()
    async with asyncio.timeout(10):
        while any(alive(pid) for pid in children):
            await asyncio.sleep(0.05)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_back_off_doubles_to_its_limit_and_is_forgotten_once_a_role_has_settled():
    back_off = BackOff(Timing(back_off_first=1, back_off_most=5, settled=100))
    assert [back_off.after(1) for _ in range(4)] == [1, 2, 4, 5]
    assert back_off.after(100) == 1
