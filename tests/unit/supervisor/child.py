"""A role for the supervisor's tests: `child.py BEHAVIOUR`, on the socket that its environment names."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

from prometheus_client import CollectorRegistry

from streams.engine.lifeline import hold_lifeline
from streams.engine.supervisor import CONTROL
from streams.web.control import Alone, Here, serve_control


class Lost(Alone):
    def failing(self) -> str | None:
        return "lost_group"


async def serve(behaviour: str) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, (lambda: None) if behaviour == "deaf" else stop.set)
    state = Lost() if behaviour == "lost" else Alone()
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
    if behaviour == "misconfigured":
        sys.exit(2)
    if behaviour == "end":
        sys.exit(1)
    if behaviour == "mute":
        time.sleep(60)
    asyncio.run(serve(behaviour))


if __name__ == "__main__":
    main(sys.argv[1])
