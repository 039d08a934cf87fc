"""From a claim to an outcome: render, choose the provider, hand over. Always answers.

What a provider or a template raises ends here, as data. Nothing that is logged or answered holds an
address, a text or a secret: only static reasons and the types of unexpected errors.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Literal

import structlog

from adapters.null import Null
from adapters.registry import Providers
from streams.domain.effects import Claim
from streams.domain.notes import Attempted, Channel
from streams.domain.ports import Handed, MailProvider, MayStart, Renderer, SendError, SmsProvider
from streams.domain.world import Brand

log = structlog.get_logger("courier")

Provider = MailProvider | SmsProvider


class SendingCourier:
    """`brand(shop)`: the shop's settings. `attempt_timeout`: seconds; providers have shorter ones."""

    def __init__(
        self,
        renderer: Renderer,
        providers: Providers,
        *,
        brand: Callable[[str], Brand],
        attempt_timeout: float = 28.0,
    ) -> None:
        self._renderer, self._providers, self._brand = renderer, providers, brand
        self._timeout = attempt_timeout

    async def deliver(self, claim: Claim, may_start: MayStart) -> Attempted:
        """One bounded attempt. Raises on cancellation alone."""
        name = claim.provider or self.provider_of(claim.shop, claim.channel)
        attempt = _Attempt(may_start)
        try:
            async with asyncio.timeout(self._timeout):
                handed = await self._hand_over(claim, name, attempt)
        except SendError as error:
            return self._failed(claim, name, attempt, error)
        except TimeoutError:
            return self._failed(claim, name, attempt, SendError("timeout", in_doubt=attempt.started))
        except Exception as error:  # noqa: BLE001  # the edge: a fault in a provider or template costs one attempt
            log.error("attempt_broke", provider=name, kind=claim.kind, error=type(error).__name__)  # noqa: TRY400
            return self._failed(claim, name, attempt, SendError("fault", in_doubt=attempt.started))
        return _answer(claim, name, "sent", provider_id=handed.provider_id, segments=attempt.segments)

    def channels(self, shop: str) -> tuple[Channel, ...]:
        """The channels for which this shop has a provider."""
        known: tuple[Channel, ...] = ("email", "sms")
        return tuple(channel for channel in known if self._find(self.provider_of(shop, channel), channel))

    def provider_of(self, shop: str, channel: Channel) -> str:
        """The name of the provider that the shop uses; empty where it has none."""
        brand = self._brand(shop)
        if channel == "email":
            return brand.mail_provider or self._providers.default_mail or ""
        return brand.sms_provider or self._providers.default_sms or ""

    def repeats_safely(self, shop: str, channel: Channel) -> bool:
        """Whether its provider, asked twice with one key, sends once."""
        return bool(getattr(self._find(self.provider_of(shop, channel), channel), "repeats_safely", False))

    async def close(self) -> None:
        """Ends every connection."""
        await self._providers.close()

    def _find(self, name: str, channel: Channel) -> Provider | None:
        return self._providers.mail.get(name) if channel == "email" else self._providers.sms.get(name)

    async def _hand_over(self, claim: Claim, name: str, attempt: "_Attempt") -> Handed:
        provider = self._find(name, claim.channel)
        if isinstance(provider, Null) and provider.unread:
            return await provider.take(claim.message_key, attempt.may_start)
        if claim.channel == "email":
            mailer = self._providers.mail.get(name)
            if mailer is None:
                raise SendError("configuration_no_provider")
            return await mailer.send(self._renderer.mail(claim), attempt.may_start)
        texter = self._providers.sms.get(name)
        if texter is None:
            raise SendError("configuration_no_provider")
        sms = self._renderer.sms(claim)
        attempt.segments = sms.segments
        return await texter.send(sms, attempt.may_start)

    def _failed(self, claim: Claim, name: str, attempt: "_Attempt", error: SendError) -> Attempted:
        ours = error.reason.startswith("configuration")
        (log.warning if ours else log.info)(
            "attempt_failed",
            provider=name,
            channel=claim.channel,
            kind=claim.kind,
            notification_id=claim.notification_id,
            attempt=claim.attempt,
            reason=error.reason,
            permanent=error.permanent,
            in_doubt=error.in_doubt,
        )
        return _answer(
            claim,
            name,
            "failed",
            reason=error.reason,
            permanent=error.permanent,
            in_doubt=error.in_doubt,
            retry_after=error.retry_after,
            bad_address=error.bad_address,
            segments=attempt.segments if error.in_doubt else None,
        )


class _Attempt:
    """What is learnt on the way: whether the point of no return was passed."""

    def __init__(self, may_start: MayStart) -> None:
        self._may_start = may_start
        self.started = False
        self.segments: int | None = None

    def may_start(self) -> bool:
        self.started = self._may_start()
        return self.started


def _answer(claim: Claim, provider: str, result: Literal["sent", "failed"], **more: Any) -> Attempted:
    return Attempted(
        notification_id=claim.notification_id,
        customer_id=claim.customer_id,
        channel=claim.channel,
        attempt=claim.attempt,
        result=result,
        provider=provider,
        **more,
    )
