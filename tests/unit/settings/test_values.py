"""Single values that can't be: each told in one sentence by its place, and none with a secret in it."""

from pathlib import Path

import pytest

from streams.domain.ports import ConfigurationError
from streams.settings import load_settings


def told(tmp_path: Path, text: str, **env: str) -> str:
    file = tmp_path / "orderherald.toml"
    file.write_text(text)
    with pytest.raises(ConfigurationError) as raised:
        load_settings(file, {f"ORDERHERALD_{name}": value for name, value in env.items()})
    return str(raised.value)


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ('public_url = "http://[::1"', "public_url: expected an address that begins with https://"),
        ('public_url = "https://a b.example"', "public_url: expected an address that begins with https://"),
        ('public_url = "https://a.example:x"', "public_url: expected an address that begins with https://"),
        ('hosts = ["https://a.example/x"]', "hosts: expected the name of a host like cdn.example.com, got "),
        (r'name = "Acme\r\nBcc: x@example.com"', "name: must be one line, without control characters"),
        (r'mail_from = "a@example.com\r\nBcc: b@example.com"', "mail_from: expected a mail address, got "),
        ('reply_to = "a@example.com, b@example.com"', "reply_to: expected a mail address, got "),
        ('dkim_domain = "a.example"', "dkim_selector: missing: dkim_domain is of no use without it"),
        ('surveys = ["nps", "nps"]', "surveys: names one of them twice"),
        ('sms_senders = { ZZ = "Acme" }', "sms_senders.ZZ: no country has the code ZZ"),
        ("tips = [{ text = {} }]", "tips.0.text: needs its words in one language at least"),
        ('tips = [{ text = { en = " " } }]', "tips.0.text: needs its words in one language at least"),
        ('tips = [{ text = { en = "x" }, skus = [] }]', 'tips.0.skus: needs a pattern; ["*"] fits any goods'),
        (
            'remedy_cap = { amount = "-1", currency = "PLN" }',
            "remedy_cap.amount: must be more than nothing, got -1",
        ),
        (
            'remedy_cap = { amount = "5", currency = "PLX" }',
            "remedy_cap.currency: no currency has the code PLX",
        ),
        (
            'remedies = [{ remedy = "voucher", amount = { amount = "0", currency = "PLN" } }]',
            "remedies.0.amount.amount: must be more than nothing, got 0",
        ),
        (
            'remedies = [{ remedy = "voucher", total = "-5", percent = 5 }]',
            "remedies.0.total: expected 0 or more, got -5",
        ),
    ],
)
def test_what_a_brand_can_not_have(tmp_path: Path, written: str, sentence: str) -> None:
    assert told(tmp_path, f"[brands.acme]\n{written}\n").startswith(f"brands.acme.{sentence}")


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ('kinds.shipped.hold = "9999999999d"', "kinds.shipped.hold: expected a duration like 45m, 4h or 30d"),
        (
            'limits.keep_stub_for = "9999999d"',
            "limits.keep_stub_for: expected a duration like 45m, 4h",
        ),
        ("limits.transit_days = 1000000", "limits.transit_days: expected at most 10000, got 1000000"),
        ('kinds.shipped.channels = ["email", "email"]', "kinds.shipped.channels: names one of them twice"),
        ("kinds.shipped.max_segments = 256", "kinds.shipped.max_segments: expected 1 to 255, got 256"),
        ('kinds.survey.gap = "0s"', "kinds.survey.gap: must be longer than nothing"),
        (
            'kinds.survey.purpose = "survey"',
            "kinds.survey.purpose: expected any of reviews, offers, ",
        ),
        ("calendars.XX.closed = [2026-12-24]", "calendars.XX: no country has the code XX"),
        ("partitions = 99999999999999999999", "partitions: expected a whole number <= 32767"),
        ('brokers = ","', "brokers: expected host:port, separated by commas, got ''"),
        ("senders.rates.email = nan", "senders.rates.email: expected more than 0 messages a second, got nan"),
        ("senders.rates.email = 0", "senders.rates.email: expected more than 0 messages a second, got 0"),
        ("senders.rates.mian = 5", "senders.rates.mian: no such provider or channel"),
        ('[brands.""]', "brands: a brand's table needs a name: the id of the shop"),
    ],
)
def test_what_can_not_be_at_all(tmp_path: Path, written: str, sentence: str) -> None:
    assert told(tmp_path, written + "\n").startswith(sentence)


@pytest.mark.parametrize("url", ["http://user:hush@h", "nonsense-hush"])
def test_a_server_that_is_none_is_told_without_its_password(tmp_path: Path, url: str) -> None:
    assert told(tmp_path, "", SMTP_URL=url) == (
        "ORDERHERALD_SMTP_URL: must begin with smtp://, smtp+starttls:// or smtps://"
    )


def test_a_url_that_python_can_not_split_is_left_to_its_provider(tmp_path: Path) -> None:
    assert load_settings(None, {"ORDERHERALD_SMTP_URL": "smtp://[user:hush"}).providers
