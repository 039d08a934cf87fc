"""What the caller tells the engine, and the names that follow from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

DAY = 24 * 3600.0


class Stage(NamedTuple):
    """One step upstream of a timer: the processor of this name has folded all of these topics."""

    processor: str
    inputs: tuple[str, ...]


class TopicSpec(NamedTuple):
    """A topic that must exist. `retention` in seconds is for topics that are not compacted."""

    name: str
    compacted: bool = False
    retention: float = 7 * DAY


@dataclass(frozen=True, kw_only=True)
class EngineConfig:
    """Times are in seconds, sizes in bytes. `client` (TLS, SASL) is handed to every Kafka client."""

    brokers: str
    prefix: str = ""
    client: Mapping[str, Any] = field(default_factory=dict)
    partitions: int = 12
    replication: int = -1
    create_topics: bool = True

    batch_records: int = 2_000  # one unit holds at most these: a transaction's cost is spread over them
    backlog: int = 2_000  # records behind a unit; then conclusions are put off, see `owed.py`
    upstream_late: float = 3.0  # so they are while what is folded upstream is later than this
    put_off_for: float = 60.0  # at most, whatever is still to come
    wakes_a_unit: int = 200  # of those put off
    units: int = 4  # at a time, of one processor; meanwhile the others' next units grow
    record_limit: int = 900_000  # below the broker's usual 1,048,588, with room for the batch's own header
    fetch_bytes: int = 1_048_576
    fetch_wait: float = 0.1  # a fetch under way holds up a partition that just opened by so much

    session_timeout: float = 10.0
    heartbeat: float = 3.0
    drain_timeout: float = 20.0
    rebalance_timeout: float = 30.0
    request_timeout: float = 40.0
    transaction_timeout: float = 10.0
    opening_timeout: float = 60.0  # without any progress
    openings: int = 3  # at a time; the others' turn comes while the first ones already fold
    progress_every: float = 15.0
    progress_patience: float = 300.0  # with something to fold, and nothing folded: then it is started again
    keep_stores: float = 120.0  # after they were given up, for the case that they come back; see `kept.py`

    commit_every: float = 0.5  # the contract promises a second
    horizon_every: float = 0.5
    timer_every: float = 0.25
    timers_a_tick: int = 500
    timer_again: float = 30.0
    poison_a_minute: int = 10

    def __post_init__(self) -> None:
        """Rule 9: a drain must end before the group gives up, and that before the request does."""
        if not self.drain_timeout < self.rebalance_timeout < self.request_timeout - 5:
            raise ValueError("drain_timeout < rebalance_timeout < request_timeout - 5 s does not hold")

    def topic(self, name: str) -> str:
        return self.prefix + name

    def group(self, processor: str) -> str:
        return f"{self.prefix}orderherald-{processor}"

    def changelog(self, processor: str, name: str) -> str:
        """Rule 1: one for each input of each group, partition for partition; no other producer writes it."""
        return f"{self.group(processor)}-{name}-changelog"

    def transactional_id(self, processor: str, name: str, partition: int) -> str:
        """Rule 1: two inputs that both have a partition 3 must not fence each other."""
        return f"{self.group(processor)}-{name}-{partition}"

    def consumer(self) -> dict[str, Any]:
        """What every reader here is started with: nothing is committed or reset behind our back."""
        return {
            "bootstrap_servers": self.brokers,
            "enable_auto_commit": False,
            "auto_offset_reset": "none",  # rule 2: an offset out of range is loss, never "earliest"
            "request_timeout_ms": int(self.request_timeout * 1000),
            "fetch_max_wait_ms": int(self.fetch_wait * 1000),
            **self.client,
        }

    def producer(self) -> dict[str, Any]:
        return {
            "bootstrap_servers": self.brokers,
            "enable_idempotence": True,
            "compression_type": "snappy",  # a fifth of the bytes, for less CPU than their way would cost
            "max_batch_size": self.record_limit,
            "max_request_size": self.record_limit + 65_536,
            "request_timeout_ms": int(self.request_timeout * 1000),
            **self.client,
        }
