"""A process that must not outlive the one that started it, however that one ended.

The starter holds the only writing end of a pipe; when it is gone, even by kill -9, reading answers
with end of file. A thread reads, so that a stalled event loop dies too.
"""

import os
import signal
import threading
import time

LIFELINE = "ORDERHERALD_LIFELINE"
ORPHANED = 75  # EX_TEMPFAIL: nothing is wrong with this process, it may be started again


class Lifeline:
    """The starter's side: hand `reader` to each child, keep this object for as long as they may live."""

    def __init__(self) -> None:
        self.reader, self._writer = os.pipe()

    def close(self) -> None:
        os.close(self.reader)
        os.close(self._writer)


def hold_lifeline(grace: float = 10.0) -> bool:
    """The child's side, once at its start: SIGTERM to itself when orphaned, its end `grace` seconds later.

    False where nobody holds the other end.
    """
    reader = os.environ.pop(LIFELINE, None)
    if reader is None:
        return False
    threading.Thread(target=_follow, args=(int(reader), grace), name="lifeline", daemon=True).start()
    return True


def _follow(reader: int, grace: float) -> None:
    os.read(reader, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(grace)
    os._exit(ORPHANED)
