"""The JSON Schema says what the program itself accepts, and lies beside the example."""

import datetime as dt
import tomllib
from pathlib import Path

import jsonschema
import pytest

from streams.__main__ import main
from streams.settings.schema import printed, schema, spelt

DEPLOY = Path(__file__).parents[3] / "deploy"


def wrong(text):
    read = plain(tomllib.loads(text))
    return sorted(error.json_path for error in jsonschema.Draft202012Validator(schema()).iter_errors(read))


def plain(value):
    """As JSON has it: TOML's dates are texts there."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value.isoformat() if isinstance(value, dt.date) else value


def test_the_file_beside_the_example_is_what_the_program_prints(capsys):
    assert main(["check", "--schema"]) == 0
    out = capsys.readouterr().out
    assert out == printed()
    assert (DEPLOY / "orderherald.schema.json").read_text() == out, "orderherald check --schema > the file"


def test_it_is_a_schema_and_the_example_keeps_to_it():
    jsonschema.Draft202012Validator.check_schema(schema())
    assert wrong((DEPLOY / "orderherald.example.toml").read_text()) == []


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("partions = 4", "$"),
        ("[brands.acme]\nlocal = 'pl'", "$.brands.acme"),
        ("[brands.acme.kinds.shiped]\nhold = '5m'", "$.brands.acme.kinds"),
        ("[kinds.shipped]\nhold = 'soon'", "$.kinds.shipped.hold"),
        ("[kinds.shipped]\ncategory = 'X'", "$.kinds.shipped.category"),
        ("[limits]\nattempts = 'many'", "$.limits.attempts"),
        ("[jurisdictions.PL]\nrefund = 0", "$.jurisdictions.PL.refund"),
        ("[[brands.acme.remedies]]\npercent = 5", "$.brands.acme.remedies[0]"),
    ],
)
def test_what_the_program_refuses_the_schema_refuses_in_the_same_place(text, where):
    assert wrong(text) == [where]


@pytest.mark.parametrize(
    ("iso", "text"), [("PT45M", "45m"), ("P1DT12H", "1d12h"), ("P0D", "0s"), ("PT30S", "30s")]
)
def test_durations_are_spelt_as_the_file_spells_them(iso, text):
    assert spelt(iso) == text
