"""One supplier order: what is true of one of its lines ends nothing that was said of the others."""

import pytest

from tests.unit.timeline.rig import PLN, Shop, line

MARCH_12 = {"latest": "2026-03-12"}
OTHER = {"sku": "x", "title": "Other thing", "unit_price": PLN}


def ordered(*lines, **more):
    shop = Shop()
    shop.placed("03-02 10:00", lines=list(lines) or [line("l1"), line("l2")], promised_delivery=MARCH_12)
    asks(shop, "O1", ["l1", "l2"], **more)
    return shop


def asks(shop, name, lines, when="03-02 11:00", **more):
    shop.happens(
        "supplier.ordered", when, supplier_id=f"s-{name}", supplier_order_id=name, line_ids=lines, **more
    )


def says(shop, kind, when, name="O1", **more):
    return shop.happens(f"supplier.{kind}", when, supplier_order_id=name, **more)


def sends(shop, when, lines, name="O1", number="T1"):
    says(shop, "dispatched", when, name, carrier="inpost", tracking_number=number, line_ids=lines)


def tickets(shop):
    return [(t.kind, t.closed) for t in shop.tickets]


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("out_of_stock", {"line_ids": ["l2"]}),
        ("accepted", {}),
        ("delayed", {"dispatch_by": "2026-03-09"}),
        ("backordered", {"line_ids": ["l2"]}),
        ("rejected", {"line_ids": ["l2"]}),
    ],
)
def test_a_question_about_one_line_outlives_what_is_said_of_the_others(kind, more):
    shop = ordered()
    asked = says(shop, "out_of_stock", "03-03 09:00", line_ids=["l1"], alternatives=[OTHER])
    says(shop, kind, "03-03 10:00", **more)
    shop.until("03-03 17:00")

    reminded = [i for _, i in shop.sent if i.because == (f"timer:stock_again:{asked.id}",)]
    assert [[item.line_id for item in i.content.items] for i in reminded] == [["l1"]]
    assert [t.summary for t in shop.tickets if t.kind == "out_of_stock_unanswered" and "l1" in t.summary]


def test_whoever_accepts_all_that_it_had_run_out_of_has_it_again():
    shop = ordered()
    says(shop, "out_of_stock", "03-03 09:00", line_ids=["l1", "l2"])
    says(shop, "accepted", "03-03 10:00")
    shop.until("03-03 20:00")

    assert shop.times("out_of_stock_choice") == ["03-03 09:00"]
    assert tickets(shop) == []


def test_the_same_question_once_more_is_none():
    shop = ordered()
    says(shop, "out_of_stock", "03-03 09:00", line_ids=["l1"], alternatives=[OTHER])
    says(shop, "out_of_stock", "03-03 10:00", line_ids=["l1"], alternatives=[OTHER])
    shop.until("03-03 12:00")
    assert shop.times("out_of_stock_choice") == ["03-03 09:00"]

    shop.happens("customer.choice", "03-03 12:30", about=["l1"], choice="alternative:x")
    says(shop, "out_of_stock", "03-03 13:00", line_ids=["l1"], alternatives=[OTHER])
    assert shop.times("out_of_stock_choice") == ["03-03 09:00", "03-03 13:00"]


def test_each_backordered_line_has_its_own_day_and_every_word_given_of_it_is_kept():
    shop = ordered()
    says(shop, "backordered", "03-03 09:00", line_ids=["l1"], expected_at="2026-03-16")
    says(shop, "backordered", "03-04 10:00", line_ids=["l2"], expected_at="2026-03-20")
    shop.until("03-09 12:00")

    said = [(i.kind, i.content) for _, i in shop.sent[1:]]
    told = [(kind, c.expected.latest, [item.line_id for item in c.items]) for kind, c in said]
    assert told == [
        ("preship_delay", "2026-03-18", ["l1"]),
        ("preship_delay", "2026-03-24", ["l2"]),
        ("preship_delay_2", "2026-03-18", ["l1"]),
        ("preship_delay_2", "2026-03-24", ["l2"]),
    ]


def test_what_is_late_is_a_part_of_the_order_unless_it_is_all_of_it():
    shop = ordered()
    says(shop, "backordered", "03-03 09:00", line_ids=["l1"], expected_at="2026-03-16")
    assert shop.message("preship_delay").content.whole_order is False

    says(shop, "delayed", "03-04 10:00", dispatch_by="2026-03-23")
    assert [item.line_id for item in shop.message("preship_delay").content.items] == ["l1", "l2"]
    assert shop.message("preship_delay").content.whole_order is True


def test_the_timeline_tells_each_line_apart():
    shop = ordered()
    says(shop, "accepted", "03-02 12:00")
    says(shop, "out_of_stock", "03-03 09:00", line_ids=["l1"], alternatives=[OTHER])
    assert [each.state for each in shop.view.lines] == ["out_of_stock", "accepted"]

    shop.happens("customer.choice", "03-03 10:00", about=["l1"], choice="alternative:x")
    assert [each.state for each in shop.view.lines] == ["accepted", "accepted"]


def test_waiting_for_one_line_is_offered_by_no_word_about_another():
    shop = ordered()
    says(shop, "backordered", "03-03 09:00", line_ids=["l1"], expected_at="2026-03-16")
    says(shop, "out_of_stock", "03-03 10:00", line_ids=["l2"])
    assert shop.message("out_of_stock_choice").content.expected is None

    shop.happens("customer.choice", "03-03 11:00", about=["l2"], choice="wait")
    assert shop.message("choice_ack").content.expected is None


def test_a_refusal_of_one_line_holds_up_no_other():
    shop = ordered(dispatch_by="2026-03-11")
    says(shop, "rejected", "03-03 09:00", line_ids=["l2"])
    says(shop, "accepted", "03-03 09:10")
    shop.until("03-11 12:00")

    assert [item.line_id for item in shop.message("preship_delay").content.items] == ["l2"]
    assert tickets(shop) == [("supplier_rejected", False)]
    sends(shop, "03-11 13:00", ["l1"])
    assert tickets(shop) == [("supplier_rejected", False)]
    asks(shop, "O2", ["l2"], "03-11 14:00")
    assert tickets(shop)[-1] == ("supplier_rejected", True)


def test_what_it_can_send_and_does_not_is_silence():
    shop = ordered(dispatch_by="2026-03-04")
    says(shop, "out_of_stock", "03-03 09:00", line_ids=["l1"])
    shop.happens("customer.choice", "03-03 10:00", about=["l1"], choice="wait")
    shop.until("03-05 12:00")
    assert tickets(shop) == [("supplier_silent", False)]

    sends(shop, "03-05 13:00", ["l2"])
    assert tickets(shop) == [("supplier_silent", False), ("supplier_silent", True)]


def test_nobody_is_silent_about_what_is_not_wanted_any_more():
    shop = ordered(dispatch_by="2026-03-04")
    asks(shop, "O2", ["l2"], "03-02 12:00")
    shop.happens("order.cancelled", "03-03 09:00", by="customer", line_ids=["l1"])
    shop.until("03-05 12:00")

    assert tickets(shop) == []


@pytest.mark.parametrize(("quantity", "silent"), [(1, []), (2, [("supplier_silent", False)])])
def test_a_supplier_whose_order_was_given_to_another_is_missed_no_more(quantity, silent):
    shop = Shop()
    shop.placed("03-02 10:00", lines=[line("l1", quantity)], promised_delivery={"latest": "2026-03-31"})
    asks(shop, "O1", ["l1"], dispatch_by="2026-03-04")
    asks(shop, "O2", ["l1"], "03-03 11:00")
    shop.until("03-05 12:00")
    assert tickets(shop) == silent  # of several pieces each may send a part

    asks(shop, "O3", ["l1"], "03-05 13:00")
    assert all(closed for _, closed in tickets(shop)[1:])


@pytest.mark.parametrize("found", ["at another supplier", "in the shop"])
def test_what_was_found_elsewhere_is_a_question_no_more(found):
    shop = ordered()
    says(shop, "out_of_stock", "03-02 12:00", line_ids=["l2"])
    if found == "at another supplier":
        asks(shop, "O2", ["l2"], "03-02 14:00")
    else:
        shop.created("03-02 14:00", "T2", "S2", lines=[{"line_id": "l2", "quantity": 1}])
        shop.scan("accepted", "03-02 15:00", number="T2")
    shop.until("03-03 12:00")

    assert shop.times("out_of_stock_choice") == ["03-02 12:00"]
    assert tickets(shop) == []


def test_what_is_to_be_sent_anew_and_can_not_be_had_is_asked_though_the_first_had_left():
    shop = ordered()
    sends(shop, "03-02 12:00", ["l1", "l2"])
    shop.scan("accepted", "03-02 18:00")
    shop.scan("lost", "03-04 12:00")
    shop.happens("customer.choice", "03-04 13:00", about=["l2"], choice="replacement")
    asks(shop, "O2", ["l2"], "03-04 14:00")
    says(shop, "out_of_stock", "03-04 15:00", "O2", line_ids=["l2"])

    assert shop.times("out_of_stock_choice") == ["03-04 15:00"]


def test_what_the_other_supplier_has_not_either_is_asked_anew():
    shop = ordered()
    says(shop, "out_of_stock", "03-02 12:00", line_ids=["l2"])
    asks(shop, "O2", ["l2"], "03-02 14:00")
    says(shop, "out_of_stock", "03-03 12:00", "O2", line_ids=["l2"])
    shop.until("03-03 15:00")

    assert shop.times("out_of_stock_choice") == ["03-02 12:00", "03-03 12:00"]


def test_pieces_that_were_short_are_no_question_once_another_was_asked():
    shop = ordered(line("l1"), line("l2", 2))
    pieces = [{"line_id": "l1", "quantity": 1}, {"line_id": "l2", "quantity": 1}]
    says(shop, "dispatched", "03-03 12:00", carrier="inpost", tracking_number="T1", lines=pieces)
    asks(shop, "O2", ["l2"], "03-03 15:00")

    assert tickets(shop) == [("short_shipped", False), ("short_shipped", True)]


@pytest.mark.parametrize("kind", ["out_of_stock", "backordered", "rejected"])
def test_that_a_line_is_missing_from_a_parcel_is_no_news_where_it_was_said_before(kind):
    shop = ordered()
    says(shop, kind, "03-03 09:00", line_ids=["l1"])
    sends(shop, "03-03 12:00", ["l2"])

    assert "short_shipped" not in [t.kind for t in shop.tickets]


def test_of_a_line_that_two_send_each_sends_its_part():
    shop = ordered(line("l1", 3), line("l2"))
    asks(shop, "O2", ["l1"])
    for name, when, number, count in (("O1", "03-03 12:00", "T1", 2), ("O2", "03-04 12:00", "T2", 1)):
        lines = [{"line_id": "l1", "quantity": count}]
        lines += [{"line_id": "l2", "quantity": 1}] if name == "O1" else []
        says(shop, "dispatched", when, name, carrier="inpost", tracking_number=number, lines=lines)
    assert tickets(shop) == []

    short = Shop()
    short.placed("03-02 10:00", lines=[line("l1", 3)], promised_delivery=MARCH_12)
    asks(short, "O1", ["l1"])
    asks(short, "O2", ["l1"])
    for name, when, number in (("O1", "03-03 12:00", "T1"), ("O2", "03-04 12:00", "T2")):
        lines = [{"line_id": "l1", "quantity": 1}]
        says(short, "dispatched", when, name, carrier="inpost", tracking_number=number, lines=lines)
    assert [t.summary for t in short.tickets] == ["Order 1001: Supplier order O2 came without 1 of l1."]


def test_whoever_does_not_send_what_was_to_be_back_is_silent():
    shop = ordered(dispatch_by="2026-03-04")
    says(shop, "backordered", "03-03 09:00", line_ids=["l1", "l2"], expected_at="2026-03-06")
    shop.until("03-06 20:00")
    assert tickets(shop) == []

    shop.until("03-07 12:00")
    assert tickets(shop) == [("supplier_silent", False)]
    says(shop, "backordered", "03-07 13:00", line_ids=["l1", "l2"], expected_at="2026-03-10")
    assert tickets(shop)[-1] == ("supplier_silent", True)


def test_whoever_waits_for_what_was_to_be_back_is_not_forgotten():
    shop = ordered()
    says(shop, "backordered", "03-03 09:00", line_ids=["l1", "l2"], expected_at="2026-03-06")
    says(shop, "out_of_stock", "03-03 09:10", line_ids=["l1", "l2"])
    shop.happens("customer.choice", "03-03 10:00", about=["l1", "l2"], choice="wait")
    shop.until("03-07 12:00")

    assert tickets(shop) == [("supplier_silent", False)]
