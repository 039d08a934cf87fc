"""SMSAPI's own manners, against a double of it on a real socket."""

import asyncio
import contextlib
import json
import os
from pathlib import Path

import pytest

from adapters.options import Options
from adapters.sms import smsapi as smsapi_module
from adapters.sms.smsapi import create
from streams.domain.ports import ConfigurationError, SendError, Sms
from tests.contract.smsapi_double import DROP, HANG, TAKE_AND_DROP, TOKEN, SmsapiDouble


def sms(text="Zażółć gęślą jaźń", sender="Shop", key="n-1|sms"):
    return Sms(text=text, sender=sender, recipient="+48600000000", segments=1, idempotency_key=key)


def yes():
    return True


@contextlib.asynccontextmanager
async def smsapi(server, **options):
    provider = create(Options("texts", {"url": server.url, "token": TOKEN} | options))
    try:
        yield provider
    finally:
        await provider.close()


async def failure(script, **options):
    async with SmsapiDouble(script) as server, smsapi(server, **options) as provider:
        with pytest.raises(SendError) as caught:
            await provider.send(sms(), yes)
    return caught.value


async def test_the_message_is_sent_with_its_key_and_its_sender():
    async with SmsapiDouble() as server, smsapi(server) as provider:
        handed = await provider.send(sms(), yes)
    assert handed.provider_id == "600000000000000000000001"
    assert server.taken == [
        {
            "to": "48600000000",
            "message": "Zażółć gęślą jaźń",
            "from": "Shop",
            "format": "json",
            "encoding": "utf-8",
            "idx": "n-1_sms",
            "check_idx": "1",
        }
    ]


async def test_a_message_without_a_sender_takes_the_accounts():
    async with SmsapiDouble() as server, smsapi(server, sender="Acme") as provider:
        await provider.send(sms(sender=None), yes)
    assert server.taken[0]["from"] == "Acme"


async def test_a_test_account_says_so():
    async with SmsapiDouble() as server, smsapi(server, test="yes") as provider:
        await provider.send(sms(), yes)
    assert server.taken[0]["test"] == "1"


async def test_a_long_key_is_shortened_the_same_way_each_time():
    async with SmsapiDouble() as server, smsapi(server) as provider:
        await provider.send(sms(key="k" * 300), yes)
        await provider.send(sms(key="k" * 300), yes)
    assert len(server.taken) == 1
    assert len(server.taken[0]["idx"]) <= 255


async def test_error_53_means_that_the_first_one_was_taken():
    async with SmsapiDouble([TAKE_AND_DROP]) as server, smsapi(server) as provider:
        with pytest.raises(SendError) as caught:
            await provider.send(sms(), yes)
        assert caught.value.in_doubt
        handed = await provider.send(sms(), yes)
    assert handed.provider_id is None
    assert len(server.taken) == 1


@pytest.mark.parametrize(
    ("number", "reason", "permanent", "in_doubt", "wait"),
    [
        (11, "smsapi_11", True, False, None),
        (13, "smsapi_13", True, False, None),
        (14, "configuration_smsapi_14", False, False, None),
        (52, "smsapi_52", False, False, 60.0),
        (59, "smsapi_59", True, False, None),
        (101, "configuration_smsapi_101", False, False, None),
        (103, "configuration_smsapi_103", False, False, None),
        (201, "smsapi_201", False, True, None),
        (202, "smsapi_202", False, False, None),
        (4711, "smsapi_4711", False, False, None),
    ],
)
async def test_an_error_number_says_what_to_do(number, reason, permanent, in_doubt, wait):
    error = await failure([number])
    assert (error.reason, error.permanent, error.in_doubt, error.retry_after) == (
        reason,
        permanent,
        in_doubt,
        wait,
    )


@pytest.mark.parametrize(
    ("answer", "reason", "permanent", "in_doubt", "wait"),
    [
        ((401, "{}"), "configuration_http_401", False, False, None),
        ((404, "<html>"), "configuration_http_404", False, False, None),
        ((400, "{}"), "http_400", True, False, None),
        ((429, "", {"Retry-After": "17"}), "http_429", False, False, 17.0),
        ((503, "busy"), "http_503", False, False, None),
        ((500, "oops"), "http_500", False, True, None),
        ((502, "<html>"), "http_502", False, True, None),
        ((200, "OK"), "answer_unreadable", False, True, None),
        ((200, '{"count": 0, "list": []}'), "answer_unreadable", False, True, None),
        ((200, '{"error": "13"}'), "smsapi_13", True, False, None),
        ((200, '{"count": 0, "list": [{"id": null, "error": 13}]}'), "smsapi_13", True, False, None),
    ],
)
async def test_an_answer_without_a_number_is_judged_by_its_status(answer, reason, permanent, in_doubt, wait):
    error = await failure([answer])
    assert (error.reason, error.permanent, error.in_doubt, error.retry_after) == (
        reason,
        permanent,
        in_doubt,
        wait,
    )


@pytest.mark.parametrize(("number", "bad"), [(13, True), (57, True), (59, True), (11, False), (94, False)])
async def test_a_number_that_takes_no_sms_is_a_bad_address(number, bad):
    assert (await failure([number])).bad_address == bad


async def test_a_disconnect_once_the_request_is_out_is_in_doubt():
    error = await failure([DROP])
    assert (error.reason, error.permanent, error.in_doubt) == ("connection_lost", False, True)


async def test_an_answer_that_never_comes_is_in_doubt():
    error = await failure([HANG], timeout=1)
    assert (error.reason, error.permanent, error.in_doubt) == ("timeout", False, True)


async def test_a_closed_port_is_temporary_and_not_in_doubt(unused_port):
    provider = create(Options("texts", {"url": f"http://127.0.0.1:{unused_port}", "token": TOKEN}))
    with pytest.raises(SendError) as caught:
        await provider.send(sms(), yes)
    await provider.close()
    assert (caught.value.reason, caught.value.permanent, caught.value.in_doubt) == (
        "connect_failed",
        False,
        False,
    )


@pytest.mark.parametrize(
    ("file", "provider_id"),
    [("sms__detailed_response.json", "1"), ("mms__send.json", "1")],
)
def test_the_recorded_answers_are_understood(file, provider_id):
    path = Path(os.environ.get("PAYLOAD_CORPUS", "")) / "smsapi-fixtures" / file
    if not path.exists():
        pytest.skip(f"PAYLOAD_CORPUS is not set, or holds no {file}")
    recorded = json.loads(path.read_text())
    answer = json.dumps(recorded["response"]).encode()
    assert smsapi_module._handed(recorded["status_code"], None, answer).provider_id == provider_id


async def test_check_finds_a_wrong_token_without_showing_it():
    async with SmsapiDouble() as server:
        provider = create(Options("texts", {"url": server.url, "token": "wr0ng-token"}))
        with pytest.raises(ConfigurationError, match="refuses the token") as caught:
            await provider.check()
        await provider.close()
    assert "wr0ng" not in str(caught.value)


async def test_a_cancelled_attempt_lets_the_next_one_through():
    async with SmsapiDouble([HANG]) as server, smsapi(server, connections=1) as provider:
        attempt = asyncio.create_task(provider.send(sms(), yes))
        await asyncio.sleep(0.1)
        attempt.cancel()
        with pytest.raises(asyncio.CancelledError):
            await attempt
        await provider.send(sms(), yes)
    assert len(server.taken) == 1


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"url": "http://api.example.com", "token": TOKEN},
        {"url": "ftp://api.example.com", "token": TOKEN},
        {"token": TOKEN, "sendr": "Shop"},
        {"token": TOKEN, "timeout": "soon"},
        {"token": [TOKEN]},
    ],
)
def test_wrong_options_are_one_clear_sentence_without_the_token(options):
    with pytest.raises(ConfigurationError, match=r"^provider texts: \w+: ") as caught:
        create(Options("texts", options))
    assert TOKEN not in str(caught.value)
