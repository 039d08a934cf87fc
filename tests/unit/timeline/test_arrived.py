"""After the door: checks, apologies, opinions, the law's last day, and parcels that fall silent."""

import datetime as dt

import msgspec
import pytest

from streams.domain import timeline
from streams.domain.decide.arrived import OF_NO_CONSEQUENCE
from streams.domain.values import Money
from streams.domain.world import Brand, Remedy
from tests.unit.timeline.rig import PLN, WORLD, Shop, at, line, order_data

TWO = [line("l1"), line("l2", 2)]


def consenting(**more):
    shop = Shop(**more)
    shop.judge = lambda intent, now: None
    return shop


def delivered(shop, when="03-04 12:00", **more):
    shop.placed(lines=TWO, promised_delivery={"latest": "2026-03-05"})
    shop.scan("accepted", "03-03 12:00")
    shop.scan("delivered", when, **more)
    return shop


def tickets(shop):
    return [(t.kind, t.closed) for t in shop.tickets]


@pytest.mark.parametrize("left", ["neighbour", "mailbox", "safe_place"])
def test_a_parcel_that_nobody_took_in_is_asked_after_three_business_days_later(left):
    shop = delivered(Shop(), delivered_to=left)
    shop.until("03-20 12:00")

    assert shop.times("delivery_check") == ["03-09 12:00"]
    assert shop.message("delivery_check").content.parcels[0].delivered_to == left


@pytest.mark.parametrize("to", ["recipient", "pickup_point", None])
def test_a_parcel_in_somebodys_hands_is_not_asked_after(to):
    shop = delivered(Shop(), delivered_to=to)
    shop.until("03-20 12:00")

    assert "delivery_check" not in shop.kinds


@pytest.mark.parametrize(("first", "second"), [(None, "mailbox"), ("mailbox", None)])
def test_where_it_was_left_is_learnt_from_whoever_knows(first, second):
    shop = delivered(Shop(), delivered_to=first)
    shop.scan("delivered", "03-04 12:04", "03-04 13:00", delivered_to=second)
    shop.until("03-20 12:00")

    assert shop.kinds.count("delivered") == 1
    assert shop.view.parcels[0].delivered_to == "mailbox"
    assert shop.times("delivery_check") == ["03-09 12:00"]


@pytest.mark.parametrize("word", ["received", "not_received"])
def test_whoever_has_answered_is_not_asked(word):
    shop = delivered(Shop(), delivered_to="safe_place")
    shop.happens("customer.choice", "03-05 12:00", about=["l1"], choice=word)
    shop.until("03-20 12:00")

    assert "delivery_check" not in shop.kinds


def test_a_broken_promise_is_apologised_for_once_it_has_arrived():
    shop = delivered(Shop(), "03-10 12:00")
    shop.until("03-20 12:00")

    assert shop.times("apology") == ["03-10 12:00"]
    assert shop.message("apology").content.remedy is None


def test_a_kept_promise_needs_no_apology():
    shop = delivered(Shop(), "03-05 21:00")
    shop.until("03-20 12:00")

    assert "apology" not in shop.kinds


@pytest.mark.parametrize(
    ("scan", "sorry"),
    [
        (("ready_for_pickup", {}), False),
        (("attempt_failed", {"reason": "not_at_home"}), False),
        (("attempt_failed", {"party": "recipient"}), False),
        (("attempt_failed", {"reason": "capacity", "party": "carrier"}), True),
        (("out_for_delivery", {}), True),
    ],
)
def test_what_waited_for_the_customer_in_time_is_not_apologised_for(scan, sorry):
    shop = Shop()
    shop.placed("03-02 10:00", promised_delivery={"latest": "2026-03-05"})
    shop.scan(scan[0], "03-05 10:00", **scan[1])
    delivered(shop, "03-06 12:00")

    assert ("apology" in shop.kinds) is sorry


def rules(**more):
    remedies = (
        Remedy("partial_refund", late_days=3, total="100", percent=10),
        Remedy("voucher", late_days=2, amount=Money("20.00", "PLN")),
    )
    brand = Brand(id="shop", delivery="live", remedies=remedies, **more)
    return msgspec.structs.replace(WORLD, brands={"shop": brand})


def test_nobody_apologises_for_what_was_given_up():
    shop = Shop()
    shop.placed(lines=TWO, promised_delivery={"latest": "2026-03-05"})
    for name, quantity in (("l1", 1), ("l2", 2)):
        shop.created("03-03 10:00", name, name, lines=[{"line_id": name, "quantity": quantity}])
        shop.scan("accepted", "03-03 12:00", number=name)
    shop.scan("delivered", "03-04 12:00", number="l1")
    shop.happens("customer.choice", "03-05 10:00", about=["l2"], choice="refund")
    shop.scan("delivered", "03-09 12:00", number="l2")

    assert "apology" not in shop.kinds


@pytest.mark.parametrize(("arrived", "sorry"), [("03-03 16:00", False), ("03-04 12:00", True)])
def test_each_parcel_is_held_to_what_was_told_of_itself(arrived, sorry):
    shop = Shop()
    shop.placed(lines=TWO, promised_delivery={"latest": "2026-03-05"})
    shop.created("03-02 11:00", "A", "A", lines=[{"line_id": "l1", "quantity": 1}])
    shop.created("03-02 11:00", "B", "B", lines=[{"line_id": "l2", "quantity": 2}])
    shop.scan("accepted", "03-02 12:00", number="A", estimated_delivery={"latest": "2026-03-03"})
    shop.scan("delivered", arrived, number="A")
    shop.scan("accepted", "03-04 12:00", number="B")
    shop.scan("delivered", "03-05 12:00", number="B")

    first = next(i for _, i in shop.sent if i.kind == "shipped")
    assert first.content.expected.latest == "2026-03-03"
    assert ("apology" in shop.kinds) is sorry


@pytest.mark.parametrize(("ready", "sorry"), [("03-05 10:00", 0), ("03-06 10:00", 1)])
def test_what_the_customer_was_slow_to_fetch_had_come_when_it_was_there(ready, sorry):
    shop = Shop()
    shop.placed(lines=TWO, promised_delivery={"latest": "2026-03-05"})
    shop.scan("accepted", "03-03 12:00")
    shop.scan("ready_for_pickup", ready, pickup={"point": "P"})
    shop.scan("delivered", "03-09 12:00", delivered_to="pickup_point")

    assert shop.kinds.count("apology") == sorry


@pytest.mark.parametrize(
    ("when", "remedy", "amount"),
    [
        ("03-06 12:00", None, None),
        ("03-09 12:00", "voucher", "20.00"),
        ("03-10 12:00", "partial_refund", "12.99"),
    ],
)
def test_the_remedy_is_the_first_rule_that_holds(when, remedy, amount):
    shop = delivered(Shop(world=rules()), when)

    content = shop.message("apology").content
    assert (content.remedy, content.amount and content.amount.amount) == (remedy, amount)


def test_a_remedy_never_costs_more_than_the_cap():
    cap = Money("5.00", "PLN")
    shop = delivered(Shop(world=rules(remedy_cap=cap)), "03-10 12:00")

    assert shop.message("apology").content.amount == cap


def test_opinions_are_asked_for_where_all_is_well():
    shop = delivered(consenting())
    shop.until("03-20 12:00")

    assert shop.times("care_tips") == ["03-06 12:00"]
    assert shop.times("survey") == ["03-07 12:00"]
    assert shop.times("review_request") == ["03-09 12:00"]
    assert shop.message("survey").content.metric in ("csat", "nps")


def test_nobody_is_asked_while_something_is_open_and_not_long_after():
    shop = delivered(consenting())
    shop.happens("complaint.filed", "03-06 10:00", complaint_id="C", kind="damaged")
    shop.until("03-10 12:00")
    assert {"survey", "review_request", "care_tips"}.isdisjoint(shop.kinds)
    shop.happens("complaint.closed", "03-10 13:00", complaint_id="C", kind="damaged")
    shop.until("03-20 12:00")

    assert shop.times("survey") == ["03-10 13:00"]
    assert shop.message("survey").content.metric == "ces"


def test_a_question_that_waited_for_the_end_of_trouble_is_not_old():
    shop = delivered(consenting())
    shop.happens("complaint.filed", "03-06 10:00", complaint_id="C", kind="damaged")
    shop.happens("complaint.closed", "03-10 13:00", complaint_id="C", kind="damaged")

    assert shop.message("survey").caused_at == at("03-10 13:00")


def test_nobody_is_asked_how_they_like_what_they_have_sent_back():
    shop = delivered(consenting())
    shop.happens("return.declared", "03-05 10:00", return_id="R", kind="withdrawal")
    shop.happens("order.refunded", "03-06 09:00", amount={**PLN, "amount": "20.00"}, return_id="R")
    shop.until("03-20 12:00")

    assert {"review_request", "care_tips"}.isdisjoint(shop.kinds)
    assert shop.message("survey").content.metric == "ces"


def test_of_an_order_that_came_back_in_part_only_the_rest_is_asked_about():
    shop = delivered(consenting())
    shop.happens("return.declared", "03-05 10:00", return_id="R", kind="withdrawal", line_ids=["l1"])
    shop.happens("order.refunded", "03-06 09:00", amount={**PLN, "amount": "20.00"}, return_id="R")
    shop.until("03-20 12:00")

    for kind in ("care_tips", "review_request"):
        assert [item.line_id for item in shop.message(kind).content.items] == ["l2"]


def test_nobody_is_asked_how_they_like_what_is_dangerous():
    shop = consenting()
    shop.placed(lines=TWO)
    shop.happens("order.recalled", "03-03 10:00", advice="Stop using it.", line_ids=["l1"])
    shop.scan("delivered", "03-04 12:00")
    shop.until("03-20 12:00")

    assert {"survey", "review_request", "care_tips"}.isdisjoint(shop.kinds)


def test_nobody_is_asked_about_half_an_order():
    shop = consenting()
    shop.placed(lines=TWO)
    shop.created("03-03 10:00", lines=[{"line_id": "l1", "quantity": 1}])
    shop.scan("delivered", "03-04 12:00")
    shop.until("03-20 12:00")

    assert {"survey", "review_request", "care_tips"}.isdisjoint(shop.kinds)


def asking(*surveys):
    brand = Brand(id="shop", delivery="live", surveys=surveys)
    return msgspec.structs.replace(WORLD, brands={"shop": brand})


@pytest.mark.parametrize("metric", ["csat", "nps"])
def test_a_shop_asks_only_what_it_wants_to_know(metric):
    shop = delivered(consenting(world=asking(metric)))
    shop.until("03-20 12:00")

    assert shop.message("survey").content.metric == metric


@pytest.mark.parametrize("surveys", [(), ("ces",)])
def test_an_order_without_trouble_is_not_asked_how_hard_it_was(surveys):
    shop = delivered(consenting(world=asking(*surveys)))
    shop.until("03-20 12:00")

    assert "survey" not in shop.kinds
    assert "review_request" in shop.kinds


def test_two_questions_take_turns_from_order_to_order_and_stay_with_an_order():
    def asked(order):
        shop = consenting()
        event = shop.event("order.placed", "03-02 10:00", **order_data(order_id=order))
        shop.take(msgspec.structs.replace(event, subject=order))
        for status, when in (("accepted", "03-03 12:00"), ("delivered", "03-04 12:00")):
            scan = shop.event(
                "shipment.status", when, status=status, tracking_number="T1", carrier="dpd", order_id=order
            )
            shop.take(msgspec.structs.replace(scan, subject=order))
        shop.until("03-10 12:00")
        return shop.message("survey").content.metric

    metrics = [asked(f"shop:{number}") for number in range(20)]
    assert set(metrics) == {"csat", "nps"}
    assert metrics[:5] == [asked(f"shop:{number}") for number in range(5)]


def test_who_has_answered_already_is_not_asked_the_same():
    shop = delivered(consenting(world=asking("csat")))
    shop.happens("feedback.given", "03-05 12:00", metric="csat", score=4)
    shop.until("03-20 12:00")

    assert "survey" not in shop.kinds


@pytest.mark.parametrize(
    ("metric", "good", "bad"), [("csat", 3, 2), ("nps", 7, 6), ("ces", 4, 5), ("nps", 10, 0), ("ces", 1, 7)]
)
def test_each_metric_has_its_own_line_between_thanks_and_a_ticket_within_the_hour(metric, good, bad):
    shop = delivered(Shop())
    shop.happens("feedback.given", "03-10 12:00", metric=metric, score=good)
    assert shop.times("feedback_thanks") == ["03-10 12:00"]
    assert tickets(shop) == []
    shop.happens("feedback.given", "03-10 13:00", metric=metric, score=bad, comment="Never again.")

    assert len(shop.times("feedback_thanks")) == 1
    [ticket] = shop.tickets
    assert ticket.kind == "low_score"
    assert ticket.due_at - ticket.at == dt.timedelta(hours=1)
    assert f"{metric.upper()} {bad}. “Never again.”" in ticket.summary


def test_the_same_answer_with_more_words_is_thanked_for_once():
    shop = delivered(Shop())
    shop.happens("feedback.given", "03-10 12:00", metric="csat", score=5)
    shop.happens("feedback.given", "03-10 12:05", metric="csat", score=5, comment="Lovely.")

    assert shop.times("feedback_thanks") == ["03-10 12:00"]


def test_a_good_score_is_thanked_for_and_a_bad_one_answered_by_a_person():
    shop = delivered(Shop())
    shop.happens("feedback.given", "03-10 12:00", metric="csat", score=5)
    shop.happens("feedback.given", "03-10 13:00", metric="csat", score=1)

    assert shop.times("feedback_thanks") == ["03-10 12:00"]
    assert tickets(shop) == [("low_score", False)]


def test_the_laws_last_day_is_a_ticket_before_it_and_the_customers_rights_after_it():
    shop = Shop()
    shop.placed(lines=TWO)
    shop.until("03-26 23:00")
    assert tickets(shop) == []
    shop.until("04-10 12:00")

    # The thirtieth day is 1 April, by then in summer time.
    assert tickets(shop) == [("delivery_limit", False)]
    assert shop.tickets[0].at.isoformat() == "2026-03-26T23:00:00+00:00"
    assert shop.tickets[0].due_at.isoformat() == "2026-04-01T22:00:00+00:00"
    message = shop.message("delivery_limit")
    assert (message.content.deadline, message.because) == ("2026-04-01", ("timer:delivery_limit",))
    assert message.caused_at.isoformat() == "2026-04-01T22:00:00+00:00"


@pytest.mark.parametrize(
    ("scans", "told"),
    [
        (["refused", "returning"], 0),
        (["ready_for_pickup", "pickup_expired", "returning"], 0),
        (["damaged", "refused", "returning"], 1),
        (["attempt_failed", "returning"], 1),
    ],
)
def test_what_the_customer_did_not_take_was_delivered_in_time_all_the_same(scans, told):
    shop = Shop()
    shop.placed(lines=TWO)
    shop.scan("accepted", "03-03 10:00")
    for day, status in enumerate(scans):
        shop.scan(status, f"03-1{day} 10:00")
    shop.until("04-10 12:00")

    assert shop.kinds.count("delivery_limit") == told


def test_a_later_day_that_was_agreed_is_the_last_day():
    shop = Shop()
    shop.placed(lines=TWO, promised_delivery={"latest": "2026-04-20"})
    shop.until("04-20 20:00")
    assert "delivery_limit" not in shop.kinds
    shop.until("04-21 12:00")

    assert shop.kinds.count("delivery_limit") == 1


def test_no_law_that_we_know_has_no_last_day():
    shop = Shop()
    shop.placed(
        customer={"customer_id": "c", "country": "BR"},
        shipping_address={"name": "", "lines": [], "postal_code": "", "city": "", "country": "BR"},
    )
    shop.until("05-10 12:00")

    assert (shop.kinds, tickets(shop)) == (["order_confirmation"], [])


def test_what_was_delivered_closes_the_ticket_about_the_last_day():
    shop = Shop()
    shop.placed(lines=TWO)
    shop.until("03-28 12:00")
    shop.scan("delivered", "03-28 13:00")
    shop.until("04-10 12:00")

    assert tickets(shop) == [("delivery_limit", False), ("delivery_limit", True)]
    assert "delivery_limit" not in shop.kinds


MEASURED = msgspec.structs.replace(WORLD, silence=lambda carrier, country: dt.timedelta(hours=72))


def test_a_parcel_that_nobody_has_seen_for_weeks_is_for_a_person_to_look_at():
    shop = Shop()
    shop.placed(lines=TWO, promised_delivery={"latest": "2026-03-05"})
    shop.scan("accepted", "03-03 12:00")
    shop.until("03-24 11:00")
    assert tickets(shop) == []
    shop.until("03-24 13:00")

    assert tickets(shop) == [("carrier_problem", False)]
    assert "parcel_problem" not in shop.kinds
    shop.scan("in_transit", "03-25 09:00")
    assert tickets(shop) == [("carrier_problem", False), ("carrier_problem", True)]


def test_longer_silence_than_the_carriers_own_is_a_loss():
    shop = Shop(world=MEASURED)
    shop.placed(lines=TWO, promised_delivery={"latest": "2026-03-05"})
    shop.scan("accepted", "03-03 12:00")
    shop.until("03-06 13:00")

    assert shop.times("parcel_problem") == ["03-06 12:00"]
    message = shop.message("parcel_problem")
    assert (message.content.reason, message.content.parcels[0].state) == ("lost", "lost")
    shop.until("03-20 12:00")
    assert "delay_followup" not in shop.kinds


def test_what_was_held_for_lost_is_not_told_again_when_the_carrier_says_so():
    shop = Shop(world=MEASURED)
    shop.placed(lines=TWO, promised_delivery={"latest": "2026-03-05"})
    shop.scan("accepted", "03-03 12:00")
    shop.until("03-09 12:00")
    assert shop.kinds.count("parcel_problem") == 1
    shop.scan("lost", "03-09 13:00")
    assert shop.kinds.count("parcel_problem") == 1
    assert tickets(shop) == [("carrier_problem", False)]
    shop.scan("out_for_delivery", "03-12 09:00")
    shop.scan("lost", "03-13 13:00")

    assert shop.kinds.count("parcel_problem") == 2


@pytest.mark.parametrize("party", ["recipient", "seller"])
def test_a_parcel_that_waits_for_what_was_asked_for_is_not_lost(party):
    shop = Shop(world=MEASURED)
    shop.placed(lines=TWO, promised_delivery={"latest": "2026-03-05"})
    shop.scan("accepted", "03-03 12:00")
    shop.scan("customs", "03-04 12:00", reason="customs_documents", party=party)
    shop.until("03-12 12:00")

    assert "parcel_problem" not in shop.kinds
    assert "carrier_problem" in [ticket.kind for ticket in shop.tickets]


@pytest.mark.parametrize("world", [WORLD, MEASURED])
def test_a_parcel_that_is_no_longer_tracked_is_for_a_person_to_look_at(world):
    shop = Shop(world=world)
    shop.placed(lines=TWO, promised_delivery={"latest": "2026-03-05"})
    shop.scan("accepted", "03-03 12:00")
    shop.scan("tracking_ended", "03-05 12:00")
    shop.until("03-24 13:00")

    assert tickets(shop) == [("carrier_problem", False)]
    assert "2026-03-03" in shop.tickets[0].summary
    assert "parcel_problem" not in shop.kinds  # it may have arrived since, and nobody would know


def test_a_label_that_nobody_took_and_nobody_follows_is_no_lost_parcel():
    shop = Shop()
    shop.placed(lines=TWO)
    shop.created("03-03 12:00")
    shop.scan("tracking_ended", "03-05 12:00")
    shop.until("03-25 13:00")

    assert tickets(shop) == []


def test_tomorrow_is_said_where_the_carrier_itself_names_it():
    shop = consenting()
    shop.placed(lines=TWO)
    shop.scan("accepted", "03-03 12:00")
    shop.scan("in_transit", "03-03 20:00", estimated_delivery={"latest": "2026-03-05"})
    shop.until("03-04 12:00")

    assert shop.times("arriving_tomorrow") == ["03-04 00:00"]
    assert shop.message("arriving_tomorrow").useful_until.isoformat() == "2026-03-04T23:00:00+00:00"


def test_the_day_that_was_said_to_be_tomorrow_is_told_and_a_later_one_is_a_delay():
    shop = consenting()
    shop.placed(lines=TWO, promised_delivery={"latest": "2026-03-20"})
    shop.scan("accepted", "03-03 12:00")
    shop.scan("in_transit", "03-03 20:00", estimated_delivery={"latest": "2026-03-05"})
    shop.scan("in_transit", "03-05 09:00", estimated_delivery={"latest": "2026-03-10"})
    shop.until("03-05 20:00")

    assert shop.times("delay") == ["03-05 13:00"]
    assert shop.message("delay").content.told.latest == "2026-03-05"


@pytest.mark.parametrize(
    "window", [{"earliest": "2026-03-05", "latest": "2026-03-06"}, {"earliest": "2026-03-05"}]
)
def test_perhaps_tomorrow_is_not_said(window):
    shop = consenting()
    shop.placed(lines=TWO)
    shop.scan("in_transit", "03-04 09:00", estimated_delivery=window)
    shop.until("03-05 12:00")

    assert "arriving_tomorrow" not in shop.kinds


def test_a_word_of_days_ago_is_not_sure_enough():
    shop = consenting()
    shop.placed(lines=TWO)
    shop.scan("in_transit", "03-02 12:00", estimated_delivery={"latest": "2026-03-06"})
    shop.until("03-06 12:00")

    assert "arriving_tomorrow" not in shop.kinds


def test_a_refund_that_names_no_return_settles_the_only_one():
    shop = delivered(Shop())
    shop.happens("return.declared", "03-06 12:00", return_id="R", kind="withdrawal", line_ids=["l2"])
    shop.happens("order.refunded", "03-07 12:00", amount={**PLN, "amount": "20.00"})
    shop.until("03-20 12:00")

    assert shop.view.returns[0].state == "refunded"
    assert tickets(shop) == []


def test_a_complaint_that_nothing_came_disputes_the_delivery_until_it_is_decided():
    shop = delivered(Shop())
    shop.happens("complaint.filed", "03-06 10:00", complaint_id="C", kind="not_received")
    assert "disputed_delivery" in shop.view.overlays
    shop.happens("complaint.decided", "03-07 10:00", complaint_id="C", decision="rejected")

    assert shop.view.overlays == ()
    assert tickets(shop) == [("delivery_disputed", False), ("delivery_disputed", True)]


def test_a_complaint_is_remedied_by_the_money_that_it_was_promised():
    shop = delivered(Shop())
    shop.happens("complaint.filed", "03-06 10:00", complaint_id="C", kind="damaged")
    shop.happens("complaint.decided", "03-07 10:00", complaint_id="C", decision="accepted", remedy="refund")
    assert shop.view.complaints[0].state == "accepted"
    shop.happens("order.refunded", "03-08 10:00", amount={**PLN, "amount": "20.00"})

    assert shop.view.complaints[0].state == "remedied"


def test_all_the_money_back_ends_a_dispute():
    shop = delivered(Shop(), delivered_to="safe_place")
    shop.happens("customer.choice", "03-05 10:00", about=["l1", "l2"], choice="not_received")
    shop.happens("order.refunded", "03-06 10:00", amount=PLN)

    assert "disputed_delivery" not in shop.view.overlays
    assert tickets(shop) == [("delivery_disputed", False), ("delivery_disputed", True)]


def test_whoever_missed_it_before_the_carrier_said_delivered_is_answered_within_a_day_of_that():
    shop = Shop()
    shop.placed(lines=TWO)
    shop.scan("accepted", "03-03 12:00")
    shop.happens("complaint.filed", "03-04 10:00", complaint_id="C", kind="not_received")
    assert tickets(shop) == []
    shop.scan("delivered", "03-06 12:00")

    [ticket] = shop.tickets
    assert (ticket.kind, ticket.due_at - ticket.at) == ("delivery_disputed", dt.timedelta(hours=24))


@pytest.mark.parametrize("kind", sorted(OF_NO_CONSEQUENCE))
def test_what_is_of_no_consequence_is_a_kind_of_message_and_none_that_the_law_asks_for(kind):
    assert WORLD.kinds[kind].category != "S"


def missed(shop, when, *lines):
    shop.happens("customer.choice", when, about=list(lines), choice="not_received")


def test_who_complained_and_has_it_after_all_disputes_nothing():
    shop = delivered(Shop())
    shop.happens("complaint.filed", "03-06 10:00", complaint_id="C", kind="not_received")
    shop.happens("customer.choice", "03-07 10:00", about=["l1", "l2"], choice="received")

    assert shop.view.overlays == ()
    assert tickets(shop) == [("delivery_disputed", False), ("delivery_disputed", True)]


def test_what_is_missed_twice_is_one_dispute():
    shop = delivered(Shop())
    missed(shop, "03-05 10:00", "l1", "l2")
    missed(shop, "03-06 10:00", "l1", "l2")
    shop.happens("complaint.filed", "03-07 10:00", complaint_id="C", kind="not_received")

    assert tickets(shop) == [("delivery_disputed", False)]


def test_each_missing_parcel_is_a_dispute_of_its_own():
    shop = Shop()
    shop.placed(lines=TWO)
    for name, quantity in (("l1", 1), ("l2", 2)):
        shop.created("03-03 10:00", name, name, lines=[{"line_id": name, "quantity": quantity}])
        shop.scan("delivered", "03-04 12:00", number=name)
    missed(shop, "03-05 10:00", "l1")
    missed(shop, "03-05 11:00", "l2")
    shop.happens("customer.choice", "03-06 10:00", about=["l1"], choice="received")

    first, second, closed = shop.tickets
    assert (first.closed, second.closed, closed.closed) == (False, False, True)
    assert closed.ticket_id == first.ticket_id != second.ticket_id
    assert shop.view.overlays == ("disputed_delivery",)


@pytest.mark.parametrize("granted", [True, False])
def test_what_was_sent_instead_ends_the_dispute_when_it_comes(granted):
    shop = delivered(Shop())
    about = {"complaint_id": "C", "kind": "not_received"}
    if granted:
        shop.happens("complaint.filed", "03-05 10:00", **about)
        shop.happens(
            "complaint.decided",
            "03-06 10:00",
            **about,
            decision="accepted",
            remedy="replacement",
            reasoning="-",
        )
    else:
        missed(shop, "03-05 10:00", "l1", "l2")
        shop.happens("customer.choice", "03-06 10:00", about=["l1", "l2"], choice="replacement")
    shop.created("03-06 15:00", "T2", "S2")
    shop.scan("accepted", "03-06 19:00", number="T2")
    assert shop.view.overlays == ("disputed_delivery",)
    shop.scan("delivered", "03-09 12:00", number="T2")

    assert shop.view.overlays == ()
    assert [each for each in tickets(shop) if each[0] != "replacement_due"] == [
        ("delivery_disputed", False),
        ("delivery_disputed", True),
    ]
    assert [case.state for case in shop.view.complaints] == (["remedied"] if granted else [])
    shop.until("04-09 12:00")
    assert shop.view.state == "completed"


def test_a_bad_score_that_comes_before_its_order_is_quoted_and_then_forgotten():
    shop = Shop()
    shop.happens("feedback.given", "03-02 09:00", metric="csat", score=1, comment="Never came")
    shop.happens("feedback.given", "03-02 09:30", metric="nps", score=9, comment="Lovely")
    assert "Lovely" not in str(shop.order)
    shop.happens("order.placed", "03-02 08:00", "03-02 10:00", **order_data())

    [ticket] = shop.tickets
    assert "Never came" in ticket.summary
    assert "Never came" not in str(shop.order)


def test_the_comment_on_an_order_that_never_comes_is_kept_no_longer_than_the_score():
    shop = Shop()
    shop.scan("in_transit", "03-02 08:00")
    shop.happens("feedback.given", "03-02 09:00", metric="csat", score=1, comment="Never came")
    assert "Never came" in str(shop.order)
    shop.until("04-02 12:00")

    assert [fact.type for fact in shop.order.facts] == ["shipment.status"]
    assert "Never came" not in str(shop.order)


@pytest.mark.parametrize("verdict", [None, "consent"])
def test_whether_opinions_were_asked_changes_nothing_else(monkeypatch, verdict):
    def told():
        shop = Shop(world=asking("csat"))
        shop.judge = lambda intent, now: verdict if intent.kind in OF_NO_CONSEQUENCE else None
        delivered(shop, "03-18 12:00", delivered_to="safe_place")
        shop.happens("feedback.given", "03-23 12:00", metric="csat", score=5)
        shop.happens("return.declared", "03-28 10:00", return_id="R", kind="withdrawal")
        shop.until("05-20 12:00")
        return shop.sent, shop.suppressed, shop.tickets, shop.buried, shop.view

    kept = told()
    assert {intent.kind for intent in (*(i for _, i in kept[0]), *kept[1])} >= OF_NO_CONSEQUENCE
    monkeypatch.setattr(timeline, "OF_NO_CONSEQUENCE", frozenset())  # every answer is decided upon

    assert told() == kept
