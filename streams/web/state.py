"""The engine's worker, as readiness and metrics ask for it."""

from collections.abc import Callable, Iterable

from streams.engine.status import AgentStatus, Status
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
        """Out of the group for long, or with a client that fetches no more, it would stay up for nothing."""
        agents = self._agents()
        if any(agent.lost for agent in agents):
            return "lost_group"
        return "folds_nothing" if any(agent.stuck for agent in agents) else None

    def joined(self) -> bool:
        """Without this, a process that never came into its group would look ready."""
        return self._status is not None and all(agent.joined for agent in self._agents())

    def agents(self) -> Iterable[AgentFigures]:
        return self._agents()

    def _agents(self) -> tuple[AgentStatus, ...]:
        return self._status().agents if self._status is not None else ()
