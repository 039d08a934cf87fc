import io
import json
import logging

import pytest
import structlog

from streams.logs import SAME_AFTER, PersonalDataError, Thinned, bind_process, blot, configure_logs


@pytest.fixture
def lines():
    stream = io.StringIO()
    configure_logs("json", stream)
    root = logging.getLogger()
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    for handler in list(root.handlers):
        root.removeHandler(handler)


def test_an_event_is_one_json_object_with_a_static_name_and_its_fields(lines):
    bind_process({"role": "desk"})
    structlog.get_logger("engine").info("partition_opened", agent="timeline", partition=3)
    (line,) = lines()
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "partition_opened",
        "level": "info",
        "logger": "engine",
        "agent": "timeline",
        "partition": 3,
        "role": "desk",
    }


def test_a_field_that_may_be_personal_is_dropped_and_named(lines):
    structlog.get_logger("senders").warning("attempt_failed", to="ola@example.com", subject="x", kind="delay")
    (line,) = lines()
    assert line["refused"] == ["subject", "to"]
    assert line["kind"] == "delay"
    assert "ola" not in json.dumps(line)


def test_in_strict_mode_such_a_field_is_an_error():
    configure_logs("json", io.StringIO(), strict=True)
    with pytest.raises(PersonalDataError, match="to may be personal"):
        structlog.get_logger("senders").warning("attempt_failed", to="ola@example.com")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("550 no such user <ola.n+x@mail.example.com>, sorry", "550 no such user <[withheld]>, sorry"),
        ("no route to +48 600 000 000", "no route to [withheld]"),
        ("GET /x?a=1&token=abc&b=2", "GET /x?a=1&token=[withheld]&b=2"),
        ("at 2026-03-05T10:00:00+02:00 in order-events-3", "at 2026-03-05T10:00:00+02:00 in order-events-3"),
    ],
)
def test_what_looks_like_a_person_or_a_secret_is_blotted_out_of_other_text(text, left):
    assert blot(text) == left


def test_a_url_loses_its_credentials():
    assert "geheim" not in blot("can't reach smtps://shop:geheim@mail.example.com:465")


def test_nested_values_are_blotted_too(lines):
    structlog.get_logger("x").info("odd", found={"email": "a@example.com", "n": [1, "b@example.com"]})
    assert lines()[0]["found"] == {"n": [1, "[withheld]"]}


def test_a_traceback_keeps_its_place_and_loses_its_person(lines):
    try:
        int("ola@example.com")
    except ValueError:
        structlog.get_logger("engine").exception("crashed")
    (line,) = lines()
    assert "test_a_traceback" in line["exception"]
    assert "ola" not in line["exception"]


def test_a_librarys_message_is_a_field_of_an_event_of_ours(lines):
    logging.getLogger("aiokafka.consumer").error("Failed fetch for %s", "ola@example.com")
    (line,) = lines()
    assert (line["event"], line["logger"]) == ("library_message", "aiokafka.consumer")
    assert line["message"] == "Failed fetch for [withheld]"


def test_the_standard_librarys_way_to_log_serves_our_own_modules_too(lines):
    logging.getLogger("streams.engine").warning("engine_ended", extra={"cause": "fenced", "to": "x"})
    (line,) = lines()
    assert (line["event"], line["cause"], line["refused"]) == ("engine_ended", "fenced", ["to"])


@pytest.mark.parametrize("name", ["faust.worker", "mode.services", "aiokafka.consumer", "aiohttp.access"])
def test_the_chatter_of_libraries_is_left_out(lines, name):
    logging.getLogger(name).info("Hello")
    assert lines() == []
    assert not logging.getLogger(name).isEnabledFor(logging.DEBUG)


class Time:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def record(name: str, message: str, *arguments: object, failed: bool = False) -> logging.LogRecord:
    exc_info = (ValueError, ValueError(), None) if failed else None
    return logging.LogRecord(name, logging.ERROR, "x.py", 1, message, arguments, exc_info)


def test_what_a_library_says_a_hundred_times_is_said_once_and_counted():
    clock = Time()
    thinned = Thinned(clock)
    passed = [thinned.filter(record("aiokafka", "Unable connect to node %s", 7)) for _ in range(100)]
    assert passed == [True] + [False] * 99
    assert thinned.filter(record("aiokafka", "Unable connect to node %s", 8))
    clock.now += SAME_AFTER
    again = record("aiokafka", "Unable connect to node %s", 7)
    assert thinned.filter(again)
    assert again.left_out == 99
    clock.now += SAME_AFTER
    after = record("aiokafka", "Unable connect to node %s", 7)
    assert thinned.filter(after)
    assert not hasattr(after, "left_out")


def test_another_message_another_logger_and_every_exception_pass():
    thinned = Thinned(Time())
    for name, message in [("aiokafka", "a"), ("aiokafka", "b"), ("aiokafka.consumer", "a")]:
        assert thinned.filter(record(name, message))
    for name in ("streams.engine", "asyncio"):
        assert all(thinned.filter(record(name, "same")) for _ in range(3))
    assert all(thinned.filter(record("aiokafka", "a", failed=True)) for _ in range(3))


def test_the_log_has_one_of_the_same(lines):
    for _ in range(3):
        logging.getLogger("aiokafka").error("Unable connect to node %s", 1)
    assert [line["message"] for line in lines()] == ["Unable connect to node 1"]


def test_messages_with_their_particulars_in_them_take_no_memory_without_end():
    thinned = Thinned(Time())
    for number in range(5_000):
        assert thinned.filter(record("aiokafka", f"node {number}"))
    assert len(thinned._said) <= 1_000


def test_text_is_for_people():
    stream = io.StringIO()
    configure_logs("text", stream)
    structlog.get_logger("engine").info("partition_opened", partition=3)
    assert "partition_opened" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def test_where_standard_error_is_no_terminal_it_is_json():
    stream = io.StringIO()
    configure_logs(None, stream)
    structlog.get_logger("engine").info("hello")
    assert json.loads(stream.getvalue())["event"] == "hello"


def test_another_style_is_refused_with_a_sentence():
    with pytest.raises(ValueError, match="ORDERHERALD_LOG must be json or text, not xml"):
        configure_logs("xml")
