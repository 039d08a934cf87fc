"""The run itself, with small agents of the test's own: what arrives when, what is written, and where."""

import datetime as dt
import gzip
import io
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from streams.domain.effects import Claim, Granted, Ready
from streams.domain.notes import Attempted, Content
from streams.domain.ports import Mail, SendError, Sms
from streams.engine.api import Folded, Local, Out, Record, Rows
from streams.simulate import Parts, SourceError, simulate, together
from streams.simulate.report import DRAFTS
from streams.simulate.source import read_line

START = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)


def at(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


class Errand(msgspec.Struct, frozen=True):
    key: bytes
    item: Any


class Clerk:
    """Says each event back by mail and SMS, a minute later once more; sets aside what it can't read."""

    name = "clerk"
    inputs: tuple[str, ...] = ("orders", "customers", "shipments", "suppliers", "answers")
    has_rows = True

    def __init__(self, senders: Any) -> None:
        self._senders = senders

    def fold(self, record: Record | Local, rows: Rows, now: float) -> Folded:
        if isinstance(record, Local):
            return self._claimed(record.key, record.item, now)
        if record.topic == "answers":
            answer = json.loads(record.value or b"")
            if answer["result"] == "failed":
                return Folded((ticket(answer["reason"], now),))
            return Folded()
        try:
            event = json.loads(record.value or b"")
            name = event["id"]
        except (ValueError, TypeError, KeyError):
            text = (record.value or b"").decode("utf-8", "replace")
            return Folded((Out("dead-letters", None, dead_letter("not_json", text, now)),))
        if name == "crash":
            raise ValueError("as it was asked")
        rows.set(name.encode(), {"name": name, "due": None if event.get("fired") else now + 60})
        outs = [Out("timelines", name.encode(), json.dumps({"order_id": name, "at": now}).encode())]
        if event.get("quiet"):
            return Folded((*outs, suppressed(name, now)))
        keys = [f"{name}@{now:.0f}:{channel}" for channel in ("email", "sms")]
        return Folded(outs, [Errand(name.encode(), ready(key, now)) for key in keys])

    def _claimed(self, key: bytes, item: Any, now: float) -> Folded:
        assert isinstance(item, Granted)
        return Folded((), [Errand(key, claim(key.decode(), item.message_key, now))])

    def refuse(self, record: Record, error: Exception) -> Iterable[Out]:
        raise error

    def encode(self, row: Any) -> bytes:
        return json.dumps(row).encode()

    def decode(self, data: bytes) -> Any:
        return json.loads(data)

    def due(self, row: Any) -> float | None:
        due: float | None = row["due"]
        return due

    def wake(self, key: bytes, due: float) -> Out:
        return Out("orders", key, json.dumps({"id": key.decode(), "fired": True}).encode())

    def opened(self, partition: int, submit: Any) -> None:
        self._senders.opened(partition, submit)

    def closing(self, partition: int) -> None:
        self._senders.closing(partition)

    async def drained(self, partition: int) -> None:
        return

    def after(self, partition: int, done: Sequence[Any]) -> None:
        self._senders.after(partition, done)


def dead_letter(reason: str, text: str, now: float) -> bytes:
    return json.dumps({"reason": reason, "event": text, "detail": "why", "at": at(now).isoformat()}).encode()


def ticket(summary: str, now: float) -> Out:
    body = {"ticket_id": "t", "order_id": None, "shop": "s", "kind": "mail_bounced", "summary": summary}
    times = {"at": at(now).isoformat(), "due_at": at(now).isoformat()}
    return Out("tickets", None, json.dumps(body | times).encode())


def suppressed(name: str, now: float) -> Out:
    data = {"order_id": name, "kind": "delay", "reason": "cap", "notification_id": "n", "because": [name]}
    event = {"type": "notification.suppressed", "time": at(now).isoformat(), "data": data}
    return Out("notification-outcomes", None, json.dumps(event).encode())


def ready(key: str, now: float) -> Ready:
    return Ready(key, "s", "sms" if key.endswith("sms") else "email", at(now))


def claim(name: str, key: str, now: float) -> Claim:
    channel = ready(key, now).channel
    return Claim(
        notification_id=f"n-{name}",
        message_key=key,
        attempt=1,
        channel=channel,
        provider=None,
        to="ann@example.com" if channel == "email" else "+48600000000",
        intended_for="ann@example.com",
        customer_id="c",
        order_id=name,
        shop="s",
        kind="shipped",
        locale="en",
        timezone="UTC",
        country="PL",
        customer_name=None,
        address=None,
        content=Content(number=name, order_state="placed"),
        because=(name,),
        caused_at=at(now),
        decided_at=at(now),
        claimed_at=at(now),
        lease_until=at(now + 60),
    )


class Paper:
    """Renders everything but orders whose name begins with `bad`."""

    def mail(self, claim: Claim) -> Mail:
        if claim.order_id.startswith("bad"):
            raise SendError("template", permanent=True)
        return Mail(f"{claim.order_id} {claim.claimed_at}".encode(), "", "", "", f"S {claim.order_id}", "")

    def sms(self, claim: Claim) -> Sms:
        return Sms(f"żółw {claim.order_id}", None, "", 2, "")


def answer(answer: Attempted, claim: Claim, now: float) -> Out:
    return Out("answers", claim.customer_id.encode(), msgspec.json.encode(answer))


def parts() -> Parts:
    return Parts(lambda senders: [Clerk(senders)], answer, Paper)


def event(name: str, seconds: float, **more: Any) -> str:
    time = (START + dt.timedelta(seconds=seconds)).isoformat()
    return json.dumps({"id": name, "type": "order.placed", "time": time, **more})


def told(tmp_path: Path, *lines: str | bytes, until: float | None = None, processes: int = 1) -> Path:
    events, out = tmp_path / "events.jsonl", tmp_path / f"out-{processes}"
    events.write_bytes(b"\n".join(each.encode() if isinstance(each, str) else each for each in lines) + b"\n")
    stop = None if until is None else START + dt.timedelta(seconds=until)
    simulate(str(events), out, parts, until=stop, processes=processes)
    return out


def read(out: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / f"{name}.jsonl").read_text().splitlines()]


def sent(out: Path) -> list[tuple[str, str, float]]:
    return [
        (
            each["order_id"],
            each["channel"],
            (dt.datetime.fromisoformat(each["sent_at"]) - START).total_seconds(),
        )
        for each in read(out, "messages")
    ]


def test_the_clock_jumps_from_arrival_to_arrival_and_fires_what_falls_between(tmp_path: Path) -> None:
    out = told(tmp_path, event("a", 0), event("b", 90), event("c", 100))
    assert sent(out) == [
        (name, channel, seconds)
        for name, seconds in (("a", 0), ("a", 60), ("b", 90), ("c", 100))
        for channel in ("email", "sms")
    ]


def test_at_the_end_the_clock_runs_on_to_until_and_no_further(tmp_path: Path) -> None:
    assert {seconds for _, _, seconds in sent(told(tmp_path, event("a", 0), until=59))} == {0}
    assert {seconds for _, _, seconds in sent(told(tmp_path, event("a", 0), until=60))} == {0, 60}


def test_until_before_the_last_arrival_stops_there(tmp_path: Path) -> None:
    out = told(tmp_path, event("a", 0), event("b", 10), event("c", 5), until=7)
    assert {name for name, _, _ in sent(out)} == {"a"}


def test_arrivedat_is_the_arrival_where_it_is_given(tmp_path: Path) -> None:
    late = (START + dt.timedelta(seconds=40)).isoformat()
    assert {s for _, _, s in sent(told(tmp_path, event("a", 0, arrivedat=late)))} == {40}


def test_a_line_that_would_arrive_before_the_clock_arrives_at_the_clock(tmp_path: Path) -> None:
    assert [s for _, _, s in sent(told(tmp_path, event("a", 30), event("b", 10)))] == [30, 30, 30, 30]


def test_lines_of_one_arrival_are_folded_before_a_timer_that_is_due_then(tmp_path: Path) -> None:
    out = told(tmp_path, event("a", 0), event("b", 60), event("c", 60))
    assert [name for name, channel, _ in sent(out) if channel == "email"] == ["a", "b", "c", "a"]


@pytest.mark.parametrize(
    "line",
    [b"{not json", b'"text"', b"[]", b"\xff\xfe\x00", b'{"id": "x", "time": "yesterday"'],
)
def test_an_unreadable_line_is_one_dead_letter_and_the_run_goes_on(tmp_path: Path, line: bytes) -> None:
    out = told(tmp_path, event("a", 0), line, event("b", 10))
    assert [each["reason"] for each in read(out, "dead-letters")] == ["not_json"]
    assert {name for name, _, _ in sent(out)} == {"a", "b"}


def test_unreadable_lines_before_the_first_event_arrive_with_it(tmp_path: Path) -> None:
    out = told(tmp_path, b"{", event("a", 0))
    assert read(out, "dead-letters")[0]["at"].startswith("2026-03-02T09:00:00")


def test_a_time_without_offset_does_not_move_the_clock(tmp_path: Path) -> None:
    out = told(tmp_path, event("a", 0), '{"id": "b", "type": "order.placed", "time": "2030-01-01T00:00:00"}')
    assert [s for _, _, s in sent(out)] == [0, 0, 0, 0]


@pytest.mark.parametrize("field", ["time", "arrivedat"])
def test_a_time_that_no_calendar_reaches_does_not_move_the_clock(tmp_path: Path, field: str) -> None:
    out = told(tmp_path, event("a", 0), event("b", 5, **{field: "9999-12-31T23:59:59-10:00"}), event("c", 10))
    assert {name: seconds for name, _, seconds in sent(out)} == {"a": 0, "b": 0, "c": 10}


def test_empty_lines_and_a_byte_order_mark_are_no_events(tmp_path: Path) -> None:
    out = told(tmp_path, b"\xef\xbb\xbf" + event("a", 0).encode(), b"", b"  ", event("b", 1))
    assert read(out, "dead-letters") == []
    assert json.loads((out / "summary.json").read_text())["events"] == 2


def test_every_line_has_the_fields_of_the_contract(tmp_path: Path) -> None:
    out = told(tmp_path, event("a", 0), event("q", 1, quiet=True), b"{")
    mail, sms = read(out, "messages")
    assert mail == {
        "notification_id": "n-a",
        "order_id": "a",
        "kind": "shipped",
        "channel": "email",
        "to": "ann@example.com",
        "locale": "en",
        "decided_at": "2026-03-02T09:00:00Z",
        "sent_at": "2026-03-02T09:00:00Z",
        "because": ["a"],
        "subject": "S a",
        "file": "mail/0000001-shipped.eml",
    }
    assert (sms["segments"], sms["file"]) == (2, "sms/0000002-shipped.txt")
    assert (out / sms["file"]).read_bytes() == "żółw a".encode()
    assert (out / mail["file"]).read_bytes().startswith(b"a 2026-03-02")
    (held,) = read(out, "suppressed")
    assert (held["order_id"], held["kind"], held["reason"]) == ("q", "delay", "cap")
    assert dt.datetime.fromisoformat(held["at"]) == START + dt.timedelta(seconds=1)
    (letter,) = read(out, "dead-letters")
    assert (letter["reason"], letter["event"]) == ("not_json", "{")


def test_a_timeline_is_written_once_as_it_was_last_in_order_of_first_appearance(tmp_path: Path) -> None:
    out = told(tmp_path, event("z", 0), event("a", 1), event("z", 2))
    assert [(each["order_id"], each["at"]) for each in read(out, "timelines")] == [
        ("z", START.timestamp() + 2),
        ("a", START.timestamp() + 1),
    ]


def test_the_summary_counts_everything(tmp_path: Path) -> None:
    out = told(tmp_path, event("a", 0), event("q", 0, quiet=True), b"{")
    assert json.loads((out / "summary.json").read_text()) == {
        "events": 3,
        "orders": 2,
        "messages": 2,
        "kinds": {"shipped": 2},
        "channels": {"email": 1, "sms": 1},
        "suppressed": {"cap": 1},
        "tickets": {},
        "dead_letters": {"not_json": 1},
    }


def test_a_message_that_cannot_be_rendered_was_never_sent(tmp_path: Path) -> None:
    out = told(tmp_path, event("bad-1", 0), event("good", 1), event("bad-2", 2))
    mails = [each for each in read(out, "messages") if each["channel"] == "email"]
    assert [each["order_id"] for each in mails] == ["good"]
    assert [each["summary"] for each in read(out, "tickets")] == ["template", "template"]
    assert sorted(each.name for each in (out / "mail").iterdir()) == [Path(mails[0]["file"]).name]


def test_the_files_are_the_same_whatever_the_number_of_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(together, "WORTHWHILE", 1)
    # Twice at each second, so that timers of several shares fall due at once, and some lines out of order.
    times = [n // 2 if n % 10 else n // 2 - 30 for n in range(300)]
    names = [f"{'bad-' if n % 7 == 0 else ''}{n % 50}" for n in range(300)]
    lines = [event(name, seconds, subject=name) for name, seconds in zip(names, times, strict=True)]
    one, three = told(tmp_path, *lines), told(tmp_path, *lines, processes=3)
    files = sorted(each.relative_to(one) for each in one.rglob("*.*"))
    assert len(files) > 300
    assert files == sorted(each.relative_to(three) for each in three.rglob("*.*"))
    assert all((one / each).read_bytes() == (three / each).read_bytes() for each in files)


def test_a_share_that_fails_is_not_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "WORTHWHILE", 1)
    lines = [event(name, 0, subject=name) for name in ("a", "b", "a", "crash")]
    with pytest.raises(ValueError, match="as it was asked"):
        told(tmp_path, *lines, processes=2)
    assert not (tmp_path / "out-2" / DRAFTS).exists()


def test_what_an_earlier_run_left_is_cleared_and_nothing_else(tmp_path: Path) -> None:
    out = told(tmp_path, event("a", 0), event("b", 1))
    (out / "mail" / "notes.txt").write_text("mine")
    told(tmp_path, event("a", 0))
    assert sorted(each.name for each in (out / "mail").iterdir()) == ["0000001-shipped.eml", "notes.txt"]


def test_a_packed_file_and_standard_input_are_read_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = told(tmp_path, event("a", 0), event("b", 70))
    packed = tmp_path / "events.jsonl.gz"
    packed.write_bytes(gzip.compress((tmp_path / "events.jsonl").read_bytes()))
    simulate(str(packed), tmp_path / "packed", parts)
    for data in (packed.read_bytes(), (tmp_path / "events.jsonl").read_bytes()):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        simulate("-", tmp_path / "piped", parts)
        for name in ("messages.jsonl", "timelines.jsonl", "summary.json"):
            assert (tmp_path / "packed" / name).read_bytes() == (plain / name).read_bytes()
            assert (tmp_path / "piped" / name).read_bytes() == (plain / name).read_bytes()


def test_an_empty_history_makes_empty_files(tmp_path: Path) -> None:
    out = told(tmp_path, b"", until=5)
    assert {(out / f"{name}.jsonl").read_bytes() for name in ("messages", "timelines", "tickets")} == {b""}


def test_a_file_that_is_missing_or_broken_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="can't be read: No such file"):
        simulate(str(tmp_path / "none"), tmp_path / "out", parts)
    broken = tmp_path / "broken.gz"
    broken.write_bytes(gzip.compress(event("a", 0).encode() * 100)[:-20])
    with pytest.raises(SourceError, match="to its end"):
        simulate(str(broken), tmp_path / "out", parts)


def test_progress_is_told_in_bytes_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text("\n".join(event("a", n / 100, quiet=True) for n in range(2001)))
    seen: list[int] = []

    def begun(size: int) -> Any:
        assert size == file.stat().st_size
        return seen.append

    simulate(str(file), tmp_path / "out", parts, watch=begun)
    assert len(seen) == 3
    assert all(0 < each <= file.stat().st_size for each in seen)


@pytest.mark.parametrize(
    ("kind", "topic"),
    [
        ("order.placed", "orders"),
        ("return.declared", "orders"),
        ("complaint.filed", "orders"),
        ("shipment.status", "shipments"),
        ("supplier.ordered", "suppliers"),
        ("customer.consent", "customers"),
        ("feedback.given", "customers"),
        ("weather.changed", "orders"),
    ],
)
def test_each_type_comes_in_by_its_own_topic(kind: str, topic: str) -> None:
    assert read_line(json.dumps({"type": kind, "time": "2026-03-02T09:00:00+01:00"}).encode()).topic == topic
