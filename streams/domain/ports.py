"""What the application asks of the outside world, and the one error that comes back from it."""

from collections.abc import Callable
from typing import Protocol

from streams.domain.effects import Claim
from streams.domain.notes import Attempted, Channel
from streams.domain.values import Value


class SendError(Exception):
    """Why a message was not handed over. The text is safe to log: no secret, no address.

    `permanent`: trying again changes nothing. `in_doubt`: it may have been taken all the same.
    `retry_after`: seconds that the provider asked us to wait. `bad_address`: nothing will ever reach it.
    """

    def __init__(
        self,
        reason: str,
        *,
        permanent: bool = False,
        in_doubt: bool = False,
        retry_after: float | None = None,
        bad_address: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent
        self.in_doubt = in_doubt
        self.retry_after = retry_after
        self.bad_address = bad_address


class ConfigurationError(Exception):
    """What the operator must mend, one clear sentence. Never caught but at the command line."""


class Mail(Value, frozen=True):
    """A mail, ready to be handed over. `raw` is the whole message with CRLF line ends."""

    raw: bytes
    sender: str  # envelope
    recipient: str
    message_id: str
    subject: str
    idempotency_key: str


class Sms(Value, frozen=True):
    """A short message, ready to be handed over, and what it costs in segments."""

    text: str
    sender: str | None
    recipient: str
    segments: int
    idempotency_key: str


class Handed(Value, frozen=True):
    """The provider has taken it."""

    provider_id: str | None = None


MayStart = Callable[[], bool]


class MailProvider(Protocol):
    """Calls `may_start` right before the point of no return; False: raises `SendError("lease_over")`."""

    name: str

    async def send(self, mail: Mail, may_start: MayStart) -> Handed: ...

    async def check(self) -> None:
        """Touches the provider without sending; raises `SendError` or `ConfigurationError`."""
        ...

    async def close(self) -> None: ...


class SmsProvider(Protocol):
    """As `MailProvider`, for short messages."""

    name: str

    async def send(self, sms: Sms, may_start: MayStart) -> Handed: ...

    async def check(self) -> None: ...

    async def close(self) -> None: ...


class Renderer(Protocol):
    """Claims in, finished messages out. Raises `SendError("template", permanent=True)`."""

    def mail(self, claim: Claim) -> Mail: ...

    def sms(self, claim: Claim) -> Sms: ...


class Courier(Protocol):
    """Makes one bounded attempt, and always answers: never raises but on cancellation."""

    async def deliver(self, claim: Claim, may_start: MayStart) -> Attempted: ...

    def channels(self, shop: str) -> tuple[Channel, ...]:
        """The channels for which this shop has a provider."""
        ...
