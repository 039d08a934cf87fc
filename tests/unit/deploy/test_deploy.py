import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml
from prometheus_client import generate_latest

from streams.metrics import Metrics
from streams.settings import load_settings
from streams.web.union import Union

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
RULES = DEPLOY / "prometheus" / "alerts.yml"
DASHBOARD = json.loads((DEPLOY / "grafana" / "dashboards" / "orderherald.json").read_text())
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SUFFIXES = {
    "counter": ("_total",),
    "histogram": ("_bucket", "_sum", "_count"),
    "gauge": ("",),
    "info": ("_info",),
}


@pytest.fixture(scope="module")
def names():
    """Every series that a scrape may show, in Prometheus' own spelling."""
    families = list(Metrics().registry.collect())
    return {family.name + suffix for family in families for suffix in SUFFIXES[family.type]} | {
        "orderherald_role_up"
    }


def used(expression: str) -> set[str]:
    return set(re.findall(r"\b(?:orderherald|process)_\w+", expression))


async def test_the_series_of_the_union_are_among_the_names(names):
    text = (await Union({}).ask("/metrics")).body.decode()
    assert set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE)) <= names
    assert "orderherald_lag_records" in generate_latest(Metrics().registry).decode()


def panels():
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


@pytest.mark.parametrize("panel", panels(), ids=lambda panel: panel["title"])
def test_every_panel_shows_series_that_exist(panel, names):
    expressions = [target["expr"] for target in panel["targets"]]
    assert expressions
    for expression in expressions:
        assert used(expression)
        assert used(expression) <= names


def test_every_panel_says_what_it_shows_and_overlaps_no_other():
    taken = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
        assert panel["type"] == "row" or panel["description"]
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))


def test_every_alert_watches_series_that_exist_and_says_what_to_do(names):
    rules = [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]
    assert len({rule["alert"] for rule in rules}) == len(rules)
    for rule in rules:
        assert used(rule["expr"]) <= names, rule["alert"]
        assert rule["labels"]["severity"] in ("critical", "warning", "info")
        assert rule["annotations"].keys() == {"summary", "action"}


def test_every_alert_has_a_test_of_its_own():
    told = {rule["alert"] for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]}
    tests = yaml.safe_load((RULES.parent / "alerts_test.yml").read_text())["tests"]
    fired = {
        each["alertname"] for test in tests for each in test["alert_rule_test"] if each.get("exp_alerts")
    }
    assert told == fired


def test_every_alert_has_an_entry_in_the_runbook_and_no_entry_is_of_no_alert():
    told = [rule["alert"] for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]
    text = (DEPLOY / "runbook.md").read_text()
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == told


@pytest.mark.parametrize(
    "arguments", [("check", "config", "prometheus.yml"), ("test", "rules", "alerts_test.yml")], ids=" ".join
)
def test_prometheus_itself_agrees(arguments, needs):
    needs(shutil.which("promtool"), "promtool (Debian's prometheus)")
    done = subprocess.run(
        ("promtool", *arguments), cwd=RULES.parent, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_compose_file_waits_for_kafka_and_leaves_time_to_finish():
    worker = COMPOSE["services"]["orderherald"]
    assert set(COMPOSE["services"]) == {"kafka", "orderherald", "mailpit", "prometheus", "grafana"}
    assert worker["depends_on"]["kafka"] == {"condition": "service_healthy"}
    assert "healthcheck" in COMPOSE["services"]["kafka"]
    assert int(worker["stop_grace_period"].rstrip("s")) > 30
    assert COMPOSE["services"]["kafka"]["environment"]["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"


def test_nothing_of_the_compose_file_listens_beyond_this_machine():
    for service in COMPOSE["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))


def test_images_are_pinned_and_mounted_files_exist():
    for service in COMPOSE["services"].values():
        assert "build" in service or re.search(r":v?\d+\.\d+", service["image"])
        for mount in service.get("volumes", ()):
            source = mount.split(":")[0]
            assert source in COMPOSE["volumes"] or (DEPLOY / source).exists()
    build = COMPOSE["services"]["orderherald"]["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).is_file()


def test_the_settings_of_the_compose_file_are_ones_that_exist():
    given = COMPOSE["services"]["orderherald"]["environment"]
    settings = load_settings(
        None, {name: value for name, value in given.items() if not str(value).startswith("${")}
    )
    assert settings.brokers == "kafka:9092"
    assert settings.web_address == ("0.0.0.0", 8080)


def test_prometheus_asks_the_worker_where_it_listens():
    config = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
    (job,) = config["scrape_configs"]
    assert job["static_configs"] == [{"targets": ["orderherald:8080"]}]
    assert RULES.name in config["rule_files"]


def test_the_image_runs_as_nobody_in_particular_and_is_asked_how_it_is():
    text = (DEPLOY / "Dockerfile").read_text()
    last = text.rpartition("\nFROM ")[2]
    assert re.search(r"^USER \d+$", last, re.MULTILINE)
    assert "HEALTHCHECK" in last
    assert "/healthz" in last
    assert 'ENTRYPOINT ["orderherald"]' in last
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE)
    wanted = {name for line in copied for name in line.split()}
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert wanted == allowed
    assert all((ROOT / name).exists() for name in wanted)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = (
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--wheel-dir",
        str(folder),
        str(ROOT),
    )
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_carries_templates_translations_and_pages(wheel):
    held = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("templates", "streams", "adapters"):
        tracked = {
            str(path.relative_to(ROOT))
            for path in (ROOT / folder).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        assert tracked <= held, tracked - held
    assert any(name.endswith(".po") for name in held)
    assert "streams/web/pages/order.html" in held
    assert not any(name.startswith("tests/") for name in held)


def test_messages_render_from_the_wheel_in_any_folder(wheel, tmp_path):
    unpacked = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(unpacked)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = subprocess.run(
        (sys.executable, "-m", "streams", "preview", "shipped", "--locale", "pl", "--out", "out"),
        cwd=elsewhere,
        env=os.environ | {"PYTHONPATH": str(unpacked), "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert list((elsewhere / "out").glob("shipped.pl*"))
