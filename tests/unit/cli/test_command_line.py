"""The command line: what is asked for, and one clear sentence where it can't be had."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from streams.__main__ import main
from tests.brokers import free_port

PLACED = {
    "specversion": "1.0",
    "id": "e-1",
    "source": "/shop/acme",
    "type": "order.placed",
    "time": "2026-03-05T10:00:00+01:00",
    "data": {
        "order_id": "acme:1",
        "number": "1",
        "shop": "acme",
        "customer": {"customer_id": "c-1", "country": "PL", "name": "Ann", "email": "ann@example.com"},
        "shipping_address": {
            "name": "Ann",
            "lines": ["Prosta 1"],
            "postal_code": "00-001",
            "city": "Warszawa",
            "country": "PL",
        },
        "lines": [
            {
                "line_id": "l1",
                "sku": "S",
                "title": "Lamp",
                "quantity": 1,
                "unit_price": {"amount": "10.00", "currency": "PLN"},
            }
        ],
        "total": {"amount": "10.00", "currency": "PLN"},
    },
}


@pytest.fixture
def events(tmp_path: Path) -> Path:
    file = tmp_path / "events.jsonl"
    file.write_text(json.dumps(PLACED) + "\n")
    return file


def refused(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    """What was said, in one line, where the command ended with status 2."""
    try:
        status = main(argv)
    except SystemExit as ended:
        status = int(ended.code or 0)
    assert status == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    return err


def test_it_begins_fast_and_says_what_can_be_asked_for() -> None:
    code = "import streams.__main__, sys; print(sorted(set(sys.modules) & {'faust', 'aiokafka', 'jinja2'}))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"[]\n"
    shown = subprocess.run(
        [sys.executable, "-m", "streams", "--help"], capture_output=True, check=True
    ).stdout
    for command in (b"demo", b"worker", b"simulate", b"preview", b"check", b"dead-letters", b"sources"):
        assert command in shown


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["simulat"], "invalid choice: 'simulat'"),
        (["simulate", "--out", "x"], "required: --events"),
        (["simulate", "--events", "x"], "required: --out"),
        (["simulate", "--events", "x", "--out", "y", "--until", "tomorrow"], "date and time with offset"),
        (["simulate", "--events", "x", "--out", "y", "--until", "2026-03-05T10:00:00"], "with offset"),
        (["simulate", "--events", "x", "--out", "y", "--processes", "0"], "whole number from 1 on"),
        (["simulate", "--events", "x", "--out", "y", "--speed", "9"], "unrecognized arguments: --speed"),
        (["simulate", "--events", "x", "--out", ""], "argument --out: expected a name, got nothing"),
        (["simulate", "--events", "x", "--out", "y", "--diff", "y"], "another run than --out"),
        (["simulate", "--events", "x", "--out", "y", "--diff", "/no"], "/no: no run of simulate lies there"),
        (["preview", "--config", "/nowhere.toml", "--out", "x"], "/nowhere.toml: can't be read"),
        (["answer", "--order", "1", "--locale", "xx"], "xx: no templates in this language, only de, en, "),
        (["answer", "--order", "1", "--locale", "en-GB"], "ORDERHERALD_BROKERS: not set"),
        (["demo", "--port", "99999"], "expected a port up to 65535"),
        (["demo", "--for", "nan"], "expected a number of seconds, got 'nan'"),
        (["worker", "--role", "cook"], "invalid choice: 'cook'"),
        (["worker"], "ORDERHERALD_BROKERS: not set"),
        (["dead-letters", "list"], "ORDERHERALD_BROKERS: not set"),
        (["dead-letters"], "required: ACTION"),
        (["sources", "test", "nosuch", "file"], "nosuch: no such source"),
        (["providers", "outcomes", "nosuch", "file"], "nosuch: no such provider"),
        (["check", "--config", "/nowhere.toml"], "/nowhere.toml: can't be read"),
    ],
)
def test_a_wrong_word_ends_with_status_2_and_one_sentence(
    capsys: pytest.CaptureFixture[str], argv: list[str], said: str
) -> None:
    assert said in refused(capsys, *argv)


def test_a_missing_file_of_events_is_one_sentence(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    said = refused(capsys, "simulate", "--events", str(tmp_path / "none"), "--out", str(tmp_path / "out"))
    assert "none: can't be read: No such file or directory" in said


def test_a_folder_that_cannot_be_written_is_one_sentence(
    capsys: pytest.CaptureFixture[str], events: Path, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("a file")
    said = refused(capsys, "simulate", "--events", str(events), "--out", str(tmp_path / "taken"))
    assert "taken: can't be written" in said


def test_each_mistake_in_the_configuration_is_a_sentence_of_its_own(
    capsys: pytest.CaptureFixture[str], events: Path, tmp_path: Path
) -> None:
    config = tmp_path / "c.toml"
    config.write_text('partitions = "many"\nlocal = "pl"\n')
    argv = ["simulate", "--events", str(events), "--out", str(tmp_path / "o"), "--config", str(config)]
    assert main(argv) == 2
    assert capsys.readouterr().err.splitlines() == [
        "orderherald: local: no such setting",
        "orderherald: partitions: expected a whole number, got 'many'",
    ]


@pytest.mark.parametrize("what", ["nowhere", "file", ""])
def test_a_folder_of_templates_that_is_none_is_told_before_anything_is_told(
    capsys: pytest.CaptureFixture[str], events: Path, tmp_path: Path, what: str
) -> None:
    (tmp_path / "file").write_text("no folder")
    config = tmp_path / "c.toml"
    folder = str(tmp_path / what) if what else ""
    config.write_text(f'[defaults]\ntemplates = "{folder}"\n[brands.acme]\nname = "Acme"\n')
    argv = ["simulate", "--events", str(events), "--out", str(tmp_path / "o"), "--config", str(config)]
    assert refused(capsys, *argv) == f"orderherald: defaults.templates: {folder or 'nothing'} is no folder\n"
    assert not (tmp_path / "o").exists()


def test_keys_and_languages_that_are_not_there_are_told_each(
    capsys: pytest.CaptureFixture[str], events: Path, tmp_path: Path
) -> None:
    dkim = 'dkim_domain = "a.example"\ndkim_selector = "s"\ndkim_key_file = "/nowhere"\n'
    config = tmp_path / "c.toml"
    config.write_text(f'[brands.a]\n{dkim}[brands.b]\n{dkim}templates = "/nowhere"\n')
    argv = ["simulate", "--events", str(events), "--out", str(tmp_path / "o"), "--config", str(config)]
    assert main(argv) == 2
    assert capsys.readouterr().err.splitlines() == [
        "orderherald: brands.a.dkim_key_file: the DKIM key file of a.example can't be read",
        "orderherald: brands.b.dkim_key_file: the DKIM key file of a.example can't be read",
        "orderherald: brands.b.templates: /nowhere is no folder",
    ]
    config.write_text('[brands.a]\nsms_transliterate = { xx = "auto" }\ntips = [{ text = { fi = "x" } }]\n')
    assert main(argv) == 2
    assert [each.partition(": no message")[0] for each in capsys.readouterr().err.splitlines()] == [
        "orderherald: brands.a.sms_transliterate.xx",
        "orderherald: brands.a.tips.0.text.fi",
    ]


def test_a_worker_does_not_start_with_a_brands_template_that_fails(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "own" / "kinds").mkdir(parents=True)
    (tmp_path / "own" / "kinds" / "delay.j2").write_text("{% block title %}{{ nothing }}{% endblock %}")
    config = tmp_path / "c.toml"
    config.write_text(
        f'brokers = "127.0.0.1:1"\n[brands.acme]\nname = "Acme"\ntemplates = "{tmp_path / "own"}"\n'
    )
    for argv in (["worker"], ["worker", "--role", "desk"]):
        said = refused(capsys, *argv, "--config", str(config))
        assert said.startswith("orderherald: brands.acme.templates: kinds/delay.j2, line 1: 'nothing' is")


def test_a_provider_that_is_wrong_is_one_sentence_of_the_worker_not_one_of_each_role() -> None:
    env = os.environ | {"ORDERHERALD_BROKERS": "127.0.0.1:1", "ORDERHERALD_SMTP_URL": "smtp://a:b@host:port"}
    command = (sys.executable, "-m", "streams", "worker")
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (2, "orderherald: provider smtp: url: is no valid URL\n")


def test_a_brand_that_delivers_nothing_shows_among_the_figures_and_so_does_any_other_shop() -> None:
    port = free_port()
    env = os.environ | {"ORDERHERALD_BROKERS": "127.0.0.1:1", "ORDERHERALD_WEB": f"127.0.0.1:{port}"}
    env |= {"ORDERHERALD_BRANDS_ACME_DELIVERY": "redirect:me@example.com", "ORDERHERALD_MAIL_FROM": "a@b.pl"}
    env |= {"ORDERHERALD_SMTP_URL": "smtp://127.0.0.1:1"}
    command = (sys.executable, "-m", "streams", "worker", "--role", "web")
    with subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL) as worker:
        try:
            text = _asked(f"http://127.0.0.1:{port}/metrics")
        finally:
            worker.terminate()
    shown = {line for line in text.splitlines() if line.startswith("orderherald_delivery_mode{")}
    assert shown == {
        'orderherald_delivery_mode{brand="acme",mode="redirect",role="web"} 1.0',
        'orderherald_delivery_mode{brand="(any other)",mode="off",role="web"} 1.0',
    }


def _asked(url: str) -> str:
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return str(answer.read().decode())
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_simulate_without_a_configuration_confirms_an_order_of_an_unknown_shop(
    events: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert main(["simulate", "--events", str(events), "--out", str(out)]) == 0
    (line,) = (out / "messages.jsonl").read_text().splitlines()
    message = json.loads(line)
    assert (message["kind"], message["channel"], message["to"]) == (
        "order_confirmation",
        "email",
        "ann@example.com",
    )
    assert b"From: acme <" in (out / message["file"]).read_bytes()
    assert json.loads((out / "summary.json").read_text())["dead_letters"] == {}


def test_a_brand_that_is_off_in_the_configuration_sends_nothing_in_simulate_either(
    events: Path, tmp_path: Path
) -> None:
    config, out = tmp_path / "c.toml", tmp_path / "out"
    config.write_text('[brands.acme]\ndelivery = "off"\n')
    argv = ["simulate", "--events", str(events), "--out", str(out), "--config", str(config)]
    assert main(argv) == 0
    assert (out / "messages.jsonl").read_bytes() == b""
    assert json.loads((out / "suppressed.jsonl").read_text())["reason"] == "delivery_off"


def test_providers_and_sources_say_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["providers", "list"]) == 0
    assert "smtp       mail\n" in capsys.readouterr().out
    assert main(["sources", "list"]) == 0


def test_a_supervisor_loads_nothing_of_what_its_roles_do():
    """They can't start before it has."""
    asks = "import sys, streams.commands.worker, streams.supervision; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True)
    theirs = {"adapters", "faust", "jinja2", "streams.agents", "streams.engine.worker"}
    assert theirs.isdisjoint(done.stdout.split())
