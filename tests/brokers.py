"""Brokers for tests: the mock inside confluent-kafka's wheel, and a real Apache Kafka without a container.

The real one is fetched by Maven into `.cache/kafka` once and needs Java 17. Each runs on free
loopback ports with its data in a folder of its own.
"""

import base64
import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from confluent_kafka import Producer

CACHE = Path(__file__).parent.parent / ".cache" / "kafka"
VERSION = "4.1.1"
# Its second compiler takes half of a new broker's CPU while a test or a run lasts (*measured*).
_SHORT_LIVED = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
GIVEN: set[int] = set()  # ports that somebody here may not have bound yet, or will bind again
POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>orderherald</groupId><artifactId>kafka-for-tests</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{VERSION}</version>
  </dependency></dependencies>
</project>
"""


def free_port() -> int:
    """Below those that outgoing connections are given: while a broker is down, nobody may take its place."""
    for port in random.SystemRandom().sample(range(20_000, 32_000), 100):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            if port not in GIVEN:
                GIVEN.add(port)
                return port
    raise OSError("no port is free between 20000 and 32000")


def kafka_jars() -> Path:
    """The folder with Kafka's jars; skips loudly at a person's desk, fails in CI."""
    library = CACHE / f"lib-{VERSION}"
    if not shutil.which("java"):
        _missing("Java")
    if not library.exists():
        if not shutil.which("mvn"):
            _missing("Maven")
        _fetch(library)
    return library


def _fetch(library: Path) -> None:
    CACHE.mkdir(parents=True, exist_ok=True)
    (CACHE / "pom.xml").write_text(POM)
    partial = CACHE / f"partial-{uuid.uuid4().hex}"
    command = ["mvn", "-q", "-f", str(CACHE / "pom.xml"), "dependency:copy-dependencies"]
    subprocess.run([*command, f"-DoutputDirectory={partial}"], check=True, timeout=300)
    if library.exists():  # another test process was faster
        shutil.rmtree(partial)
    else:
        partial.rename(library)


def _missing(what: str) -> None:
    message = f"{what} is missing, so nothing was tried on a real Apache Kafka"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


PROPERTIES = """process.roles=broker,controller
node.id={node}
controller.quorum.voters={voters}
listeners=PLAINTEXT://127.0.0.1:{port},DOOR://127.0.0.1:{inner},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},DOOR://127.0.0.1:{outer}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,DOOR:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
num.partitions=4
offsets.topic.num.partitions=4
offsets.topic.replication.factor={replicas}
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor={replicas}
transaction.state.log.min.isr={in_sync}
default.replication.factor={replicas}
min.insync.replicas={in_sync}
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
auto.create.topics.enable=false
log.cleaner.dedupe.buffer.size=16777216
log.retention.check.interval.ms=1000
"""


class Ports(NamedTuple):
    """`inner` is a broker's too; it sends the clients that come there to `outer`, where something else is."""

    port: int
    controller: int
    inner: int
    outer: int


class Broker:
    """One node. `kill` is -9; `start` after it brings the same data back."""

    def __init__(self, folder: Path, node: int, voters: str, ports: "Ports", size: int) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.ports = ports
        self.address = f"127.0.0.1:{ports.port}"
        self._process: subprocess.Popen[bytes] | None = None
        self._heap = "-Xmx1g" if size == 1 else "-Xmx512m"
        folder.mkdir(parents=True)
        values = {"node": node, "voters": voters, "data": self.data, **ports._asdict()}
        in_sync = 1 if size == 1 else 2
        (folder / "server.properties").write_text(
            PROPERTIES.format(**values, replicas=min(size, 3), in_sync=in_sync)
        )

    def format(self, cluster: str) -> None:
        command = ["kafka.tools.StorageTool", "format", "-t", cluster, "-c"]
        subprocess.run(
            self._java(*command, str(self.folder / "server.properties")), check=True, capture_output=True
        )

    def _java(self, *arguments: str) -> list[str]:
        # What it unpacks for snappy goes with it, however it ends.
        unpacked = f"-Djava.io.tmpdir={self.folder}"
        return ["java", self._heap, *_SHORT_LIVED, unpacked, "-cp", f"{kafka_jars()}/*", *arguments]

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._java("kafka.Kafka", str(self.folder / "server.properties")), stdout=log, stderr=log
            )

    def stop(self, sign: int = signal.SIGTERM) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(sign)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def kill(self) -> None:
        self.stop(signal.SIGKILL)

    def ended(self, seconds: float) -> bool:
        """Whether it has given up by itself, within so long."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process is None or self._process.wait(seconds) is not None
        return False


class Cluster:
    """Brokers that know each other; `bootstrap` is what a client is given."""

    def __init__(
        self, folder: Path, size: int = 1, disk: Callable[[Path], object] = lambda folder: None
    ) -> None:
        """`disk` makes the folder of a broker's data, which is not there yet."""
        ports = [Ports(*(free_port() for _ in Ports._fields)) for _ in range(size)]
        voters = ",".join(f"{n + 1}@127.0.0.1:{each.controller}" for n, each in enumerate(ports))
        self.brokers = [
            Broker(folder / str(n + 1), n + 1, voters, each, size) for n, each in enumerate(ports)
        ]
        self.bootstrap = ",".join(broker.address for broker in self.brokers)
        # An id that began with a dash would be read as an option.
        cluster = base64.urlsafe_b64encode(b"k" + uuid.uuid4().bytes[1:]).decode().rstrip("=")
        for broker in self.brokers:
            disk(broker.data)
            broker.format(cluster)

    def start(self) -> None:
        for broker in self.brokers:
            broker.start()
        self.wait()

    def wait(self, seconds: float = 60) -> None:
        """Until every broker answers a client."""
        deadline = time.monotonic() + seconds
        for broker in self.brokers:
            while not _answers(broker.address, len(self.brokers)):
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{broker.address} does not answer: see {broker.folder / 'log'}")
                time.sleep(0.2)

    def stop(self) -> None:
        for broker in self.brokers:
            broker.stop(signal.SIGKILL)


def _answers(address: str, size: int) -> bool:
    from confluent_kafka import KafkaException  # noqa: PLC0415
    from confluent_kafka.admin import AdminClient  # noqa: PLC0415

    try:
        found = AdminClient({"bootstrap.servers": address, "log_level": 0}).list_topics(timeout=1)
    except KafkaException:
        return False
    return len(found.brokers) == size


class MockBroker:
    """librdkafka's own: up at once, no admin calls, topics of 4 partitions appear when used."""

    def __init__(self) -> None:
        config = {"bootstrap.servers": "mock", "test.mock.num.brokers": 1, "log_level": 0}
        self._producer = Producer(config)
        broker = next(iter(self._producer.list_topics(timeout=10).brokers.values()))
        self.bootstrap = f"{broker.host}:{broker.port}"


@pytest.fixture
def mock_broker() -> MockBroker:
    return MockBroker()


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One real broker for the whole run: each test uses a prefix of its own."""
    cluster = Cluster(tmp_path_factory.mktemp("kafka") / "brokers")
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture(scope="session")
def kafka_of_three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Three brokers, every topic on all of them, two of which must have a record before it counts."""
    cluster = Cluster(tmp_path_factory.mktemp("kafka3") / "brokers", size=3)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
