"""The courier always answers, and never with more than it should."""

import asyncio
import datetime as dt

import pytest
import structlog

from adapters.courier import SendingCourier
from adapters.memory import Memory
from adapters.null import Null
from adapters.registry import Providers
from streams.domain.effects import Claim
from streams.domain.notes import Content
from streams.domain.ports import Mail, SendError, Sms
from streams.domain.world import Brand

NOW = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)
BRANDS = {
    "acme": Brand(id="acme"),
    "bolt": Brand(id="bolt", mail_provider="second", sms_provider="gone"),
}


def claim(channel="email", shop="acme", provider=None):
    return Claim(
        notification_id="n-1",
        message_key="n-1:email",
        attempt=3,
        channel=channel,
        provider=provider,
        to="anna@example.com",
        intended_for="anna@example.com",
        customer_id="c-1",
        order_id="acme:1",
        shop=shop,
        kind="shipped",
        locale="en",
        timezone="UTC",
        country="PL",
        customer_name="Anna",
        address=None,
        content=Content(number="1", order_state="shipped"),
        because=("e1",),
        caused_at=NOW,
        decided_at=NOW,
        claimed_at=NOW,
        lease_until=NOW,
    )


class Renderer:
    error = None

    def mail(self, claim):
        if self.error:
            raise self.error
        return Mail(b"raw\r\n", "shop@example.com", claim.to, "<n-1@example.com>", "Subject", "n-1")

    def sms(self, claim):
        return Sms("Text", None, "+48600000000", 2, "n-1")


def yes():
    return True


class Broken:
    """A provider with a fault: it breaks after, or before, it has asked for leave."""

    repeats_safely = False
    name = "broken"

    def __init__(self, error, *, ask=True):
        self.error, self.ask = error, ask

    async def send(self, message, may_start):
        if self.ask:
            may_start()
        if self.error is None:
            await asyncio.Event().wait()
        raise self.error


def courier(mail=None, sms=None, renderer=None, **options):
    providers = Providers(
        {"main": Memory("main"), "second": Memory("second")} if mail is None else mail,
        {"texts": Memory("texts")} if sms is None else sms,
    )
    options = {"brand": lambda shop: BRANDS.get(shop, Brand(id=shop))} | options
    return SendingCourier(renderer or Renderer(), providers, **options)


async def test_a_mail_that_is_taken_is_sent():
    attempted = await courier().deliver(claim(), yes)
    assert (attempted.result, attempted.provider, attempted.provider_id) == ("sent", "main", "memory-n-1")
    assert (attempted.notification_id, attempted.customer_id, attempted.attempt) == ("n-1", "c-1", 3)
    assert attempted.reason is None


async def test_a_short_message_tells_its_segments():
    attempted = await courier().deliver(claim("sms"), yes)
    assert (attempted.result, attempted.provider, attempted.segments) == ("sent", "texts", 2)


async def test_a_brand_may_have_a_provider_of_its_own_and_a_claim_names_another():
    assert (await courier().deliver(claim(shop="bolt"), yes)).provider == "second"
    assert (await courier().deliver(claim(shop="bolt", provider="main"), yes)).provider == "main"


async def test_a_provider_that_is_not_there_is_ours_to_mend():
    attempted = await courier().deliver(claim(provider="gone"), yes)
    assert (attempted.result, attempted.reason, attempted.permanent) == (
        "failed",
        "configuration_no_provider",
        False,
    )


async def test_a_null_provider_takes_messages_as_read():
    class Blank:
        def mail(self, claim):
            raise AssertionError("rendered for nobody")

    attempted = await courier({"main": Null("main", unread=True)}, renderer=Blank()).deliver(claim(), yes)
    assert (attempted.result, attempted.provider_id) == ("sent", f"null-{claim().message_key}")
    late = await courier({"main": Null("main", unread=True)}).deliver(claim(), lambda: False)
    assert (late.result, late.reason) == ("failed", "lease_over")


async def test_a_refusal_keeps_what_the_provider_said_about_it():
    error = SendError("smtp_451_rcpt", retry_after=30.0)
    attempted = await courier({"main": Broken(error)}).deliver(claim(), yes)
    assert (attempted.reason, attempted.permanent, attempted.in_doubt, attempted.retry_after) == (
        "smtp_451_rcpt",
        False,
        False,
        30.0,
    )


async def test_a_dead_address_is_told():
    error = SendError("smtp_550_5.1.1_rcpt", permanent=True, bad_address=True)
    attempted = await courier({"main": Broken(error)}).deliver(claim(), yes)
    assert (attempted.permanent, attempted.bad_address) == (True, True)


async def test_a_template_that_fails_is_permanent_and_nothing_is_sent():
    renderer = Renderer()
    renderer.error = SendError("template", permanent=True)
    mailer = Memory("main")
    attempted = await courier({"main": mailer}, renderer=renderer).deliver(claim(), yes)
    assert (attempted.reason, attempted.permanent) == ("template", True)
    assert mailer.taken == {}


@pytest.mark.parametrize(("ask", "in_doubt"), [(True, True), (False, False)])
async def test_a_fault_costs_one_attempt_and_shows_nothing(ask, in_doubt):
    broken = Broken(RuntimeError("anna@example.com p4ssword"), ask=ask)
    with structlog.testing.capture_logs() as logged:
        attempted = await courier({"main": broken}).deliver(claim(), yes)
    assert (attempted.reason, attempted.permanent, attempted.in_doubt) == ("fault", False, in_doubt)
    assert [entry["event"] for entry in logged] == ["attempt_broke", "attempt_failed"]
    assert "anna" not in str(logged)
    assert "p4ssword" not in str(logged)


@pytest.mark.parametrize(("ask", "in_doubt"), [(True, True), (False, False)])
async def test_a_provider_that_hangs_is_cut_off(ask, in_doubt):
    broken = Broken(None, ask=ask)
    attempted = await courier({"main": broken}, attempt_timeout=0.02).deliver(claim(), yes)
    assert (attempted.reason, attempted.in_doubt) == ("timeout", in_doubt)


async def test_leave_that_is_not_given_is_no_doubt():
    attempted = await courier().deliver(claim(), lambda: False)
    assert (attempted.reason, attempted.permanent, attempted.in_doubt) == ("lease_over", False, False)


async def test_cancellation_goes_through():
    attempt = asyncio.create_task(courier({"main": Broken(None)}).deliver(claim(), yes))
    await asyncio.sleep(0.01)
    attempt.cancel()
    with pytest.raises(asyncio.CancelledError):
        await attempt


def test_a_shop_has_the_channels_that_it_has_providers_for():
    assert courier().channels("acme") == ("email", "sms")
    assert courier().channels("bolt") == ("email",)
    assert courier(sms={}).channels("acme") == ("email",)
    assert courier(mail={}, sms={}).channels("acme") == ()


def test_a_provider_says_whether_it_may_be_asked_again():
    asked = courier({"main": Broken(None)})
    assert asked.repeats_safely("acme", "sms")
    assert not asked.repeats_safely("acme", "email")
    assert not asked.repeats_safely("bolt", "sms")
