"""From what the operator wrote to providers, or one clear sentence."""

import subprocess
import sys

import pytest

from adapters.explain import explain
from adapters.memory import Memory
from adapters.registry import MAIL, SMS, Providers, build_providers
from streams.domain.ports import ConfigurationError, SendError
from streams.domain.world import Brand
from tests.contract.rigs import mail, sms


def test_a_url_and_a_mapping_mean_the_same():
    built = build_providers(
        {
            "a": "smtp://mail.example.com",
            "b": {"use": "smtp", "url": "smtp://mail.example.com"},
            "c": "smsapi://t0ken@api.example.com?sender=Shop",
            "d": {"use": "smsapi", "token": "t0ken"},
        }
    )
    assert {name: type(each).__name__ for name, each in built.mail.items()} == {"a": "Smtp", "b": "Smtp"}
    assert {name: type(each).__name__ for name, each in built.sms.items()} == {"c": "Smsapi", "d": "Smsapi"}


@pytest.mark.parametrize("url", ["smtp://h", "smtp+starttls://h", "smtps://u:p@h:4465"])
def test_every_form_of_the_contract_is_smtp(url):
    assert type(build_providers({"main": url}).mail["main"]).__name__ == "Smtp"


def test_what_can_do_both_does_both_under_one_name():
    built = build_providers({"screen": "console:"})
    assert (list(built.mail), list(built.sms)) == (["screen"], ["screen"])
    assert (built.default_mail, built.default_sms) == ("screen", "screen")


def test_what_can_do_both_can_be_told_to_do_one():
    built = build_providers({"screen": {"use": "console", "channel": "sms"}})
    assert (list(built.mail), list(built.sms)) == ([], ["screen"])


def test_a_channel_that_a_provider_cannot_do_is_refused():
    with pytest.raises(ConfigurationError, match=r"^provider main: channel: smtp can do email$"):
        build_providers({"main": {"url": "smtp://h", "channel": "sms"}})


def test_the_first_provider_is_the_default():
    built = build_providers({"a": "smtp://h", "b": "null:", "c": "null:"})
    assert (built.default_mail, built.default_sms) == ("a", "b")


def test_a_default_can_be_named():
    assert build_providers({"a": "null:", "b": "null:"}, default_mail="b").default_mail == "b"


def test_a_brand_that_names_a_provider_for_what_it_cannot_do_is_told_so():
    built = build_providers({"a": "smtp://h", "b": "smsapi://t0ken@h?sender=S"})
    built.fit([Brand(id="acme", mail_provider="a", sms_provider="b"), Brand(id="")])
    with pytest.raises(ConfigurationError, match=r"^brands\.acme\.mail_provider: b is no provider of mail$"):
        built.fit([Brand(id="acme", mail_provider="b")])
    with pytest.raises(ConfigurationError, match=r"^defaults\.sms_provider: a is no provider of SMS$"):
        built.fit([Brand(id="", sms_provider="a")])


def test_without_providers_there_are_no_defaults():
    built = build_providers({})
    assert (built.default_mail, built.default_sms) == (None, None)


def test_a_default_that_does_not_exist_is_refused():
    with pytest.raises(ConfigurationError, match=r"^default mail provider b: no such provider$"):
        build_providers({"a": "null:"}, default_mail="b")


@pytest.mark.parametrize("spec", ["carrier-pigeon://s3cret@loft", "s3cret", {"use": "pigeon"}, {}])
def test_an_unknown_provider_names_the_known_ones_and_no_secret(spec):
    with pytest.raises(ConfigurationError, match="known are console, memory, null, smsapi, smtp") as caught:
        build_providers({"main": spec})
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("name", sorted({*MAIL, *SMS}))
def test_every_provider_refuses_an_option_that_it_does_not_know(name):
    known = {"smtp": "smtp://mail.example.com", "smsapi": "smsapi://t0ken@api.example.com"}
    specs = {"main": {"use": name, "url": known.get(name, f"{name}:"), "colour": "red"}}
    with pytest.raises(ConfigurationError, match=r"^provider main: colour: is unknown$"):
        build_providers(specs)


async def test_check_tells_what_is_wrong_with_each():
    good, bad = Memory("good"), Memory("bad")
    bad.failing = SendError("connect_refused")
    assert await Providers({"good": good, "bad": bad}, {"good": good}).check() == {
        "good": None,
        "bad": "nothing listens there: check host and port (connect_refused)",
    }


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("configuration_smtp_535_5.7.8_login", "refuses the user or the password"),
        ("configuration_smtp_554_5.7.1_connect", "refuses mail from this machine"),
        ("timeout_hello", "does not answer in time"),
        ("configuration_smsapi_101", "refuses the token"),
        ("http_503", "try again later"),
    ],
)
def test_a_reason_is_explained(reason, words):
    assert words in explain(reason)
    assert reason in explain(reason)


def test_a_reason_without_an_explanation_speaks_for_itself():
    assert explain("smsapi_4711") == "smsapi_4711"


async def test_a_folder_that_cannot_be_made_is_found_by_check(tmp_path):
    (tmp_path / "file").write_text("in the way")
    built = build_providers({"m": f"console:{tmp_path}/file/x"})
    assert await built.check() == {"m": "provider m: its folder can't be written to"}


async def test_without_a_folder_the_console_prints(capsys):
    built = build_providers({"m": "console:"})
    await built.mail["m"].send(mail(), lambda: True)
    await built.sms["m"].send(sms(), lambda: True)
    shown = capsys.readouterr().out
    assert "--- mail to anna@example.com: Your parcel" in shown
    assert "--- SMS to +48600000000 (1): Body of m1." in shown
    await built.close()


def test_an_http_client_is_loaded_for_those_who_need_it():
    code = (
        "import sys; from adapters.registry import build_providers;"
        "build_providers({'m': 'smtp://h', 's': 'null:'}); print('aiohttp' in sys.modules)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "False"
