"""Two parcels that one minute brings different news of: nothing is said of both by mistake."""

from tests.unit.timeline.rig import Shop, line, order_data

LINES = [line("l1"), line("l2")]


def at_once(first, second, when="03-04 11:00"):
    """Both are heard of before their order, which comes late: what they mean is decided in one go."""
    shop = Shop()
    for name, scan in (("1", first), ("2", second)):
        lines = [{"line_id": f"l{name}", "quantity": 1}]
        shop.created("03-02 12:00", f"T{name}", f"S{name}", lines=lines)
        status, more = scan
        shop.scan(status, when, number=f"T{name}", **more)
    order = order_data(lines=LINES, promised_delivery={"latest": "2026-03-06"})
    shop.happens("order.placed", "03-02 10:00", "03-04 12:00", **order)
    shop.until("03-04 12:05")
    return shop


def locker(point="WAW01", code="123456", deadline="2026-03-06T10:00:00+01:00"):
    return "ready_for_pickup", {"pickup": {"point": point, "code": code, "deadline": deadline}}


def sent(shop):
    return [intent for _, intent in shop.sent]


def said(shop, kind):
    """The raised messages of this kind, each with the items that it is about."""
    return [
        (each.content, "+".join(item.line_id for item in each.content.items))
        for each in sent(shop)
        if each.kind == kind
    ]


def test_each_locker_has_its_own_message_and_its_own_reminders():
    shop = at_once(locker(), locker("WAW02", "654321"))
    shop.until("03-06 12:00")

    places = [(content.parcels[0].pickup.code, about) for content, about in said(shop, "ready_for_pickup")]
    assert places == [("123456", "l1"), ("654321", "l2")]
    assert len({each.notification_id for each in sent(shop)}) == len(shop.sent)
    reminded = [
        (content.parcels[0].pickup.code, content.count) for content, _ in said(shop, "pickup_reminder")
    ]
    assert sorted(reminded) == [("123456", 12), ("123456", 24), ("654321", 12), ("654321", 24)]


def test_what_lies_in_one_place_under_one_code_is_one_message():
    shop = at_once(locker(), locker())
    shop.until("03-06 12:00")

    assert [about for _, about in said(shop, "ready_for_pickup")] == ["l1+l2"]
    assert [about for _, about in said(shop, "pickup_reminder")] == ["l1+l2", "l1+l2"]


def test_each_thing_that_the_customer_must_do_is_asked_for():
    shop = at_once(
        ("attempt_failed", {"reason": "wrong_address"}), ("customs", {"reason": "customs_documents"})
    )

    asked = {(content.reason, about) for content, about in said(shop, "action_required")}
    assert asked == {("wrong_address", "l1"), ("customs_documents", "l2")}


def test_the_same_to_be_done_for_both_is_asked_for_once_whoever_is_said_to_be_concerned():
    documents = {"reason": "customs_documents"}
    shop = at_once(("customs", documents), ("customs", documents | {"party": "recipient"}))

    asked = [(content.reason, about) for content, about in said(shop, "action_required")]
    assert asked == [("customs_documents", "l1+l2")]


def test_each_misfortune_is_told_and_answered_for_itself():
    shop = at_once(("lost", {}), ("damaged", {}))

    told = said(shop, "parcel_problem")
    assert [(content.parcels[0].state, about) for content, about in told] == [
        ("lost", "l1"),
        ("damaged", "l2"),
    ]
    second = [each for each in sent(shop) if each.kind == "parcel_problem"][1]
    shop.happens("customer.choice", "03-04 18:00", about=second.notification_id, choice="refund")
    assert [(each.line_id, each.state) for each in shop.view.lines] == [("l1", "lost"), ("l2", "cancelled")]


def test_a_reason_is_given_where_all_that_is_late_has_it():
    late = {"estimated_delivery": {"latest": "2026-03-12"}}
    for reasons, given in ((("weather", "weather"), "weather"), (("weather", "capacity"), None)):
        scans = [("in_transit", {"reason": reason, "party": "carrier", **late}) for reason in reasons]
        shop = at_once(*scans)
        shop.until("03-05 12:00")
        assert [content.reason for content, _ in said(shop, "delay")] == [given]


def test_what_was_added_once_the_parcel_was_under_way_is_still_to_come():
    shop = Shop()
    shop.placed(lines=[line("l1")])
    shop.created("03-03 08:00")
    shop.scan("accepted", "03-03 09:00")
    shop.happens("order.changed", "03-03 12:00", lines=[line("l1", 2), line("l2")])
    shop.scan("delivered", "03-05 12:00")

    content = shop.message("delivered").content
    assert [(item.line_id, item.quantity) for item in content.items] == [("l1", 1)]
    assert [(item.line_id, item.quantity) for item in content.remaining] == [("l1", 1), ("l2", 1)]
    assert shop.view.state == "partially_delivered"


def test_other_names_for_the_same_goods_add_nothing_to_a_parcel_under_way():
    shop = Shop()
    shop.placed(lines=[line("l1")])
    shop.scan("accepted", "03-03 09:00")
    shop.happens("order.changed", "03-03 12:00", lines=[line("m1")])
    shop.scan("delivered", "03-05 12:00")
    assert shop.view.state == "delivered"
