"""A topic's id is asked of whichever broker answers; one that is too old has none."""

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import IncompatibleBrokerVersion, NodeNotReadyError

from streams.engine.topic_ids import _Ask, _AskMetadata, id_of, spelled

ID = bytes(range(16))


class Brokers:
    """Each answers in its turn."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)

    def get_random_node(self) -> int:
        return 1

    async def send(self, node: int, request: Any) -> Any:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return SimpleNamespace(topics=[answer])


async def test_one_that_is_down_or_does_not_know_it_yet_is_not_the_last_that_is_asked():
    brokers = Brokers(NodeNotReadyError(), (3, "events", bytes(16), False), (0, "events", ID, False))
    assert await id_of(brokers, "events") == ID
    assert brokers.answers == []


@pytest.mark.parametrize(
    "answer", [IncompatibleBrokerVersion(), NotImplementedError(), (0, "events", bytes(16), False)]
)
async def test_a_broker_without_ids_is_believed(answer: Any):
    assert await id_of(Brokers(answer), "events") is None


def test_the_request_is_what_kafka_describes():
    request = _Ask("events").build(_AskMetadata)
    assert request.encode() == b"\x02" + bytes(16) + b"\x07events" + b"\x00" + b"\x00\x00\x00"


def test_an_id_is_spelled_as_kafkas_tools_do():
    assert spelled(ID) == "AAECAwQFBgcICQoLDA0ODw"
