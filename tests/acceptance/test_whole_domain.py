"""Suppliers, returns, complaints and what comes after delivery, by histories."""

from typing import Any

import pytest

from tests.acceptance.history import History, line, local, money
from tests.acceptance.runner import Book, Outcome, lines_of, minute, simulate, words

BOOK = Book()
tell, expect = BOOK.tell, BOOK.expect

CONFIRMED = ("order_confirmation", "email", "03-05 10:00")
SENT_OFF = ("shipped", "email", "03-06 16:45")
ARRIVED = ("delivered", "email", "03-09 13:00")
ALL = [
    {"purpose": each, "given_at": local("03-05 09:59").isoformat(), "proof": "checkbox"}
    for each in ("reviews", "surveys", "tips")
]


def plain(name: str, country: str = "PL", /, **more: Any) -> History:
    return tell(name, country).placed("03-05 10:00", **more)


def sent(name: str, country: str = "PL", /, **more: Any) -> History:
    return plain(name, country, **more).parcel("03-06 09:00").scan("03-06 16:00", "accepted")


def got(name: str, country: str = "PL", /, to: str | None = "recipient", **more: Any) -> History:
    return sent(name, country, **more).scan(
        "03-09 13:00", "delivered", **({"delivered_to": to} if to else {})
    )


def ordered(
    name: str,
    country: str = "PL",
    /,
    lines: list[str] | None = None,
    promised: str | None = "2026-03-12",
    **more: Any,
) -> History:
    story = plain(name, country, promised=promised)
    return story.say(
        "03-05 11:00",
        "supplier.ordered",
        supplier_id="s-17",
        supplier_order_id=f"SO-{name}",
        line_ids=lines or ["l1", "l2"],
        **more,
    )


def at(when: str) -> str:
    return local(when).isoformat()


# Suppliers: an internal deadline missed is a ticket; a promise at risk is a message.
ordered("silent-safe", acknowledge_by=at("03-06 11:00"), promised="2026-03-30")
ordered("silent-risk", dispatch_by=at("03-11 12:00"))
ordered("delayed-safe", dispatch_by=at("03-09 12:00"), promised="2026-03-30").say(
    "03-06 11:00", "supplier.delayed", supplier_order_id="SO-delayed-safe", dispatch_by=at("03-10 12:00")
)
ordered("delayed-risk", dispatch_by=at("03-09 12:00")).say(
    "03-06 11:00",
    "supplier.delayed",
    supplier_order_id="SO-delayed-risk",
    dispatch_by=at("03-19 12:00"),
    reason="no_stock",
)
ordered("backordered-risk", dispatch_by=at("03-09 12:00")).say(
    "03-06 11:00",
    "supplier.backordered",
    supplier_order_id="SO-backordered-risk",
    line_ids=["l1"],
    expected_at="2026-03-20",
)
ordered("backordered-then-sent", dispatch_by=at("03-09 12:00")).say(
    "03-06 11:00",
    "supplier.backordered",
    supplier_order_id="SO-backordered-then-sent",
    line_ids=["l1"],
    expected_at="2026-03-20",
).parcel("03-06 12:00").scan("03-06 16:00", "accepted")
ordered("rejected", dispatch_by=at("03-09 12:00")).say(
    "03-06 11:00", "supplier.rejected", supplier_order_id="SO-rejected", reason="no_stock"
)
ALTERNATIVES = [{"sku": "alt-1", "title": "Better article", "unit_price": money("22.00")}]
for name, choice in (("wait", "wait"), ("alternative", "alternative:alt-1"), ("refund", "refund")):
    ordered(f"none-{name}").say(
        "03-06 11:00",
        "supplier.out_of_stock",
        supplier_order_id=f"SO-none-{name}",
        line_ids=["l1"],
        alternatives=ALTERNATIVES,
    ).say("03-06 15:00", "customer.choice", about=["l1"], choice=choice)
ordered("none-silent").say(
    "03-06 11:00",
    "supplier.out_of_stock",
    supplier_order_id="SO-none-silent",
    line_ids=["l1"],
    alternatives=ALTERNATIVES,
)
ordered("none-night").say(
    "03-06 23:00", "supplier.out_of_stock", supplier_order_id="SO-none-night", line_ids=["l1"]
)
ordered("short").say(
    "03-06 09:00",
    "supplier.dispatched",
    supplier_order_id="SO-short",
    carrier="inpost",
    tracking_number="SHORTA",
    lines=[{"line_id": "l1", "quantity": 1}],
).scan("03-06 16:00", "accepted")
ordered("kept", acknowledge_by=at("03-06 11:00"), dispatch_by=at("03-09 12:00")).say(
    "03-05 15:00", "supplier.accepted", supplier_order_id="SO-kept"
).say(
    "03-06 09:00",
    "supplier.dispatched",
    supplier_order_id="SO-kept",
    carrier="inpost",
    tracking_number="KEPTA",
).scan("03-06 16:00", "accepted").scan("03-09 13:00", "delivered")

# After delivery.
got("nothing-agreed")
got("agreed", consents=ALL)
got("agreed-late").say("03-10 10:00", "customer.consent", purpose="reviews", given=True, proof="form")
got("agreed-withdrawn", consents=ALL).say(
    "03-10 10:00", "customer.consent", purpose="reviews", given=False, proof="form"
).say("03-10 10:00", "customer.consent", purpose="surveys", given=False, proof="form").say(
    "03-10 10:00", "customer.consent", purpose="tips", given=False, proof="form"
)
got("agreed-returning", consents=ALL).say(
    "03-10 12:00", "return.declared", return_id="R-agreed-returning", kind="withdrawal"
)
got("agreed-complaining", consents=ALL).say(
    "03-10 12:00", "complaint.filed", complaint_id="C-agreed-complaining", kind="damaged"
)
got("agreed-disputing", consents=ALL).say(
    "03-10 12:00", "customer.choice", about=["l1", "l2"], choice="not_received"
)
plain("agreed-half", consents=ALL).parcel("03-06 09:00", "A", ["l1"]).scan("03-06 16:00", "accepted").scan(
    "03-09 13:00", "delivered"
)
got("agreed-again", consents=ALL)
BOOK.histories["agreed-again"].of = None
tell("agreed-second", of="c-agreed-again").placed("03-05 10:00", consents=ALL).parcel("03-06 09:00").scan(
    "03-06 16:00", "accepted"
).scan("03-10 13:00", "delivered")
for metric, low, high in (("csat", 2, 3), ("nps", 6, 7), ("ces", 5, 4)):
    got(f"low-{metric}").say("03-13 10:00", "feedback.given", metric=metric, score=low, comment="It squeaks")
    got(f"high-{metric}").say("03-13 10:00", "feedback.given", metric=metric, score=high)
got("left-outside", to="safe_place")
got("left-outside-there", to="safe_place").say(
    "03-10 10:00", "customer.choice", about=["l1", "l2"], choice="received"
)
got("disputed", to="safe_place").say(
    "03-09 18:00", "customer.choice", about=["l1", "l2"], choice="not_received"
)
got("handed-over")

# Returns.
got("returning").say(
    "03-12 22:30", "return.declared", return_id="R1", kind="withdrawal", line_ids=["l1"]
).say(
    "03-13 10:00",
    "return.instructions_sent",
    return_id="R1",
    label_url="https://example.com/label",
    ship_by="2026-03-26",
)
got("returned").say("03-12 12:00", "return.declared", return_id="R2", kind="withdrawal").say(
    "03-13 10:00", "return.instructions_sent", return_id="R2", ship_by="2026-03-26"
).say("03-16 10:00", "return.in_transit", place=False, return_id="R2").say(
    "03-18 10:00", "return.received", place=False, return_id="R2"
).say("03-19 10:00", "return.accepted", place=False, return_id="R2").say(
    "03-20 10:00", "order.refunded", return_id="R2", amount=money("40.00"), method="card"
)
got("return-rejected").say("03-12 12:00", "return.declared", return_id="R3", kind="defect").say(
    "03-18 10:00", "return.received", return_id="R3"
).say("03-19 10:00", "return.rejected", return_id="R3", reason="worn")
got("unrefunded").say("03-12 12:00", "return.declared", return_id="R4", kind="withdrawal").say(
    "03-16 10:00", "return.received", return_id="R4"
)
tell("return-first").say("03-18 10:00", "return.received", place=False, return_id="R5").placed(
    "03-05 10:00"
).parcel("03-06 09:00").scan("03-06 16:00", "accepted").scan("03-09 13:00", "delivered").say(
    "03-12 12:00", "return.declared", arrives="03-18 12:00", return_id="R5", kind="withdrawal"
)
plain("refund-only").say("03-06 12:00", "order.refunded", amount=money("20.00"), line_ids=["l1"])

# Complaints.
got("complaint").say(
    "03-10 22:00", "complaint.filed", complaint_id="C1", kind="not_as_described", text="It is green"
)
got("complaint-lt", "LT").say("03-10 12:00", "complaint.filed", complaint_id="C2", kind="other")
got("complaint-decided").say("03-10 12:00", "complaint.filed", complaint_id="C3", kind="damaged").say(
    "03-16 12:00",
    "complaint.decided",
    complaint_id="C3",
    decision="rejected",
    reasoning="It was used as a hammer.",
)
got("complaint-closed").say("03-10 12:00", "complaint.filed", complaint_id="C4", kind="damaged").say(
    "03-11 12:00", "complaint.closed", complaint_id="C4"
)

# Recalls, limits, forecasts.
got("recalled").say(
    "03-20 23:00",
    "order.recalled",
    advice="Stop using it.",
    url="https://example.com/recall",
    line_ids=["l1"],
)
got("recalled-off").say(
    "03-10 10:00", "customer.preferences", channels={"S": [], "T": [], "safety_recall": []}
).say("03-20 12:00", "order.recalled", advice="Stop using it.")
plain("never", promised=None)
sent("tomorrow").say("03-06 17:00", "customer.preferences", channels={"arriving_tomorrow": ["sms"]}).scan(
    "03-10 10:00", "in_transit", estimated_delivery={"earliest": "2026-03-11", "latest": "2026-03-11"}
)
sent("tomorrow-unasked").scan(
    "03-10 10:00", "in_transit", estimated_delivery={"earliest": "2026-03-11", "latest": "2026-03-11"}
)
sent("late-arrived").scan("03-10 10:00", "in_transit", estimated_delivery={"latest": "2026-03-18"}).scan(
    "03-18 13:00", "delivered", delivered_to="recipient"
)


plain("changed-back").say("03-05 12:00", "order.changed", lines=[line("l1")]).say(
    "03-05 12:02", "order.changed", lines=[line("l1"), line("l2")]
)
imported = (
    plain("imported", arrives="03-13 12:00")
    .parcel("03-06 09:00", arrives="03-13 12:00")
    .scan("03-06 16:00", "accepted", arrives="03-13 12:00")
    .scan("03-09 13:00", "delivered", arrives="03-13 12:00")
)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("whole")
    return simulate(folder, lines_of(BOOK.histories.values()), "04-30 00:00")


def kinds(out: Outcome, name: str) -> list[str]:
    return [row["kind"] for row in out.rows("messages.jsonl", BOOK.histories[name].order)]


def ticketed(out: Outcome, name: str) -> list[str]:
    return [kind for kind, _, _ in out.tickets(BOOK.histories[name].order)]


def when(out: Outcome, name: str, kind: str) -> list[str]:
    """Local minutes of each."""
    rows = out.rows("messages.jsonl", BOOK.histories[name].order)
    return [minute(row["sent_at"]) for row in rows if row["kind"] == kind]


@pytest.mark.parametrize("name", ["silent-safe", "delayed-safe"])
def test_an_internal_deadline_is_a_ticket_at_most(out: Outcome, name: str) -> None:
    assert when(out, name, "preship_delay") == [] or when(out, name, "preship_delay")[0] > "03-16"


@pytest.mark.parametrize("name", ["silent-safe", "silent-risk"])
def test_a_silent_supplier_is_a_ticket(out: Outcome, name: str) -> None:
    assert "supplier_silent" in ticketed(out, name)


def test_a_supplier_that_keeps_its_word_is_nobodys_business(out: Outcome) -> None:
    assert kinds(out, "kept") == ["order_confirmation", "shipped", "delivered"]
    assert ticketed(out, "kept") == []


@pytest.mark.parametrize("name", ["none-wait", "none-alternative", "none-refund"])
def test_a_choice_is_asked_once_and_no_ticket_follows_an_answer(out: Outcome, name: str) -> None:
    assert kinds(out, name).count("out_of_stock_choice") == 2
    assert "out_of_stock_unanswered" not in ticketed(out, name)


def test_an_unanswered_choice_is_a_ticket_after_eight_hours(out: Outcome) -> None:
    assert ("out_of_stock_unanswered", "03-06 19:00", "03-06 23:00") in out.tickets("acme:none-silent")


def test_an_alternative_is_offered_with_its_price_and_the_supplier_is_not_named(out: Outcome) -> None:
    text = out.text("acme:none-silent", "out_of_stock_choice")
    assert "Better article" in text
    assert "22.00" in text
    assert "SO-none" not in text
    assert "s-17" not in text


def test_a_short_shipment_says_what_is_still_to_come(out: Outcome) -> None:
    text = out.text("acme:short", "shipped")
    assert text.index("Article l1") < text.index("Still to come") < text.index("Article l2")


ASKED = {"survey", "review_request"}


@pytest.mark.parametrize("name", ["nothing-agreed", "agreed-withdrawn"])
def test_nobody_is_asked_who_has_not_agreed(out: Outcome, name: str) -> None:
    assert not (ASKED | {"care_tips"}) & set(kinds(out, name))


@pytest.mark.parametrize(
    "name", ["agreed-returning", "agreed-complaining", "agreed-disputing", "agreed-half"]
)
def test_nobody_is_asked_while_something_is_open(out: Outcome, name: str) -> None:
    assert not ASKED & set(kinds(out, name))


@pytest.mark.parametrize("metric", ["csat", "nps", "ces"])
def test_a_low_score_is_a_ticket_within_the_hour_and_a_high_one_none(out: Outcome, metric: str) -> None:
    assert ("low_score", "03-13 10:00", "03-13 11:00") in out.tickets(f"acme:low-{metric}")
    [row] = out.rows("tickets.jsonl", f"acme:low-{metric}")
    assert "It squeaks" in row["summary"]
    assert ticketed(out, f"high-{metric}") == []


@pytest.mark.parametrize("name", ["disputed", "agreed-disputing"])
def test_a_disputed_delivery_is_a_ticket(out: Outcome, name: str) -> None:
    assert "delivery_disputed" in ticketed(out, name)


RETURNS = {
    "returning": [
        ("withdrawal_ack", "03-12 22:30"), ("return_steps", "03-13 10:00"),
        ("return_reminder", "03-22 08:00"),
    ],
    "returned": [
        ("withdrawal_ack", "03-12 12:00"), ("return_steps", "03-13 10:00"),
        ("return_received", "03-18 10:00"), ("refund_done", "03-20 10:00"),
    ],
    "return-rejected": [("return_received", "03-18 10:00"), ("return_rejected", "03-19 10:00")],
    "unrefunded": [("withdrawal_ack", "03-12 12:00"), ("return_received", "03-16 10:00")],
    "refund-only": [("refund_done", "03-06 12:00")],
    "complaint": [("complaint_ack", "03-10 22:00")],
    "complaint-decided": [("complaint_ack", "03-10 12:00"), ("complaint_decision", "03-16 12:00")],
    "complaint-closed": [("complaint_ack", "03-10 12:00")],
}  # fmt: skip


@pytest.mark.parametrize("name", RETURNS)
def test_each_step_of_a_return_or_complaint_is_told_once(out: Outcome, name: str) -> None:
    about = {"withdrawal_ack", "refund_done"}
    rows = [
        (row["kind"], minute(row["sent_at"]))
        for row in out.rows("messages.jsonl", BOOK.histories[name].order)
        if row["kind"] in about or row["kind"].startswith(("return_", "complaint_"))
    ]
    assert rows == RETURNS[name]


def test_a_decision_comes_with_its_reasons(out: Outcome) -> None:
    assert "worn" in out.text("acme:return-rejected", "return_rejected")
    assert "It was used as a hammer." in out.text("acme:complaint-decided", "complaint_decision")
    assert "24 March" in out.text("acme:complaint", "complaint_ack")


def test_statutory_clocks_are_tickets_before_they_run_out(out: Outcome) -> None:
    assert out.tickets("acme:unrefunded") == [("refund_due", "03-22 00:00", "03-27 00:00")]
    assert [at for kind, at, _ in out.tickets("acme:complaint")] == [
        "03-17 00:00",
        "03-20 00:00",
        "03-23 00:00",
    ]
    for name in ("returned", "complaint-decided", "complaint-closed"):
        assert ticketed(out, name) == []


@pytest.mark.parametrize("name", ["recalled", "recalled-off"])
def test_a_recall_goes_out_on_every_channel_whatever_was_chosen(out: Outcome, name: str) -> None:
    rows = out.rows("messages.jsonl", BOOK.histories[name].order)
    assert sorted(row["channel"] for row in rows if row["kind"] == "safety_recall") == ["email", "sms"]
    assert "Stop using it." in out.text(BOOK.histories[name].order, "safety_recall")
    assert "Stop using it." in out.text(BOOK.histories[name].order, "safety_recall", "sms")


def test_no_message_gives_the_supplier_away(out: Outcome) -> None:
    for row in out.all("messages.jsonl"):
        text = words(out.folder / row["file"]).casefold()
        for secret in ("s-17", "so-", "supplier"):
            assert secret not in text.replace(row["order_id"].split(":")[1], ""), (row["file"], secret)


@pytest.mark.parametrize("name", ["silent-risk", "delayed-risk", "backordered-risk"])
def test_a_promise_that_a_supplier_endangers_is_told_before_it_lapses(out: Outcome, name: str) -> None:
    assert when(out, name, "preship_delay")[0] < "03-13 00:00"
    assert "delay" not in [row["kind"] for row in out.rows("messages.jsonl", BOOK.histories[name].order)][:2]


def test_who_agreed_gets_tips_after_two_days_and_is_asked_once(out: Outcome) -> None:
    assert when(out, "agreed", "care_tips") == ["03-11 13:00"]
    [asked] = [row for row in out.rows("messages.jsonl", "acme:agreed") if row["kind"] in ASKED]
    assert "03-12 13:00" <= minute(asked["sent_at"]) <= "03-17 08:00"
    assert kinds(out, "agreed-late").count("review_request") == 1


def test_a_customer_is_asked_once_in_ninety_days_whatever_they_order(out: Outcome) -> None:
    both = kinds(out, "agreed-again") + kinds(out, "agreed-second")
    assert len([kind for kind in both if kind in ASKED]) == 1


def test_what_was_left_without_a_recipient_is_asked_after_on_the_third_business_day(out: Outcome) -> None:
    [asked] = when(out, "left-outside", "delivery_check")
    assert asked.startswith("03-12")
    for name in ("left-outside-there", "disputed", "handed-over"):
        assert when(out, name, "delivery_check") == []


def test_tomorrow_is_told_only_to_who_asked_for_it(out: Outcome) -> None:
    [said] = when(out, "tomorrow", "arriving_tomorrow")
    assert "03-10 09:00" <= said <= "03-10 19:00"
    assert when(out, "tomorrow-unasked", "arriving_tomorrow") == []


def test_a_broken_promise_ends_with_an_apology(out: Outcome) -> None:
    assert kinds(out, "late-arrived")[-3:] == ["delay", "delivered", "apology"]


def test_a_change_that_is_taken_back_at_once_is_none(out: Outcome) -> None:
    assert "order_changed" not in kinds(out, "changed-back")


def test_an_import_speaks_of_nothing_that_is_no_longer_news(out: Outcome) -> None:
    assert [kind for kind in kinds(out, "imported") if kind not in ASKED] == []


def test_a_date_that_was_told_is_not_taken_back_in_silence(out: Outcome) -> None:
    text = out.text("acme:backordered-then-sent", "shipped")
    assert "12 March" not in text


def test_the_seller_hears_five_days_before_the_laws_last_day(out: Outcome) -> None:
    [ticket] = [each for each in out.tickets("acme:never") if each[0] == "delivery_limit"]
    assert ticket[1].startswith("03-30")
