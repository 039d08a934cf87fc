"""A role for the supervisor's tests: `child.py BEHAVIOUR`, on the socket that its environment names."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

from prometheus_client import CollectorRegistry

from streams.engine.fatal import FENCED, TRANSACTION, UNREACHABLE
from streams.engine.lifeline import hold_lifeline
from streams.engine.supervisor import CONTROL
from streams.web.control import Alone, Here, serve_control


class Failing(Alone):
    def __init__(self, verdict: str) -> None:
        self._verdict = verdict

    def failing(self) -> str | None:
        return self._verdict


VERDICTS = {"lost": "lost_group", "idle": "folds_nothing"}
STATUSES = {
    "misconfigured": 2,
    "end": 1,
    "fenced": FENCED,
    "transaction": TRANSACTION,
    "away": UNREACHABLE,
}


async def serve(behaviour: str) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, (lambda: None) if behaviour == "deaf" else stop.set)
    state = Failing(VERDICTS[behaviour]) if behaviour in VERDICTS else Alone()
    async with serve_control(Path(os.environ[CONTROL]), Here(CollectorRegistry(), state)):
        print(behaviour, os.getpid(), flush=True)
        if behaviour == "stall":
            await asyncio.sleep(0.3)
            time.sleep(60)  # noqa: ASYNC251 - the very fault
        if behaviour == "crash":
            await asyncio.sleep(0.3)
            os.kill(os.getpid(), signal.SIGKILL)
        await stop.wait()


def main(behaviour: str) -> None:
    hold_lifeline(grace=0.5)
    if behaviour in STATUSES:
        sys.exit(STATUSES[behaviour])
    if behaviour == "mute":
        time.sleep(60)
    asyncio.run(serve(behaviour))


if __name__ == "__main__":
    main(sys.argv[1])
