"""How long a process may take to end, and what of that is another fault's."""

import asyncio
import os
import signal
import subprocess
import sys

import pytest

from tests.chaos.family import alive, ends, stopped

SCRIPT = """
import time
end = time.monotonic() + 2
print(flush=True)
time.sleep(max(0, end - time.monotonic()))
"""


@pytest.mark.parametrize(("frozen_for", "in_time"), [(0.0, False), (2.0, True)])
async def test_the_time_in_which_it_is_frozen_is_not_its_own(frozen_for, in_time):
    """It ends after two seconds, of which it may be frozen; one is its own."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", SCRIPT, stdout=subprocess.PIPE)
    assert process.stdout is not None
    await process.stdout.readline()
    if frozen_for:
        os.kill(process.pid, signal.SIGSTOP)
        asyncio.get_running_loop().call_later(frozen_for, os.kill, process.pid, signal.SIGCONT)
    try:
        assert await ends(1, lambda: not alive(process.pid), lambda: stopped(process.pid)) is in_time
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
