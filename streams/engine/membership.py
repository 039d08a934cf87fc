"""Whether the group still counts this process among its members."""

import time
from collections.abc import Callable
from typing import Any


class Membership:
    """Looked at now and then. `lost` only after `patience` seconds: a rebalance takes its time too.

    Without a coordinator nobody can say; while Kafka is away, starting again would help nobody.
    """

    def __init__(self, patience: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.joined = False
        self._patience, self._clock = patience, clock
        self._outside_since: float | None = None

    @property
    def lost(self) -> bool:
        since = self._outside_since
        return since is not None and self._clock() - since > self._patience

    def look(self, coordinator: Any) -> None:
        """`coordinator`: the consumer's own; aiokafka tells of its membership nowhere else."""
        ended = coordinator._coordination_task.done()  # noqa: SLF001 - see above
        outside = ended or (coordinator.coordinator_id is not None and coordinator.generation <= 0)
        if not outside:
            self._outside_since = None
        elif self._outside_since is None:
            self._outside_since = self._clock()
