"""What befell the senders of a run, and when: only these excuse a mail that is said twice."""

import contextlib
import time
from collections.abc import Iterator
from typing import NamedTuple

DIED = "its sender died"


class Incident(NamedTuple):
    """`sender`: what it calls itself to the mailbox; None where all of them are concerned."""

    what: str
    begin: float
    end: float
    sender: str | None = None


class Incidents(list[Incident]):
    """Noted by whoever brings them about. One that is still going on has no end yet."""

    def died(self, sender: str) -> None:
        now = time.time()
        self.append(Incident(DIED, now, now, sender))

    @contextlib.contextmanager
    def during(self, what: str, sender: str | None = None) -> Iterator[None]:
        begun = Incident(what, time.time(), float("inf"), sender)
        self.append(begun)
        try:
            yield
        finally:
            self[self.index(begun)] = begun._replace(end=time.time())
