"""Providers that keep what they take, for tests. They pass the same contract tests as the real ones."""

from adapters.options import Options
from streams.domain.ports import Handed, Mail, MayStart, SendError, Sms


class Memory:
    """`taken`: every message, in order, by idempotency key: a repeat is recognised and not taken twice.

    `failing`: the error that the next attempts meet, until it is None again.
    """

    repeats_safely = True

    def __init__(self, name: str) -> None:
        self.name = name
        self.taken: dict[str, Mail | Sms] = {}
        self.failing: SendError | None = None

    async def send(self, message: Mail | Sms, may_start: MayStart) -> Handed:
        """Keeps it."""
        if not may_start():
            raise SendError("lease_over")
        if self.failing:
            raise self.failing
        self.taken.setdefault(message.idempotency_key, message)
        return Handed(f"memory-{message.idempotency_key}")

    async def check(self) -> None:
        """What fails in sending fails here too."""
        if self.failing:
            raise self.failing

    async def close(self) -> None:
        """What was taken stays readable."""


def create_mail(options: Options) -> Memory:
    """A mail provider in memory."""
    options.text("url")
    options.done()
    return Memory(options.provider)


create_sms = create_mail
