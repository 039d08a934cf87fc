"""*Send this to me*: one message as it is shown, by a brand's own provider, to the address that was typed.

It is the operator's own act, so it goes to that address whatever the brand's delivery mode says, and the
answer tells so. Its links are signed by no secret of the installation: they lead nowhere.
"""

import asyncio
import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from adapters import samples
from adapters.courier import SendingCourier
from adapters.explain import explain
from adapters.registry import Providers
from adapters.render import Templates
from streams.domain.effects import Claim
from streams.domain.notes import Attempted, Channel, Content
from streams.domain.policy.mode import passes
from streams.domain.world import Brand, World

LEASE = dt.timedelta(seconds=60)


class Told(NamedTuple):
    """What became of it, in a sentence for whoever pressed the button."""

    sent: bool
    text: str


class ByHand:
    """`providers`: made anew for each message, since a connection belongs to the loop that opened it."""

    def __init__(self, world: World, providers: Callable[[], Providers]) -> None:
        self._world, self._providers = world, providers
        self.shops: Sequence[str] = tuple(world.brands) or (samples.BRAND.id,)

    def send(self, kind: str, locale: str, form: Mapping[str, str]) -> Told:
        """A kind in a language. `form` has `to`, `shop` and, if they were changed, the sample's `data`."""
        shop, typed = form.get("shop", ""), form.get("to", "").strip()
        if shop not in self.shops:
            return Told(sent=False, text="There is no such brand.")
        try:
            sample = _sample(kind, locale, shop, form.get("data"))
        except msgspec.DecodeError as error:
            return Told(sent=False, text=f"Not sent: its data can’t be read. {error}.")  # noqa: RUF001  # an apostrophe
        channel: Channel = "email" if "@" in typed else "sms"
        to = typed if channel == "email" else self._world.phone(typed, sample.country or "")
        if to is None:
            return Told(
                sent=False, text="That is no mail address, and no mobile number; write one with + before it."
            )
        attempted = asyncio.run(self._attempt(_addressed(sample, channel, to)))
        return _told(attempted, self._world.brand(shop), to)

    async def _attempt(self, claim: Claim) -> Attempted:
        templates = Templates(self._world, link_secret=samples.SECRET)
        courier = SendingCourier(templates, self._providers(), brand=self._world.brand)
        try:
            return await courier.deliver(claim, lambda: True)
        finally:
            await courier.close()


def _sample(kind: str, locale: str, shop: str, data: str | None) -> Claim:
    """Of that shop, now, and each time another one: a provider must not take it for a repeat.

    Raises `msgspec.DecodeError` for data that are none.
    """
    now, number = dt.datetime.now(dt.UTC), f"n-sample-{uuid.uuid4().hex}"
    sample = samples.claims(kind, locale)["full"]
    return msgspec.structs.replace(
        sample,
        content=sample.content if data is None else msgspec.json.decode(data, type=Content),
        shop=shop,
        order_id=f"{shop}:{number}",  # mail programs would put all of them into one thread
        customer_id=f"{shop}:{number}",
        notification_id=number,
        claimed_at=now,
        lease_until=now + LEASE,
    )


def _addressed(sample: Claim, channel: Channel, to: str) -> Claim:
    message_key = f"{sample.notification_id}.{channel}"
    return msgspec.structs.replace(sample, channel=channel, to=to, message_key=message_key)


def _told(attempted: Attempted, brand: Brand, to: str) -> Told:
    if attempted.result != "sent":
        doubt = " It may have arrived all the same." if attempted.in_doubt else ""
        return Told(sent=False, text=f"Not sent: {_why(attempted, brand)}.{doubt}")
    return Told(sent=True, text=f"Handed to {attempted.provider} for {to}.{_overridden(brand, to)}")


def _why(attempted: Attempted, brand: Brand) -> str:
    if attempted.reason == "configuration_no_provider":
        what = "mail" if attempted.channel == "email" else "SMS"
        return f"{brand.display_name} has no provider of {what}"
    return explain(attempted.reason or "")


def _overridden(brand: Brand, to: str) -> str:
    mode = brand.delivery.partition(":")[0]
    if mode == "live" or (mode == "allow" and passes(brand, to)):
        return ""
    return f" Its delivery is “{mode}”: only this message, asked for by hand, was let through."
