"""`check` without a broker: what it says of the configuration, the senders and the templates."""

from pathlib import Path
from typing import Any

import pytest

from streams.__main__ import main
from streams.commands.check import SHOWN, Finding
from streams.commands.check_kafka import topic_lines, wanted
from streams.engine.config import EngineConfig

CONFIG = EngineConfig(brokers="127.0.0.1:1", prefix="p.")


@pytest.fixture
def checked(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    def _checked(text: str, tmp_path: Path, broken: list[str] | None = None) -> tuple[int, list[str]]:
        monkeypatch.setattr("streams.commands.check.problems", lambda _templates: broken or [])
        config = tmp_path / "orderherald.toml"
        config.write_text(text)
        status = main(["check", "--config", str(config)])
        return status, capsys.readouterr().out.splitlines()

    return _checked


def test_it_says_how_each_brand_delivers(checked: Any, tmp_path: Path) -> None:
    _, out = checked('[brands.a]\ndelivery = "live"\nmail_from = "a@example.com"\n[brands.b]\n', tmp_path)
    assert "ok    delivery of a: live: its customers are written to" in out
    assert any(line.startswith("ok    delivery of b: off: NOTHING IS SENT") for line in out)


def test_a_brand_that_would_send_without_a_sender_or_provider_is_wrong(checked: Any, tmp_path: Path) -> None:
    status, out = checked('[brands.a]\ndelivery = "live"\n', tmp_path)
    assert status == 1
    assert any(line.startswith("wrong brands.a.mail_from: missing") for line in out)
    assert any(line.startswith("wrong providers: none") for line in out)


def test_a_missing_broker_is_wrong_whether_unset_or_unreachable(
    checked: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert any(
        line.startswith("wrong kafka: ORDERHERALD_BROKERS is not") for line in checked("", tmp_path)[1]
    )
    monkeypatch.setenv("ORDERHERALD_BROKERS", "127.0.0.1:1")
    _, out = checked("", tmp_path)
    assert "wrong kafka: no broker answers at 127.0.0.1:1; is the address right, and is it up?" in out


def test_a_provider_that_does_not_answer_is_wrong_with_what_to_do(checked: Any, tmp_path: Path) -> None:
    _, out = checked('smtp_url = "smtp://user:hush@127.0.0.1:1"', tmp_path)
    assert "wrong provider smtp: connect_refused; nothing listens there; is the port right?" in out
    assert "hush" not in "".join(out)


def test_templates_that_fail_are_told_but_not_all_of_them(checked: Any, tmp_path: Path) -> None:
    status, out = checked("", tmp_path, [f"kind {n} fails" for n in range(SHOWN + 5)])
    told = [line for line in out if line.startswith("wrong template")]
    assert status == 1
    assert len(told) == SHOWN + 1
    assert told[-1] == "wrong templates: 5 more like these"


def test_a_finding_is_one_line() -> None:
    assert str(Finding("kafka", note="3 brokers answer")) == "ok    kafka: 3 brokers answer"
    assert str(Finding("kafka", "gone; start it")) == "wrong kafka: gone; start it"


def test_a_topic_cut_otherwise_than_its_changelog_is_wrong() -> None:
    counts = dict.fromkeys(wanted(CONFIG), 4) | {"p.order-events": 8, "p.orders": 8}
    (line,) = topic_lines(CONFIG, counts, wanted(CONFIG))
    assert line[0] == "topic p.order-events"
    assert "has 8 partitions, but p.orderherald-timeline-order-events-changelog has 4" in str(line[1])


def test_topics_that_nobody_may_create_are_wrong_where_they_are_missing() -> None:
    config = EngineConfig(brokers="127.0.0.1:1", create_topics=False)
    (line,) = topic_lines(config, {}, {})
    assert "missing: timelines" in str(line[1])
