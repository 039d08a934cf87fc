"""Whatever comes in whatever order: each record takes effect once, rows are what their changelog says."""

import os

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.unit.engine.world import PARTITIONS, SESSION, Process, World

EXAMPLES = int(os.environ.get("MACHINES", "30"))

values = st.sampled_from([b"v", b"v", b"v", b"ask", b"poison", b"wake:1", b"wake:20"])
keys = st.sampled_from([b"a", b"b", b"c"])
partitions = st.integers(0, PARTITIONS - 1)
moments = st.sampled_from([0.0, 0.001, 0.02, 0.3, 2.0, 8.0])
frozen = st.one_of(st.just(0.5), st.floats(SESSION, SESSION + 2), st.just(SESSION + 6))


class Engine(RuleBasedStateMachine):
    """Each rule is something that happens to the workers, or nothing but time."""

    failed = False  # what comes after a failure would hide it

    @initialize(seed=st.integers(0, 2**32), workers=st.integers(1, 3))
    def begin(self, seed: int, workers: int) -> None:
        self.world = World(seed)
        for _ in range(workers):
            self.world.start()
        self.world.pass_time(2.0)

    def one(self, number: int) -> Process:
        return self.world.alive[number % len(self.world.alive)]

    def on_each_partition(self) -> None:
        for partition in range(PARTITIONS):
            self.world.produce(partition, [(b"a", b"v")], "plain")

    @rule(partition=partitions, records=st.lists(st.tuples(keys, values), min_size=1, max_size=12))
    def records_come(self, partition: int, records: list[tuple[bytes, bytes]]) -> None:
        self.world.produce(partition, records, "plain")

    @rule(partition=partitions, key=keys, how=st.sampled_from(["committed", "aborted"]))
    def a_transaction_upstream(self, partition: int, key: bytes, how: str) -> None:
        self.world.produce(partition, [(key, b"v")] * 3, how)

    @rule(seconds=moments)
    def time_passes(self, seconds: float) -> None:
        self.world.pass_time(seconds)

    @precondition(lambda self: len(self.world.alive) < 3)
    @rule(skew=st.sampled_from([0.0, 0.0, -20.0, 30.0]))
    def a_worker_starts(self, skew: float) -> None:
        self.world.start(skew)

    @precondition(lambda self: len(self.world.alive) > 1)
    @rule(number=st.integers(0, 2))
    def a_worker_stops(self, number: int) -> None:
        self.world.do(self.one(number).stop)

    @precondition(lambda self: self.world.alive)
    @rule(number=st.integers(0, 2))
    def a_worker_is_killed(self, number: int) -> None:
        self.world.do(self.one(number).end)

    @precondition(lambda self: self.world.alive)
    @rule(number=st.integers(0, 2), seconds=frozen)
    def a_worker_freezes(self, number: int, seconds: float) -> None:
        self.world.do(self.one(number).freeze_for, seconds)

    @rule()
    def the_group_rebalances(self) -> None:
        self.world.kafka.group.wanted.set()

    @precondition(lambda self: self.world.alive)
    @rule(number=st.integers(0, 2), how=st.sampled_from(["early", "late"]), seconds=moments)
    def a_fetch_dawdles(self, number: int, how: str, seconds: float) -> None:
        self.one(number).held.append((how, seconds))

    @precondition(lambda self: self.world.alive)
    @rule(number=st.integers(0, 2), partition=partitions, how=st.sampled_from(["early", "late"]))
    def a_fetch_crosses_a_rebalance(self, number: int, partition: int, how: str) -> None:
        self.one(number).held.append((how, 3.0))
        self.world.pass_time(0.5)
        self.world.kafka.group.wanted.set()
        self.world.produce(partition, [(b"a", b"v")] * 2, "plain")

    @precondition(lambda self: self.world.alive)
    @rule(number=st.integers(0, 2), partition=partitions, seconds=frozen)
    def a_worker_freezes_within_a_unit(self, number: int, partition: int, seconds: float) -> None:
        process = self.one(number)
        self.world.produce(partition, [(b"a", b"v")] * 2, "plain")
        self.world.pass_time(0.2)
        self.world.do(process.freeze_for, seconds)

    @precondition(lambda self: self.world.alive)
    @rule(number=st.integers(0, 2), how=st.sampled_from(["lost", "ambiguous"]))
    def a_commit_will_fail(self, number: int, how: str) -> None:
        self.one(number).commits.append(how)
        self.on_each_partition()

    @precondition(lambda self: self.world.alive)
    @rule(number=st.integers(0, 2))
    def a_commit_will_be_marked_again(self, number: int) -> None:
        self.one(number).commits.append("marked again")
        self.on_each_partition()

    @precondition(lambda self: self.world.alive)
    @rule(number=st.integers(0, 2))
    def a_batch_will_be_dropped(self, number: int) -> None:
        self.one(number).drops = 1
        self.on_each_partition()

    @precondition(lambda self: self.world.alive)
    @rule(number=st.integers(0, 2), partition=partitions, key=keys)
    def a_worker_has_something_of_its_own(self, number: int, partition: int, key: bytes) -> None:
        self.world.submit(self.one(number), partition, key)

    @invariant()
    def nothing_is_that_must_not_be(self) -> None:
        if hasattr(self, "world") and not self.failed:
            self.failed = True
            self.world.look()
            self.failed = False

    def teardown(self) -> None:
        if hasattr(self, "world"):
            try:
                if not self.failed:
                    self.world.settle()
            finally:
                self.world.close()


TestEngine = Engine.TestCase
TestEngine.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
