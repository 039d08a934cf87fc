"""Providers that take everything and do nothing, for measuring all the rest."""

from adapters.options import Options
from streams.domain.ports import Handed, Mail, MayStart, SendError, Sms


class Null:
    """Takes mails and short messages alike; `unread`: without their being rendered at all."""

    repeats_safely = False

    def __init__(self, name: str, *, unread: bool) -> None:
        self.name, self.unread = name, unread

    async def send(self, message: Mail | Sms, may_start: MayStart) -> Handed:
        """Takes it."""
        return await self.take(message.idempotency_key, may_start)

    async def take(self, key: str, may_start: MayStart) -> Handed:
        """Takes the message of this key as read."""
        if not may_start():
            raise SendError("lease_over")
        return Handed(f"null-{key}")

    async def check(self) -> None:
        """Nothing can be wrong."""

    async def close(self) -> None:
        """Nothing is open."""


def create_mail(options: Options) -> Null:
    """A null mail provider: `null://NAME`, or `null://NAME?unread=true`."""
    options.url(default="null:")  # its query holds the option
    unread = options.flag("unread", default=False)
    options.done()
    return Null(options.provider, unread=unread)


create_sms = create_mail
