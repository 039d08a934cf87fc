"""A worker's clock that is set while it runs, in a process of its own: it stays wrong."""

import subprocess
import sys
from pathlib import Path

ASKS = """
import sys, time
from pathlib import Path
true = time.time
file = Path(sys.argv[1])
from tests.chaos import clock
sys.argv = ["clock", "--version"]
try:
    clock.main()
except SystemExit:
    pass
from streams.bootstrap.daemon import Daemon
from streams.engine.worker import Worker
engine = Worker.__init__.__kwdefaults__["clock"]
pool = Daemon._senders  # as it looks its clock up
assert "dt" in pool.__code__.co_names
dt = pool.__globals__["dt"]
assert abs(engine() - true()) < 1, "it is right at first"
file.write_text("300")
time.sleep(0.1)
assert 299 < engine() - true() < 301
assert 299 < dt.datetime.now(dt.UTC).timestamp() - true() < 301
"""


def test_engine_and_senders_go_by_it(tmp_path: Path):
    file = tmp_path / "clock"
    done = subprocess.run(
        [sys.executable, "-c", ASKS, str(file)],
        env={"CHAOS_CLOCK": str(file), "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
