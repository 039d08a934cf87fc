"""What the engine says of itself at any moment, without waiting for anything."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from streams.engine.source import Source

_NONE: Mapping[str, int | None] = MappingProxyType({})


class AgentStatus(NamedTuple):
    """`behind`: records known to be there and not folded; `behind_seconds`: the age of the last folded.

    `joined`: the group has said which partitions are ours, be it none. `lost`: it has known us no more
    for long. `stuck`: there is something to fold, and for long nothing was. `bytes`: of the rows held.
    `due`: timers whose time has come; `withheld`: those that wait for what is upstream.
    `put_off`: rows that are concluded once the backlog is folded.
    `partitions`: records behind by "topic-number", None while it opens.
    """

    name: str
    assigned: int
    open: int
    behind: int
    behind_seconds: float
    horizon: float
    timers: int
    rows: int
    joined: bool = True
    lost: bool = False
    stuck: bool = False
    bytes: int = 0
    due: int = 0
    withheld: int = 0
    put_off: int = 0
    partitions: Mapping[str, int | None] = _NONE


class Status(NamedTuple):
    """`ready`: every partition that is ours is open; being caught up is for the caller to judge."""

    ready: bool
    agents: tuple[AgentStatus, ...]


def status_of(source: Source, horizon: float, clock: float) -> AgentStatus:
    """`horizon`: up to which time upstream is folded."""
    partitions = list(source.partitions.values())
    behind = {where: source.behind(where) for where in source.partitions}
    folded = [source.partitions[where].folded_at for where, left in behind.items() if left]
    late = [max(0.0, clock - at) for at in folded if at]
    timers = [partition.store.timers.standing(clock, horizon) for partition in partitions]
    return AgentStatus(
        source.processor.name,
        len(source.assigned),
        len(partitions),
        sum(behind.values()),
        max(late, default=0.0),
        horizon,
        sum(len(partition.store.timers) for partition in partitions),
        sum(len(partition.store.rows) for partition in partitions),
        source.membership.joined,
        source.membership.lost,
        source.progress.stuck,
        sum(partition.store.bytes for partition in partitions),
        sum(due for due, _ in timers),
        sum(withheld for _, withheld in timers),
        sum(partition.put_off for partition in partitions),
        {
            f"{source.logical(where)}-{where.partition}": behind.get(where)
            for where in sorted(source.assigned)
        },
    )
