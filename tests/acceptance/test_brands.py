"""One history in two shops, one of which has its own caps, waits, clocks and days of rest."""

import pytest

from tests.acceptance.history import History, line
from tests.acceptance.runner import Outcome, lines_of, minute, simulate

CONFIG = """
[brands.own.limits]
per_order_a_day = 3
pickup_reminders = ["36h"]
send_back_remind_before = "6d"
refund_ticket_before = "2d"
complaint_tickets_before = ["3d"]
stock_ticket_after = "2h"
stock_answer_within = "6h"
check_after_days = 1
tickets_due_in = "4h"
[brands.own.jurisdictions.PL]
send_back = 20
refund = 10
[brands.own.calendars.PL]
closed = [2026-03-10]
"""
SHOPS = ("acme", "own")


def told(shop: str) -> list[History]:
    """Of every shop the same."""

    def order(name: str) -> History:
        return History(f"{name}-{shop}", shop=shop).placed("03-02 10:00")

    def sent(name: str) -> History:
        return order(name).parcel("03-02 11:00").scan("03-02 12:00", "accepted")

    waits = {"point": "WAW01M", "code": "1", "deadline": "2026-03-08T18:00:00+01:00"}
    busy = order("busy")
    for number, hour in enumerate(("09", "11", "13", "15", "17"), 2):
        busy.say(f"03-03 {hour}:00", "order.changed", lines=[line("l1", number), line("l2")])
    return [
        busy,
        sent("waits").scan("03-04 10:00", "ready_for_pickup", pickup=waits),
        sent("check").scan("03-09 10:00", "delivered", delivered_to="mailbox"),
        sent("back")
        .scan("03-03 10:00", "delivered", delivered_to="recipient")
        .say("03-04 10:00", "return.declared", return_id=f"r-{shop}", kind="withdrawal"),
        sent("bad")
        .scan("03-03 10:00", "delivered", delivered_to="recipient")
        .say("03-04 10:00", "complaint.filed", complaint_id=f"k-{shop}", kind="damaged"),
        order("none")
        .say(
            "03-02 11:00", "supplier.ordered", supplier_id="s", supplier_order_id=f"s-{shop}", line_ids=["l1"]
        )
        .say(
            "03-02 12:00",
            "supplier.out_of_stock",
            supplier_order_id=f"s-{shop}",
            line_ids=["l1"],
            place=False,
        ),
        sent("lost").scan("03-04 10:00", "lost"),
    ]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("brands")
    (folder / "brands.toml").write_text(CONFIG, encoding="utf-8")
    lines = lines_of(each for shop in SHOPS for each in told(shop))
    return simulate(folder, lines, "03-30 12:00", "--config", str(folder / "brands.toml"))


def mails(out: Outcome, name: str, kind: str) -> list[list[str]]:
    """When each shop's customer had them, a list for each shop."""
    return [
        [
            minute(row["sent_at"])
            for row in out.rows("messages.jsonl", f"{shop}:{name}-{shop}")
            if row["kind"] == kind
        ]
        for shop in SHOPS
    ]


def tickets(out: Outcome, name: str, kind: str) -> list[list[tuple[str, str]]]:
    """Opened and due, a list for each shop."""
    return [
        [(at, due) for found, at, due in out.tickets(f"{shop}:{name}-{shop}") if found == kind]
        for shop in SHOPS
    ]


def test_caps(out: Outcome) -> None:
    counts = [
        len(
            {
                row["notification_id"]
                for row in out.rows("messages.jsonl", f"{shop}:busy-{shop}")
                if "-03T" in row["sent_at"]
            }
        )
        for shop in SHOPS
    ]
    assert counts == [4, 3]


def test_reminders(out: Outcome) -> None:
    assert mails(out, "waits", "pickup_reminder") == [["03-06 18:00", "03-07 18:00"], ["03-07 08:00"]]
    assert mails(out, "back", "return_reminder") == [["03-14 08:00"], ["03-18 08:00"]]


def test_business_days_leave_out_the_shops_own_days_of_rest(out: Outcome) -> None:
    assert mails(out, "check", "delivery_check") == [["03-12 10:00"], ["03-11 10:00"]]


def test_tickets(out: Outcome) -> None:
    assert tickets(out, "lost", "carrier_problem") == [
        [("03-04 10:00", "03-05 10:00")],
        [("03-04 10:00", "03-04 14:00")],
    ]
    assert tickets(out, "none", "out_of_stock_unanswered") == [
        [("03-02 20:00", "03-03 00:00")],
        [("03-02 14:00", "03-02 18:00")],
    ]
    assert tickets(out, "back", "refund_due") == [
        [("03-14 00:00", "03-19 00:00")],
        [("03-12 00:00", "03-15 00:00")],
    ]
    assert [[at for at, _ in each] for each in tickets(out, "bad", "complaint_undecided")] == [
        ["03-11 00:00", "03-14 00:00", "03-17 00:00"],
        ["03-15 00:00"],
    ]
