"""Providers that take everything and do nothing, for measuring all the rest."""

from adapters.options import Options
from streams.domain.ports import Handed, Mail, MayStart, SendError, Sms


class Null:
    """Takes mails and short messages alike."""

    repeats_safely = False

    def __init__(self, name: str) -> None:
        self.name = name

    async def send(self, message: Mail | Sms, may_start: MayStart) -> Handed:
        """Takes it."""
        if not may_start():
            raise SendError("lease_over")
        return Handed(f"null-{message.idempotency_key}")

    async def check(self) -> None:
        """Nothing can be wrong."""

    async def close(self) -> None:
        """Nothing is open."""


def create_mail(options: Options) -> Null:
    """A null mail provider."""
    options.text("url")
    options.done()
    return Null(options.provider)


create_sms = create_mail
