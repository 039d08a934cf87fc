"""The engine's worker, as readiness and metrics ask for it."""

from collections.abc import Callable, Iterable

from streams.engine.worker import Status
from streams.metrics import AgentFigures


class WorkerState:
    """`RoleState` of a role that runs the engine; what is fatal to it ends the process by itself.

    `status` may be given later by `watch`, once the engine has started: until then nothing is joined.
    """

    def __init__(self, status: Callable[[], Status] | None = None) -> None:
        self._status = status

    def watch(self, status: Callable[[], Status]) -> None:
        self._status = status

    def failing(self) -> str | None:
        return None

    def joined(self) -> bool:
        return self._status is not None

    def agents(self) -> Iterable[AgentFigures]:
        return self._status().agents if self._status is not None else ()
