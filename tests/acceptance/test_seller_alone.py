"""The seller's voice: whatever suppliers are called and say, no word of it reaches a customer.

Every history of the acceptance tests is told again, with marked words wherever a supplier has some.
"""

import copy
import email
import email.policy
import itertools
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from adapters.messages import links
from streams.domain.kinds import KINDS
from tests.acceptance import test_parcels, test_policy, test_whole_domain
from tests.acceptance.history import arrival, money
from tests.acceptance.runner import Book, Outcome, simulate

MARK = "kvorzuun"  # in no language's words, and too long to come about in a signature
SECRET = "s" * 32
CONFIG = f"""
delivery = "live"
mail_from = "orders@example.com"
link_secret = "{SECRET}"

[kinds.arriving_tomorrow]
opt_in = false

[defaults]
public_url = "https://shop.example.com"
"""
LOCALES = itertools.cycle(["en", "pl", "lt", "de"])
MORE = Book()
MORE.tell("paying").placed("03-05 10:00", payment="separate").say(
    "03-05 10:05", "order.payment_failed", amount=money("40.00")
)
MORE.tell("caught-up").placed("03-05 10:00").parcel("03-06 09:00").scan("03-06 10:00", "accepted").scan(
    "03-06 11:00", "in_transit", estimated_delivery={"latest": "2026-03-17"}
).scan("03-09 11:00", "in_transit", estimated_delivery={"latest": "2026-03-12"})
BOOKS = (test_whole_domain.BOOK, test_parcels.BOOK, test_policy.BOOK, MORE)


NAMED = ("order_id", "customer_id", "shipment_id", "tracking_number", "return_id", "replaces")
SAID: dict[str, dict[str, Any]] = {
    "supplier": {"supplier_id": f"{MARK}-1", "reason": f"the {MARK} works in {MARK}land have burnt down"},
    "order.cancelled": {"by": "supplier", "reason": f"{MARK} has gone bankrupt"},
    "shipment.created": {"origin": {"country": MARK, "region": f"{MARK} province"}},
    "shipment.status": {"location": f"{MARK} town", "carrier_text": f"left {MARK}", "carrier_code": MARK},
}


def marked(event: dict[str, Any], name: str, locale: str) -> dict[str, Any]:
    """The event with marked words for all that is a supplier's, under names that meet no other history."""
    event = copy.deepcopy(event)
    data, kind = event["data"], event["type"]
    event["id"] = f"{name}:{event['id']}"
    data |= {field: data[field] + name for field in NAMED if field in data}
    data |= SAID.get(kind, {}) | SAID.get(kind.partition(".")[0], {})
    if "supplier_order_id" in data:
        data["supplier_order_id"] = f"{MARK}-{data['supplier_order_id']}{name}"
    if kind.startswith("supplier."):
        event["source"] = f"/supplier/{MARK}"
    if kind == "order.placed":
        data["customer"] |= {"customer_id": data["customer"]["customer_id"] + name, "locale": locale}
        data["lines"] = [line | {"supplier_id": f"{MARK}-1"} for line in data["lines"]]
    return event


def everything() -> list[dict[str, Any]]:
    events = []
    for number, book in enumerate(BOOKS):
        for history in book.histories.values():
            locale = next(LOCALES)
            events += [marked(event, f"-b{number}", locale) for event in history.events]
    return sorted(events, key=arrival)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("alone")
    config: Path = folder / "shop.toml"
    config.write_text(CONFIG, encoding="utf-8")
    lines = [json.dumps(event) for event in everything()]
    return simulate(folder, lines, "05-30 12:00", "--config", str(config))


def all_of(file: Path) -> str:
    """Headers, text and HTML, and what the signed links hold."""
    if file.suffix == ".txt":
        return file.read_text(encoding="utf-8")
    mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    parts = [str(part.get_content()) for part in mail.walk() if part.get_content_maintype() == "text"]
    said = "\n".join((*(f"{name}: {value}" for name, value in mail.items()), *parts))
    tokens = re.findall(r"https://shop\.example\.com/\w+/([\w-]+)", said)
    held = (links.read(SECRET.encode(), token) for token in tokens)
    return said + "".join(str(each) for each in held)


def test_whatever_suppliers_are_called_and_say_no_word_of_it_reaches_a_customer(out: Outcome) -> None:
    rows = out.all("messages.jsonl")
    told = [row["file"] for row in rows if MARK in all_of(out.folder / row["file"]).casefold()]
    assert told == []
    assert "supplier" in (out.folder / "timelines.jsonl").read_text()  # where it is the seller's to see


def test_the_histories_tell_messages_of_every_kind_and_in_every_language(out: Outcome) -> None:
    told = Counter((row["kind"], row["locale"]) for row in out.all("messages.jsonl"))
    assert {locale for _, locale in told} == {"en", "pl", "lt", "de"}
    assert {kind for kind, _ in told} == KINDS.keys()
    assert out.all("dead-letters.jsonl") == []
