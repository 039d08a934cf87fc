"""SMSAPI (smsapi.pl, smsapi.com): short messages by one HTTP call.

The idempotency key goes along as `idx` with `check_idx=1`: a repeat within four days is refused with
error 53, which tells us that the first one was taken. So what is in doubt may be asked again.
Errors come as `{"error": number}` with any HTTP status, 200 included.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator
from typing import Annotated

import aiohttp
import msgspec

from adapters.options import Options
from streams.domain.ports import ConfigurationError, Handed, MayStart, SendError, Sms

HOST = "api.smsapi.pl"
IDX_LIMIT = 255
ALREADY_TAKEN = 53
TOO_MANY_TO_ONE_NUMBER = 52  # ten within a minute
# This number or this text will never go: no mobile, blacklisted, opted out, text not allowed.
PERMANENT = frozenset({11, 12, 13, 17, 33, 57, 59, 76, 94, 112})
BAD_NUMBER = frozenset({13, 33, 57, 59})
# Sender name, token, credit, allowed addresses, restricted account: the operator's to mend.
OURS = frozenset({8, 14, 18, 20, 27, 70, 98, 101, 102, 103, 105, 110, 401, 997, 1000})
# Their fault, and they can't say themselves whether it was taken.
UNCLEAR = frozenset({200, 201, 999})
OUR_STATUSES = frozenset({401, 403, 404, 405})
LATER = frozenset({408, 425, 429, 503})


class Entry(msgspec.Struct):
    """One message of an answer."""

    id: str | int | None = None
    error: int | None = None


class Answer(msgspec.Struct):
    """What the API says, for good or ill."""

    error: int | None = None
    entries: Annotated[list[Entry], msgspec.Meta(max_length=100)] = msgspec.field(
        default_factory=list, name="list"
    )


class Progress:
    """Whether the request may have reached them."""

    handed = False


class Smsapi:
    """One account. `timeout`: seconds for a whole attempt."""

    repeats_safely = True

    def __init__(
        self,
        name: str,
        token: str,
        base: str,
        *,
        sender: str | None = None,
        test: bool = False,
        connections: int = 8,
        timeout: float = 20.0,
    ) -> None:
        self.name = name
        self._token, self._base = token, base
        self._sender, self._test = sender, test
        self._connections, self._timeout = connections, timeout
        self._session: aiohttp.ClientSession | None = None

    async def send(self, sms: Sms, may_start: MayStart) -> Handed:
        """Hands the message over. Raises `SendError`."""
        progress = Progress()
        async with self._translated(progress):
            session = self._open()
            if not may_start():
                raise SendError("lease_over")
            async with session.post(
                f"{self._base}/sms.do", data=self._form(sms), trace_request_ctx=progress
            ) as response:
                return _handed(response.status, response.headers.get("Retry-After"), await response.read())

    async def check(self) -> None:
        """Asks who we are: touches host, TLS and token. Raises `SendError` or `ConfigurationError`."""
        async with (
            self._translated(Progress()),
            self._open().get(f"{self._base}/profile") as response,
        ):
            if response.status in OUR_STATUSES:
                raise ConfigurationError(f"provider {self.name}: SMSAPI refuses the token")
            if response.status != 200:  # noqa: PLR2004  # OK
                raise SendError(f"http_{response.status}")

    async def close(self) -> None:
        """Ends every connection."""
        if self._session:
            await self._session.close()
            self._session = None

    def _form(self, sms: Sms) -> dict[str, str]:
        form = {
            "to": sms.recipient.removeprefix("+"),
            "message": sms.text,
            "format": "json",
            "encoding": "utf-8",
            "idx": _idx(sms.idempotency_key),
            "check_idx": "1",
        }
        sender = sms.sender or self._sender
        return form | ({"from": sender} if sender else {}) | ({"test": "1"} if self._test else {})

    def _open(self) -> aiohttp.ClientSession:
        """The session belongs to the loop that sends, so it can't be made any earlier."""
        if self._session is None:
            trace = aiohttp.TraceConfig()
            trace.on_request_headers_sent.append(_on_headers_sent)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections),
                headers={"Authorization": f"Bearer {self._token}", "Accept": "application/json"},
                timeout=aiohttp.ClientTimeout(total=None),  # the attempt has one deadline of its own
                trace_configs=[trace],
            )
        return self._session

    @contextlib.asynccontextmanager
    async def _translated(self, progress: Progress) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._timeout):
                yield
        except TimeoutError:
            raise SendError("timeout", in_doubt=progress.handed) from None
        except aiohttp.ClientConnectorCertificateError:
            raise SendError("configuration_tls_certificate") from None
        except aiohttp.ClientConnectorError:
            raise SendError("connect_failed") from None
        except (aiohttp.ClientError, OSError):
            # "from None": the library's error quotes the request, token and all.
            raise SendError("connection_lost", in_doubt=progress.handed) from None


async def _on_headers_sent(_session: object, context: object, _params: object) -> None:
    progress = getattr(context, "trace_request_ctx", None)
    if isinstance(progress, Progress):
        progress.handed = True


def _handed(status: int, retry_after: str | None, body: bytes) -> Handed:
    """The answer, whichever way it says what it says."""
    try:
        answer = msgspec.json.decode(body, type=Answer, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError):
        answer = Answer()
    ours = answer.entries[0] if answer.entries else None
    number = answer.error or (ours.error if ours else None)
    if number == ALREADY_TAKEN:
        return Handed()
    if number is not None:
        raise _refused(number)
    if status // 100 == 2 and ours and ours.id is not None:  # noqa: PLR2004  # any success
        return Handed(str(ours.id))
    raise _of_status(status, retry_after)


def _refused(code: int) -> SendError:
    if code in OURS:
        return SendError(f"configuration_smsapi_{code}")
    return SendError(
        f"smsapi_{code}",
        permanent=code in PERMANENT,
        in_doubt=code in UNCLEAR,
        retry_after=60.0 if code == TOO_MANY_TO_ONE_NUMBER else None,
        bad_address=code in BAD_NUMBER,
    )


def _of_status(status: int, retry_after: str | None) -> SendError:
    """Without an error number, the HTTP status is all we have."""
    if status in OUR_STATUSES:
        return SendError(f"configuration_http_{status}")
    if status in LATER:
        wait = float(retry_after) if retry_after and retry_after.isdigit() else None
        return SendError(f"http_{status}", retry_after=wait)
    if 400 <= status < 500:  # noqa: PLR2004  # the request itself is refused
        return SendError(f"http_{status}", permanent=True)
    return SendError(f"http_{status}" if status >= 500 else "answer_unreadable", in_doubt=True)  # noqa: PLR2004


def _idx(key: str) -> str:
    """Ours, shortened where the API has no room; `|` would part it in two."""
    plain = key.replace("|", "_")
    return plain if len(plain) <= IDX_LIMIT else hashlib.sha256(key.encode()).hexdigest()


def create(options: Options) -> Smsapi:
    """From `url` (`smsapi://TOKEN@host`) or `token`; `sender`, `test`, `connections`, `timeout`."""
    url = options.url(default=f"smsapi://{HOST}")
    local = url.scheme == "http" and url.host in ("localhost", "127.0.0.1", "::1")
    if not (url.scheme in ("smsapi", "https") or local) or not url.host:
        raise options.wrong("url", "expected smsapi://TOKEN@host, or https:// and a host")
    token = url.username or options.required("token")
    port = f":{url.port}" if url.port else ""
    scheme = "http" if local else "https"
    provider = Smsapi(
        options.provider,
        token,
        f"{scheme}://{url.host}{port}{url.path.rstrip('/')}",
        sender=options.text("sender"),
        test=options.flag("test", default=False),
        connections=int(options.number("connections", 8, least=1, most=100)),
        timeout=options.number("timeout", 20, least=1, most=300),
    )
    options.done()
    return provider
