"""A worker whose clock can be set while it runs: `python -m tests.chaos.clock worker --role …`

The file that CHAOS_CLOCK names holds by how many seconds it is wrong; without the file it is right. Only the
time of day is concerned, as on a machine that is set: what is measured by a monotonic clock isn't.
"""

import datetime as dt
import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace

LOOKS = 0.05  # seconds between two looks at the file
_true = time.time


class Clock:
    def __init__(self, file: Path) -> None:
        self._file = file
        self._looked, self._wrong = 0.0, 0.0

    def __call__(self) -> float:
        if time.monotonic() - self._looked > LOOKS:
            self._looked = time.monotonic()
            self._wrong = float(self._file.read_text()) if self._file.exists() else 0.0
        return _true() + self._wrong


def main() -> int:
    """Everything that asks for the time imports it after this."""
    clock = time.time = Clock(Path(os.environ["CHAOS_CLOCK"]))
    from streams import __main__  # noqa: PLC0415
    from streams.bootstrap import daemon  # noqa: PLC0415

    class Shifted(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:
            return dt.datetime.fromtimestamp(clock(), tz)

    daemon.dt = SimpleNamespace(datetime=Shifted, UTC=dt.UTC)
    return __main__.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
