"""A parcel that nobody sees any more, by what was measured of its carrier."""

from pathlib import Path

import pytest

from tests.acceptance.history import History
from tests.acceptance.runner import Outcome, lines_of, simulate

CONFIG = """
delivery = "live"
mail_from = "orders@example.com"

[carriers.InPost]
silence = "72h"
countries = { LT = "240h" }
"""


def quiet(name: str, country: str = "PL") -> History:
    story = History(name, country).placed("03-05 10:00", promised="2026-03-10")
    return story.parcel("03-06 09:00").scan("03-06 16:00", "accepted")


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("silence")
    config: Path = folder / "carriers.toml"
    config.write_text(CONFIG, encoding="utf-8")
    stories = [quiet("near"), quiet("far", "LT")]
    return simulate(folder, lines_of(stories), "03-14 12:00", "--config", str(config))


def test_its_customer_hears_once_silence_and_promise_are_over(
    out: Outcome,
) -> None:
    [told] = [row for row in out.rows("messages.jsonl", "acme:near") if row["kind"] == "parcel_problem"]
    assert [cause.startswith("timer:silent:") for cause in told["because"]] == [True]
    assert ("carrier_problem", "03-11 00:00", "03-12 00:00") in out.tickets("acme:near")


def test_where_parcels_are_silent_for_longer_nobody_is_alarmed(out: Outcome) -> None:
    kinds = [row["kind"] for row in out.rows("messages.jsonl", "acme:far")]
    assert "parcel_problem" not in kinds
    assert "carrier_problem" not in [ticket[0] for ticket in out.tickets("acme:far")]
