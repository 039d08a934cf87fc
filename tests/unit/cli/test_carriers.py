"""`orderherald carriers`: silences measured from timelines, printed as the file has them."""

import datetime as dt
import json
import tomllib
from pathlib import Path

import pytest

from streams.__main__ import main
from streams.domain.silence import quantile
from streams.settings import load_settings
from tests.unit.timeline.rig import Shop

HOUR = 3600


def timeline(hours: float, carrier: str = "inpost", country: str = "PL", state: str = "delivered") -> str:
    parcel = {"key": "P", "state": state, "carrier": carrier, "longest_silence": round(hours * HOUR)}
    return json.dumps({"order_id": "o", "state": "delivered", "country": country, "parcels": [parcel]})


def printed(tmp_path: Path, capsys: pytest.CaptureFixture[str], rows: list[str]) -> str:
    file = tmp_path / "timelines.jsonl"
    file.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    assert main(["carriers", "--timelines", str(file)]) == 0
    return capsys.readouterr().out


def test_what_is_printed_is_configuration_that_holds(tmp_path: Path, capsys) -> None:
    rows = [timeline(hours, country="PL") for hours in range(200)]
    rows += [timeline(hours / 2, "InPost ", country="LT") for hours in range(200)]
    out = printed(tmp_path, capsys, rows)
    assert tomllib.loads(out) == {
        "carriers": {"inpost": {"silence": "195h", "countries": {"LT": "99h", "PL": "197h"}}}
    }
    assert "99 % of 400 parcels" in out
    file = tmp_path / "new.toml"
    file.write_text(out, encoding="utf-8")
    assert load_settings(file, {}).silence()("inpost", "LT") == dt.timedelta(hours=99)


def test_too_few_parcels_are_said_and_not_measured(tmp_path: Path, capsys) -> None:
    rows = [timeline(10)] * 99 + [timeline(9, "dpd")] * 100
    out = printed(tmp_path, capsys, rows)
    assert "# inpost: 99 parcels, at least 100 are needed" in out
    assert tomllib.loads(out) == {"carriers": {"dpd": {"silence": "9h"}}}


def test_what_never_arrived_is_not_what_is_usual(tmp_path: Path, capsys) -> None:
    rows = [timeline(10)] * 100 + [timeline(900, state="lost")] * 100
    assert 'silence = "10h"' in printed(tmp_path, capsys, rows)


def test_a_carriers_name_is_whatever_a_sender_wrote(tmp_path: Path, capsys) -> None:
    name = 'übel"] \\ .x'
    out = printed(tmp_path, capsys, [timeline(10, name)] * 100)
    assert tomllib.loads(out)["carriers"] == {name: {"silence": "10h"}}


@pytest.mark.parametrize(
    ("text", "said"), [(None, "can't be read: No such file"), ("no timeline\n", "not timelines")]
)
def test_a_file_of_something_else_is_one_sentence(tmp_path: Path, capsys, text, said) -> None:
    file = tmp_path / "other"
    if text is not None:
        file.write_text(text)
    assert main(["carriers", "--timelines", str(file)]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def test_the_hundredth_parcel_may_be_as_late_as_it_likes() -> None:
    some = [dt.timedelta(hours=5)] * 99 + [dt.timedelta(days=50)]
    assert quantile(some) == dt.timedelta(hours=5)
    assert quantile([*some[1:], dt.timedelta(days=60)]) == dt.timedelta(days=50)
    assert quantile([dt.timedelta(hours=5, seconds=1)] * 100) == dt.timedelta(hours=6)


def test_a_parcel_is_silent_between_scans_but_not_while_it_waits_for_its_customer() -> None:
    shop = Shop()
    shop.placed()
    for status, when in (
        ("announced", "03-02 12:00"),
        ("accepted", "03-04 12:00"),
        ("in_transit", "03-05 12:00"),
        ("in_transit", "03-06 18:00"),
        ("ready_for_pickup", "03-06 20:00"),
        ("delivered", "03-09 12:00"),
    ):
        shop.scan(status, when)
    assert shop.view.parcels[0].longest_silence == 30 * HOUR


def test_one_scan_is_no_silence() -> None:
    shop = Shop()
    shop.placed()
    shop.scan("delivered", "03-03 12:00")
    assert shop.view.parcels[0].longest_silence is None
