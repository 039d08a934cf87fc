"""Who is told, how, in which words and at which hour: the policy's seven steps, by histories."""

from typing import Any

import pytest

from tests.acceptance.history import History, line, local, money
from tests.acceptance.runner import Book, Outcome, lines_of, simulate

BOOK = Book()
tell, expect = BOOK.tell, BOOK.expect

CONFIRMED = ("order_confirmation", "email", "03-05 10:00")
SENT_OFF = ("shipped", "email", "03-06 16:45")
ARRIVED = ("delivered", "email", "03-09 13:00")
MAIL_ONLY = {"name": "Jagna Testowa", "email": "jagna@example.com", "locale": "en"}
TEXT_ONLY = {"name": "Jagna Testowa", "phone": "+48600000003", "locale": "en"}


def plain(name: str, country: str = "PL", /, **more: Any) -> History:
    """Ordered on Thursday at ten."""
    return tell(name, country).placed("03-05 10:00", **more)


def sent(story: History) -> History:
    """On its way on Friday at four in the afternoon."""
    return story.parcel("03-06 09:00").scan("03-06 16:00", "accepted")


def arrived(story: History, when: str = "03-09 13:00") -> History:
    return sent(story).scan(when, "delivered", delivered_to="recipient")


def wishes(story: History, when: str = "03-05 10:30", **data: Any) -> History:
    return story.say(when, "customer.preferences", **data)


# Preferences: by kind, by class, the kind before the class; statutory ones go whatever was chosen.
arrived(wishes(plain("class-by-text"), channels={"T": ["sms"]}))
expect("class-by-text", CONFIRMED, ("shipped", "sms", "03-06 16:45"), ("delivered", "sms", "03-09 13:00"))
arrived(wishes(plain("class-off"), channels={"T": []}))
expect("class-off", CONFIRMED)
arrived(wishes(plain("kind-before-class"), channels={"T": [], "delivered": ["email"]}))
expect("kind-before-class", CONFIRMED, ARRIVED)
wishes(tell("statutory-off"), "03-05 09:00", channels={"S": [], "order_confirmation": []}).placed(
    "03-05 10:00"
)
expect("statutory-off", CONFIRMED)
wishes(tell("statutory-text"), "03-05 09:00", channels={"S": ["sms"]}).placed("03-05 10:00")
expect("statutory-text", CONFIRMED)
arrived(wishes(plain("text-then-mail"), channels={"delivered": ["sms", "email"]}))
expect("text-then-mail", CONFIRMED, SENT_OFF, ("delivered", "sms", "03-09 13:00"))
arrived(wishes(plain("no-phone-for-text", contact=MAIL_ONLY), channels={"T": ["sms", "email"]}))
expect("no-phone-for-text", CONFIRMED, SENT_OFF, ARRIVED)
arrived(wishes(plain("only-text-no-phone", contact=MAIL_ONLY), channels={"T": ["sms"]}))
expect("only-text-no-phone", CONFIRMED, SENT_OFF, ARRIVED)
sent(wishes(plain("ofd-by-mail"), channels={"out_for_delivery": ["email"]})).scan(
    "03-09 08:30", "out_for_delivery"
)
expect("ofd-by-mail", CONFIRMED, SENT_OFF, ("out_for_delivery", "email", "03-09 08:30"))
sent(wishes(plain("attempt-by-text"), channels={"attempt_failed": ["sms"]})).scan(
    "03-09 14:00", "attempt_failed", reason="not_at_home"
)
expect("attempt-by-text", CONFIRMED, SENT_OFF, ("attempt_failed", "sms", "03-09 14:00"))

# Contacts: what has no working address goes by the other way.
arrived(plain("text-only", contact=TEXT_ONLY))
expect(
    "text-only",
    ("order_confirmation", "sms", "03-05 10:00"),
    ("shipped", "sms", "03-06 16:45"),
    ("delivered", "sms", "03-09 13:00"),
)
sent(plain("mail-only", contact=MAIL_ONLY)).scan("03-09 08:30", "out_for_delivery").scan(
    "03-09 12:00", "attempt_failed", reason="not_at_home"
)
expect(
    "mail-only",
    CONFIRMED,
    SENT_OFF,
    ("out_for_delivery", "email", "03-09 08:30"),
    ("attempt_failed", "email", "03-09 12:00"),
)
sent(plain("mail-only-locker", contact=MAIL_ONLY)).scan(
    "03-09 12:00",
    "ready_for_pickup",
    pickup={"point": "WAW01M", "code": "77", "deadline": local("03-11 12:00").isoformat()},
)
expect(
    "mail-only-locker",
    CONFIRMED,
    SENT_OFF,
    ("ready_for_pickup", "email", "03-09 12:00"),
    ("pickup_reminder", "email", "03-10 12:00"),
    ("pickup_reminder", "email", "03-11 08:00"),
    until="03-11 20:00",
)
plain("bad-mail", contact={**TEXT_ONLY, "email": "not an address"})
expect("bad-mail", ("order_confirmation", "sms", "03-05 10:00"))
sent(plain("bad-phone", contact={**MAIL_ONLY, "phone": "12"})).scan("03-09 08:30", "out_for_delivery")
expect("bad-phone", CONFIRMED, SENT_OFF, ("out_for_delivery", "email", "03-09 08:30"))
plain("national", contact={"phone": "600 000 004"})
expect("national", ("order_confirmation", "sms", "03-05 10:00"))
plain("national-lt", "LT", contact={"phone": "8 612 34567"})
expect("national-lt", ("order_confirmation", "sms", "03-05 10:00"))
arrived(plain("nobody", contact={"name": "Jagna"}))
expect("nobody")
arrived(plain("reachable-later", contact={"name": "Jagna"})).say(
    "03-06 12:00", "customer.contact", email="later@example.com"
)
expect("reachable-later", SENT_OFF, ARRIVED)

# Quiet hours: 21 to 08 in the customer's zone, or the customer's own.
arrived(plain("night"), "03-09 21:10")
expect("night", CONFIRMED, SENT_OFF, ("delivered", "email", "03-10 08:00"))
arrived(plain("just-before-night"), "03-09 20:44")
expect("just-before-night", CONFIRMED, SENT_OFF, ("delivered", "email", "03-09 20:44"))
arrived(plain("vilnius", "LT"), "03-09 20:30")
expect("vilnius", CONFIRMED, SENT_OFF, ("delivered", "email", "03-10 07:00"))
arrived(
    plain("new-york", "US", contact={**MAIL_ONLY, "timezone": "America/New_York"}), "03-09 12:00"
)  # 07:00 there, where the clocks have been changed already
expect("new-york", CONFIRMED, ("shipped", "email", "03-06 16:45"), ("delivered", "email", "03-09 13:00"))
abroad = plain("abroad")  # ordered in Poland for Lithuania, where it is an hour later
abroad.events[0]["data"]["shipping_address"]["country"] = "LT"
arrived(abroad, "03-09 20:30")
expect("abroad", CONFIRMED, SENT_OFF, ("delivered", "email", "03-10 07:00"))
arrived(wishes(plain("own-hours"), quiet_hours={"from": "12:00", "to": "15:00"}))
expect("own-hours", CONFIRMED, SENT_OFF, ("delivered", "email", "03-09 15:00"))
arrived(wishes(plain("moved-zone"), timezone="Asia/Tokyo"), "03-09 13:00")  # 21:00 there
expect("moved-zone", CONFIRMED, ("shipped", "email", "03-07 00:00"), ("delivered", "email", "03-10 00:00"))
tell("spring").placed("03-26 10:00", promised="2026-04-10").parcel("03-27 09:00").scan(
    "03-27 16:00", "accepted"
).scan("03-28 23:00", "delivered")
expect(
    "spring",
    ("order_confirmation", "email", "03-26 10:00"),
    ("shipped", "email", "03-27 16:45"),
    ("delivered", "email", "03-29 08:00"),
)
tell("spring-locker").placed("03-26 10:00", promised="2026-04-10").parcel("03-26 12:00").scan(
    "03-26 13:00", "accepted"
).scan(
    "03-27 18:00",
    "ready_for_pickup",
    pickup={"point": "WAW01M", "code": "77", "deadline": local("03-29 18:00").isoformat()},
)
expect(
    "spring-locker",
    ("order_confirmation", "email", "03-26 10:00"),
    ("shipped", "email", "03-26 13:45"),
    ("ready_for_pickup", "email", "03-27 18:00"),
    ("ready_for_pickup", "sms", "03-27 18:00"),
    ("pickup_reminder", "sms", "03-28 17:00"),
    ("pickup_reminder", "sms", "03-29 08:00"),
    until="03-30 12:00",
)
tell("night-owl").placed("03-05 23:30")
expect("night-owl", ("order_confirmation", "email", "03-05 23:30"))
sent(plain("urgent-at-night")).scan("03-09 05:00", "out_for_delivery").scan(
    "03-09 22:00", "attempt_failed", reason="not_at_home"
)
expect(
    "urgent-at-night",
    CONFIRMED,
    SENT_OFF,
    ("out_for_delivery", "sms", "03-09 05:00"),
    ("attempt_failed", "email", "03-09 22:00"),
    ("attempt_failed", "sms", "03-09 22:00"),
)
sent(wishes(plain("too-late"), quiet_hours={"from": "18:00", "to": "12:00"})).scan(
    "03-09 12:30",
    "ready_for_pickup",
    pickup={"point": "WAW01M", "code": "77", "deadline": local("03-11 06:30").isoformat()},
)
expect(
    "too-late",
    CONFIRMED,
    ("shipped", "email", "03-06 16:45"),
    ("ready_for_pickup", "email", "03-09 12:30"),
    ("ready_for_pickup", "sms", "03-09 12:30"),
    ("pickup_reminder", "sms", "03-10 12:00"),
    until="03-12 12:00",
)

# Together: changes within five minutes are one message, under the newest kind.
plain("changes").say("03-05 12:00", "order.changed", lines=[line("l1"), line("l3")]).say(
    "03-05 12:02", "order.changed", lines=[line("l1"), line("l4")]
)
expect("changes", CONFIRMED, ("order_changed", "email", "03-05 12:05"))
plain("changed-apart").say("03-05 12:00", "order.changed", lines=[line("l1"), line("l3")]).say(
    "03-05 12:30", "order.changed", lines=[line("l1"), line("l4")]
)
expect(
    "changed-apart",
    CONFIRMED,
    ("order_changed", "email", "03-05 12:05"),
    ("order_changed", "email", "03-05 12:35"),
)
plain("changed-nothing").say("03-05 12:00", "order.changed", lines=[line("l1"), line("l2")])
expect("changed-nothing", CONFIRMED)

# Too much: eight a day for one customer, whatever number of orders.
for each in range(3):
    many = tell(f"many-{each}", of="many").placed("03-09 08:10", lines=4, contact=MAIL_ONLY)
    for box in range(4):
        many.parcel("03-09 08:30", str(box), [f"l{box + 1}"])
        many.scan(f"03-09 {9 + 2 * box:02}:0{each}", "accepted", str(box))

# Fresh: 48 hours for a service message, seven days for a statutory one.
arrived(plain("old-news", arrives="03-11 12:00"))
for event in BOOK.histories["old-news"].events[1:]:
    event["arrivedat"] = local("03-11 12:40").isoformat()
expect("old-news", ("order_confirmation", "email", "03-11 12:00"), ("delivered", "email", "03-11 12:40"))
tell("older-news").placed("03-05 10:00", promised=None, arrives="03-13 12:00").parcel("03-06 09:00").scan(
    "03-06 16:00", "accepted"
).scan("03-09 13:00", "delivered")
for event in BOOK.histories["older-news"].events[1:]:
    event["arrivedat"] = local("03-13 14:00").isoformat()
expect("older-news")


def imported(story: History, when: str = "03-20 12:00") -> History:
    """Line by line, and all at once."""
    for event in story.events:
        event["arrivedat"] = local(when).isoformat()
    return story


# Imports: no line is told of that the next one ends, be it that of a day that passed unheard of.
WAITS = {"pickup": {"point": "WAW01M", "code": "77", "deadline": local("03-21 15:00").isoformat()}}
imported(
    tell("import-delayed")
    .placed("03-16 10:00", promised="2026-03-20")
    .say(
        "03-16 10:00",
        "supplier.ordered",
        supplier_id="s-1",
        supplier_order_id="so-1",
        line_ids=["l1", "l2"],
        dispatch_by="2026-03-17",
    )
    .parcel("03-17 13:00")
    .scan("03-19 11:00", "delivered")
)
imported(
    tell("import-collected")
    .placed("03-14 10:00", promised=None)
    .parcel("03-15 12:00")
    .scan("03-18 15:00", "ready_for_pickup", **WAITS)
    .scan("03-19 15:00", "delivered", delivered_to="pickup_point")
)
for name in ("import-delayed", "import-collected"):
    here = (("order_confirmation", "email", "03-20 12:00"), ("delivered", "email", "03-20 12:00"))
    expect(name, *here)
imported(
    tell("import-waits")
    .placed("03-14 10:00", promised=None)
    .parcel("03-15 12:00")
    .scan("03-19 15:00", "ready_for_pickup", **WAITS)
)
expect(
    "import-waits",
    ("order_confirmation", "email", "03-20 12:00"),
    ("ready_for_pickup", "email", "03-20 12:05"),
    ("ready_for_pickup", "sms", "03-20 12:05"),
    until="03-20 14:00",
)
# What is news of this hour waits for no past, however late its order is.
imported(
    tell("late-order-fresh-scan")
    .placed("03-14 10:00", promised=None)
    .parcel("03-15 12:00")
    .scan("03-20 11:40", "ready_for_pickup", **WAITS)
)
expect(
    "late-order-fresh-scan",
    ("order_confirmation", "email", "03-20 12:00"),
    ("ready_for_pickup", "email", "03-20 12:00"),
    ("ready_for_pickup", "sms", "03-20 12:00"),
    until="03-20 14:00",
)
imported(
    tell("import-limit")
    .placed("02-17 10:00", promised=None)
    .parcel("02-18 09:00")
    .scan("02-24 12:00", "delivered")
)
expect("import-limit")
imported(
    tell("import-refunded")
    .placed("02-26 10:00", promised=None)
    .parcel("02-26 12:00")
    .scan("02-28 12:00", "delivered")
    .say("03-09 10:00", "return.declared", return_id="r-1", kind="withdrawal")
    .say("03-13 10:00", "order.refunded", return_id="r-1", amount=money("40.00"))
)
expect("import-refunded")
imported(
    tell("import-complaint")
    .placed(
        "03-12 10:00",
        promised=None,
        consents=[
            {"purpose": purpose, "given_at": local("03-12 10:00").isoformat(), "proof": "box"}
            for purpose in ("surveys", "tips")
        ],
    )
    .parcel("03-13 12:00")
    .scan("03-16 15:00", "delivered", delivered_to="recipient")
    .say("03-19 15:00", "complaint.filed", complaint_id="k-1", kind="damaged")
)
expect("import-complaint", ("complaint_ack", "email", "03-20 12:00"))
sent(plain("late-ofd")).scan("03-09 08:00", "out_for_delivery", arrives="03-09 20:05")
expect("late-ofd", CONFIRMED, SENT_OFF)

# Languages and zones; several shops, several orders, guests.
plain("pl", contact={"name": "Łucja Żak", "email": "lucja@example.com", "phone": "+48600000005"})
plain("lt", "LT", contact={"name": "Rūta Ąžuolė", "email": "ruta@example.com"})
plain("pl-PL", "DE", contact={**MAIL_ONLY, "locale": "pl-PL"})
plain("hu", "HU", contact={"email": "hu@example.com"})
plain("first", contact={"email": "two@example.com"}).say("03-05 12:00", "customer.preferences", locale="lt")
sent(BOOK.histories["first"])
tell("second", of="c-first").placed("03-06 10:00", contact={"email": "two@example.com"})
tell("elsewhere", shop="borealis", of="guest:3f2a").placed("03-05 10:00")
tell("here", of="guest:3f2a").placed("03-05 10:00")

# Erased, and back again.
sent(plain("erased")).say("03-07 10:00", "customer.erasure").scan("03-09 13:00", "delivered")
expect("erased", CONFIRMED, SENT_OFF)
tell("back", of="c-erased").placed("03-10 10:00")
expect("back", ("order_confirmation", "email", "03-10 10:00"))
plain("erased-waiting").parcel("03-06 09:00").scan("03-06 16:00", "accepted").say(
    "03-06 16:20", "customer.erasure"
)
expect("erased-waiting", CONFIRMED)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("policy")
    return simulate(folder, lines_of(BOOK.histories.values()), "04-04 00:00")


@pytest.mark.parametrize("name", BOOK.expected)
def test_the_customer_hears_this_and_nothing_else(out: Outcome, name: str) -> None:
    assert BOOK.heard(out, name) == BOOK.expected[name]


@pytest.mark.parametrize(
    ("name", "kind", "reason"),
    [
        ("class-off", "shipped", "preference"),
        ("class-off", "delivered", "preference"),
        ("kind-before-class", "shipped", "preference"),
        ("nobody", "order_confirmation", "no_contact"),
        ("nobody", "shipped", "no_contact"),
        ("nobody", "delivered", "no_contact"),
        ("too-late", "pickup_reminder", "quiet_hours_expired"),
        ("older-news", "order_confirmation", "stale_backfill"),
        ("older-news", "delivered", "stale_backfill"),
    ],
)
def test_each_silence_has_its_reason(out: Outcome, name: str, kind: str, reason: str) -> None:
    assert (kind, reason) in out.silences(BOOK.histories[name].order)


def test_eight_messages_a_day_are_enough_for_one_customer(out: Outcome) -> None:
    orders = [f"acme:many-{each}" for each in range(3)]
    today = [row for row in out.all("messages.jsonl") if row["order_id"] in orders]
    told = [row for row in today if row["kind"] == "shipped" and row["sent_at"] < "2026-03-09T23"]
    assert len(told) == 8
    assert len([row for row in today if row["kind"] == "order_confirmation"]) == 3
    refused = [row for row in out.all("suppressed.jsonl") if row["order_id"] in orders]
    assert [row["reason"] for row in refused if row["at"] < "2026-03-09T23"] == ["cap"] * 4


def test_who_has_no_mail_address_gets_everything_by_text_and_the_seller_a_ticket(out: Outcome) -> None:
    assert len(out.tickets("acme:text-only")) == 1
    assert "Article l1" in out.text("acme:text-only", "order_confirmation", "sms")


def test_an_import_opens_no_ticket_about_what_is_long_over(out: Outcome) -> None:
    for name in ("import-delayed", "import-limit", "import-refunded"):
        assert out.tickets(f"acme:{name}") == []


def test_a_national_number_is_called_in_its_country(out: Outcome) -> None:
    for name, number in (("national", "+48600000004"), ("national-lt", "+37061234567")):
        [row] = out.rows("messages.jsonl", f"acme:{name}")[:1]
        assert row["to"] == number


@pytest.mark.parametrize(
    ("order", "locale"),
    [
        ("acme:pl", "pl"),
        ("acme:lt", "lt"),
        ("acme:pl-PL", "pl"),
        ("acme:hu", "en"),
        ("acme:first", "pl"),
        ("acme:second", "lt"),
    ],
)
def test_each_order_speaks_its_own_language(out: Outcome, order: str, locale: str) -> None:
    assert {row["locale"] for row in out.rows("messages.jsonl", order)} == {locale}


def test_a_guest_of_one_shop_is_nobody_in_another(out: Outcome) -> None:
    for order in ("borealis:elsewhere", "acme:here"):
        assert [row["kind"] for row in out.rows("messages.jsonl", order)][:1] == ["order_confirmation"]


def test_an_erased_name_is_in_no_timeline(out: Outcome) -> None:
    rows = [json for json in out.all("timelines.jsonl") if json["order_id"] == "acme:erased"]
    assert "Jagna" not in str(rows)
    assert "example.com" not in str(rows)
