"""Two runs of one history: what the second gains, loses and moves."""

from pathlib import Path

import msgspec
import pytest

from streams.__main__ import main
from streams.simulate.difference import Message, NoRunError, compare, messages, told
from tests.agents.events import placed

replace = msgspec.structs.replace


def message(name="n-1", kind="shipped", at="2026-03-05T10:00:00Z", **fields):
    base = {"order_id": "acme:1", "channel": "email", "to": "ann@example.com"}
    return Message(notification_id=name, kind=kind, sent_at=at, **(base | fields))


def lines(changes):
    return [(each.what, each.kind, each.sent_at, each.before) for each in changes]


def test_the_same_run_differs_in_nothing():
    run = [message(), message("n-1", channel="sms"), message("n-2", "delay")]
    assert compare(run, run) == []
    assert list(told([])) == ["0 gained, 0 lost, 0 moved"]


def test_what_only_one_run_has_is_gained_or_lost():
    before, after = message("n-1", "delay"), message("n-2", "delivered")
    assert lines(compare([before], [after])) == [
        ("lost", "delay", before.sent_at, None),
        ("gained", "delivered", after.sent_at, None),
    ]


def test_the_same_message_at_another_time_has_moved():
    later = "2026-03-06T08:00:00Z"
    assert lines(compare([message()], [message(at=later)])) == [
        ("moved", "shipped", later, message().sent_at)
    ]


def test_a_message_whose_cause_has_changed_is_still_the_same_to_its_reader():
    before = [message("n-1", "delay"), message("n-2", "delay", order_id="acme:2")]
    after = [message("n-9", "delay"), message("n-2", "delay", order_id="acme:2")]
    assert compare(before, after) == []


def test_another_address_is_a_move_too():
    [change] = compare([message()], [message(to="test@example.com")])
    assert (change.what, change.before, change.to) == ("moved", None, "test@example.com")
    assert list(told([change]))[1:] == [
        "  shipped: 1 moved",
        "moved  2026-03-05T10:00:00Z acme:1 shipped email (to test@example.com)",
    ]


def test_what_is_no_run_is_one_sentence(tmp_path: Path):
    with pytest.raises(NoRunError, match="no run of simulate lies there"):
        messages(tmp_path)
    (tmp_path / "messages.jsonl").write_text("{}\n")
    with pytest.raises(NoRunError, match="isn't what simulate writes"):
        messages(tmp_path)


def test_the_command_shows_what_a_change_of_policy_would_have_done(tmp_path: Path, capsys):
    events, policy = tmp_path / "events.jsonl", tmp_path / "policy.toml"
    events.write_bytes(placed() + b"\n")
    policy.write_text("[kinds.order_confirmation]\nenabled = false\n")
    before, after = str(tmp_path / "before"), str(tmp_path / "after")
    assert main(["simulate", "--events", str(events), "--out", before]) == 0
    capsys.readouterr()
    changed = ["simulate", "--events", str(events), "--out", after, "--config", str(policy)]
    assert main([*changed, "--diff", before]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "0 gained, 1 lost, 0 moved",
        "  order_confirmation: 1 lost",
        "lost   2026-03-05T10:00:00Z acme:1001 order_confirmation email (kind_off)",
    ]
    assert main(["simulate", "--out", before, "--diff", before]) == 0
    assert capsys.readouterr().out == "0 gained, 0 lost, 0 moved\n"
    assert main(["simulate", "--out", before]) == 2
    assert main(["simulate", "--out", before, "--diff", str(tmp_path / "none")]) == 2
