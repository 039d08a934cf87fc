"""What goes back where, when a dead letter is replayed."""

import datetime as dt

import msgspec
import pytest

from streams.codec import DeadLetter, original
from streams.commands.dead_letters import Letter, record_of
from streams.engine.api import Out

AT = dt.datetime(2026, 3, 5, tzinfo=dt.UTC)


def letter(value: bytes, topic: str | None = "orders") -> Letter:
    return Letter(1, 7, b"k", DeadLetter("not_json", "why", AT, original(value)[0], topic))


def test_the_original_goes_back_to_its_topic_under_its_key() -> None:
    assert record_of(letter(b'{"a":1}')) == Out("orders", b"k", b'{"a":1}')


@pytest.mark.parametrize("text", ["not json", 'a "quoted" word', "zażółć"])
def test_what_was_no_json_goes_back_as_the_text_it_was(text: str) -> None:
    assert record_of(letter(text.encode())).value == text.encode()


def test_an_event_that_waited_in_vain_comes_in_again_by_the_door_for_its_type() -> None:
    event = msgspec.json.encode({"type": "shipment.status", "time": "2026-03-05T10:00:00Z"})
    assert record_of(letter(event, None)).topic == "shipments"


def test_a_letter_is_named_by_where_it_lies() -> None:
    assert letter(b"{}").name == "1:7"
