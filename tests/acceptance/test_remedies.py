"""Money for delays, from the rules in the file to the customer's mail: within the month's budget."""

import datetime as dt
from pathlib import Path

import pytest

from tests.acceptance.history import History
from tests.acceptance.runner import Outcome, lines_of, simulate

CONFIG = """
[brands.acme]
delivery = "live"
timezone = "Europe/Warsaw"
mail_from = "Acme <orders@acme.example.com>"
remedy_cap = { amount = "15.00", currency = "PLN" }
remedy_budget = { amount = "24.00", currency = "PLN" }

[[brands.acme.remedies]]
remedy = "voucher"
late_days = 2
orders = 2
amount = { amount = "50.00", currency = "PLN" }

[[brands.acme.remedies]]
remedy = "partial_refund"
late_days = 2
percent = 20
"""


def late(name: str, came: str, of: str | None = None, placed: str = "03-02 10:00") -> History:
    story = History(name, of=of).placed(placed, promised="2026-03-05")
    story.parcel("03-03 10:00").scan("03-03 16:00", "accepted")
    return story.scan(came, "delivered", delivered_to="recipient")


HISTORIES = [
    late("first", "03-10 12:00"),
    late("loyal-1", "03-04 12:00", "regular"),
    late("loyal-2", "03-10 13:00", "regular"),
    late("third", "03-10 14:00"),
    late("one-day", "03-06 12:00"),
    late("april", "04-02 12:00"),
]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("remedies")
    config: Path = folder / "acme.toml"
    config.write_text(CONFIG, encoding="utf-8")
    return simulate(folder, lines_of(HISTORIES), "04-10 12:00", "--config", str(config))


def test_the_first_rule_that_holds_for_order_and_customer_is_taken_within_the_cap(out: Outcome) -> None:
    assert "refunding you PLN 8.00" in out.text("acme:first", "apology").replace("\xa0", " ")
    assert "voucher for PLN 15.00" in out.text("acme:loyal-2", "apology").replace("\xa0", " ")


def test_a_spent_budget_leaves_words_and_the_next_month_has_its_own(out: Outcome) -> None:
    told = {name: out.text(f"acme:{name}", "apology") for name in ("first", "loyal-2", "third", "april")}
    assert {name for name, text in told.items() if "make up for it" in text} == {"first", "loyal-2", "april"}


def test_the_seller_hears_what_was_promised(out: Outcome) -> None:
    owed = [row for row in out.all("tickets.jsonl") if row["kind"] == "remedy_due"]
    promised = {row["order_id"]: row["summary"] for row in owed}
    assert promised.keys() == {"acme:first", "acme:loyal-2", "acme:april"}
    assert "partial refund of 8.00 PLN" in promised["acme:first"]
    assert "voucher of 15.00 PLN" in promised["acme:loyal-2"]
    for row in owed:
        day = dt.timedelta(hours=24)
        assert dt.datetime.fromisoformat(row["due_at"]) - dt.datetime.fromisoformat(row["at"]) == day


def test_a_day_late_is_an_apology_without_money(out: Outcome) -> None:
    assert "make up for it" not in out.text("acme:one-day", "apology")
