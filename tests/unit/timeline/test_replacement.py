"""A replacement that the customer has chosen is a person's to send."""

import datetime as dt

from tests.unit.timeline.rig import PLN, Shop, line

L1, L2 = ([{"line_id": name, "quantity": 1}] for name in ("l1", "l2"))


def replacements(shop):
    return [(t.kind, t.closed) for t in shop.tickets if t.kind == "replacement_due"]


def lost():
    shop = Shop()
    shop.placed(lines=[line("l1"), line("l2")])
    shop.created("03-03 09:00", "T1", "S1", lines=L1)
    shop.created("03-03 09:00", "T2", "S2", lines=L2)
    for number in ("T1", "T2"):
        shop.scan("accepted", "03-03 18:00", number=number)
        shop.scan("lost", "03-05 10:00", number=number)
    return shop


def choose(shop, what, when, *about):
    return shop.happens("customer.choice", when, about=list(about), choice=what)


def test_one_chosen_for_what_is_out_of_stock_is_a_ticket_until_it_is_ordered():
    shop = Shop()
    shop.placed(lines=[line("l1"), line("l2")])
    shop.happens(
        "supplier.ordered", "03-02 11:00", supplier_id="s", supplier_order_id="O", line_ids=["l1", "l2"]
    )
    shop.happens("supplier.out_of_stock", "03-02 12:00", supplier_order_id="O", line_ids=["l2"])
    choose(shop, "replacement", "03-02 13:00", "l2")

    assert "choice_ack" in shop.kinds
    [ticket] = shop.tickets
    assert (ticket.kind, ticket.due_at - ticket.at) == ("replacement_due", dt.timedelta(hours=24))
    assert "l2" in ticket.summary
    shop.happens("supplier.ordered", "03-03 11:00", supplier_id="t", supplier_order_id="P", line_ids=["l2"])
    assert replacements(shop) == [("replacement_due", False), ("replacement_due", True)]


def test_one_chosen_for_a_lost_parcel_is_a_ticket_until_another_is_announced():
    shop = lost()
    choose(shop, "replacement", "03-05 13:00", "l1")
    choose(shop, "replacement", "03-05 13:01", "l1")
    assert replacements(shop) == [("replacement_due", False)]

    shop.created("03-06 09:00", "T3", "S3", lines=L2)
    assert replacements(shop) == [("replacement_due", False)]
    shop.created("03-06 09:00", "T4", "S4", lines=L1)
    assert replacements(shop) == [("replacement_due", False), ("replacement_due", True)]

    shop.scan("accepted", "03-06 18:00", number="T4")
    shop.scan("lost", "03-09 10:00", number="T4")
    choose(shop, "replacement", "03-09 13:00", "l1")
    assert len({t.ticket_id for t in shop.tickets if t.kind == "replacement_due"}) == 2


def test_two_things_to_be_replaced_are_two_tickets_and_each_ends_with_another_choice():
    shop = lost()
    choose(shop, "replacement", "03-05 13:00", "l1")
    choose(shop, "replacement", "03-05 13:00", "l2")
    assert replacements(shop) == [("replacement_due", False)] * 2

    choose(shop, "refund", "03-05 14:00", "l1")
    [first, second, closed] = [t for t in shop.tickets if t.kind == "replacement_due"]
    assert closed.closed
    assert closed.ticket_id == first.ticket_id != second.ticket_id


def test_what_is_found_and_delivered_after_all_needs_none():
    shop = lost()
    choose(shop, "replacement", "03-05 13:00", "l1")
    shop.scan("delivered", "03-06 10:00", number="T1")

    assert replacements(shop)[-1] == ("replacement_due", True)


def test_who_has_all_the_money_back_is_sent_nothing():
    shop = lost()
    choose(shop, "replacement", "03-05 13:00", "l1")
    shop.happens("order.refunded", "03-06 10:00", amount=PLN)

    assert replacements(shop)[-1] == ("replacement_due", True)
