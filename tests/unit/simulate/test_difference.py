"""Two runs of one history: what the second gains, loses, moves and words otherwise."""

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
    assert list(told([])) == ["0 gained, 0 lost, 0 moved, 0 reworded"]


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
        "moved    2026-03-05T10:00:00Z acme:1 shipped email (to test@example.com)",
    ]


def test_only_what_has_its_place_in_both_can_be_reworded():
    before = [message("n-1"), message("n-2", "delay"), message("n-3", "delivered")]
    after = [message("n-1"), message("n-2", "delay", at="2026-03-06T08:00:00Z"), message("n-9", "delivered")]
    asked = []

    def same(old, new):
        asked.append((old.notification_id, new.notification_id))
        return False

    assert [(each.what, each.kind) for each in compare(before, after, same=same)] == [
        ("reworded", "shipped"),
        ("moved", "delay"),
    ]
    assert asked == [("n-1", "n-1")]


def simulated(events: Path, out: Path, policy: Path, *more: str) -> int:
    return main(["simulate", "--events", str(events), "--out", str(out), "--config", str(policy), *more])


def test_another_wording_and_other_tickets_are_told_too(tmp_path: Path, capsys):
    events, plain, other = (tmp_path / name for name in ("events.jsonl", "plain.toml", "other.toml"))
    events.write_bytes(placed() + b"\n")
    plain.write_text('[brands.acme]\nname = "Acme"\n')
    other.write_text('[brands.acme]\nname = "Acme and Sons"\n[limits]\nlimit_ticket_before = "10d"\n')
    until = "--until", "2026-04-20T00:00:00Z"
    assert simulated(events, tmp_path / "before", plain, *until) == 0
    capsys.readouterr()
    assert simulated(events, tmp_path / "after", other, *until, "--diff", str(tmp_path / "before")) == 0
    told, _, asked = capsys.readouterr().out.partition("tickets:\n")
    assert "reworded 2026-03-05T10:00:00Z acme:1001 order_confirmation email" in told.splitlines()
    assert asked.splitlines()[:2] == ["0 gained, 0 lost, 1 moved, 0 reworded", "  delivery_limit: 1 moved"]
    next((tmp_path / "before" / "mail").iterdir()).unlink()
    assert main(["simulate", "--out", str(tmp_path / "after"), "--diff", str(tmp_path / "before")]) == 2
    assert "is gone" in capsys.readouterr().err


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
        "0 gained, 1 lost, 0 moved, 0 reworded",
        "  order_confirmation: 1 lost",
        "lost     2026-03-05T10:00:00Z acme:1001 order_confirmation email (kind_off)",
    ]
    assert main(["simulate", "--out", before, "--diff", before]) == 0
    assert capsys.readouterr().out == "0 gained, 0 lost, 0 moved, 0 reworded\n"
    assert main(["simulate", "--out", before]) == 2
    assert main(["simulate", "--out", before, "--diff", str(tmp_path / "none")]) == 2
