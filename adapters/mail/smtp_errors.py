"""What an SMTP attempt can end in, as one `SendError`.

    reply 4xx                     temporary
    reply 5xx to RCPT or content  permanent: this recipient, this message
    reply 5xx before RCPT         ours (`configuration_…`): no recipient has been named yet
    any reply that asks for login, TLS or a right to relay: ours
    connection lost, time-out     temporary; once the content was handed over: in doubt
    certificate, missing STARTTLS or AUTH: ours

What is ours is temporary: mended, the message goes out. Reasons hold codes and the phase, never the
server's words, which quote addresses.
"""

import re
import socket
import ssl

from aiosmtplib import (
    SMTPConnectError,
    SMTPException,
    SMTPResponseException,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)

from streams.domain.ports import SendError

ENHANCED = re.compile(r"^\s*([245]\.\d{1,3}\.\d{1,3})\b")
# Postfix, Sendmail, Exchange, qmail and the big mailboxes, each in its own words.
OUR_FAULT = re.compile(
    r"relay(ing)?( access)? (denied|not permitted|prohibited|refused)|unable to relay|rcpthosts"
    r"|authenticat|auth(orization)? (is )?required|starttls|log ?in",
    re.IGNORECASE,
)
OUR_CODES = frozenset({530, 534, 535, 538})
OUR_ENHANCED = frozenset({"5.7.0", "5.7.23", "5.7.25", "5.7.26"})  # SPF, reverse DNS, DMARC
NAMES_RECIPIENT = frozenset({"rcpt", "data", "content"})
TOO_LARGE = frozenset({"5.3.4", "5.2.3"})
STORAGE_EXCEEDED = 552
GONE = frozenset({"5.2.1"})  # the mailbox is disabled
NO_SUCH_MAILBOX = frozenset({550, 551, 553})


def translate(error: BaseException, phase: str, *, handed: bool) -> SendError:
    """The error as the desk understands it. `handed`: the whole content was already written."""
    if isinstance(error, SendError):
        return error
    if isinstance(error, SMTPResponseException):
        return of_reply(error.code, str(error.message), phase, handed=handed)
    if isinstance(error, SMTPConnectError) and error.__cause__ is not None:
        return translate(error.__cause__, phase, handed=handed)
    return _of_text(error, phase) or _of_tls(error, phase) or _of_connection(error, phase, handed=handed)


def of_reply(code: int, message: str, phase: str, *, handed: bool = False) -> SendError:
    """The error for a reply with this code, in this phase."""
    found = ENHANCED.match(message)
    enhanced = found[1] if found else None
    label = f"smtp_{code}_{enhanced}_{phase}" if enhanced else f"smtp_{code}_{phase}"
    if not 400 <= code <= 599:  # noqa: PLR2004  # no refusal at all: whatever speaks there, it isn't SMTP
        return SendError(f"malformed_{phase}", in_doubt=handed)
    if _ours(code, enhanced, message, phase):
        return SendError(f"configuration_{label}")
    permanent = code >= 500  # noqa: PLR2004  # RFC 5321: 5 is for good
    return SendError(label, permanent=permanent, bad_address=permanent and _dead(code, enhanced, phase))


def _dead(code: int, enhanced: str | None, phase: str) -> bool:
    """Whether the mailbox itself does not exist, rather than being full or refusing this mail."""
    if enhanced is not None:
        return enhanced.startswith("5.1.") or enhanced in GONE
    return phase == "rcpt" and code in NO_SUCH_MAILBOX


def _ours(code: int, enhanced: str | None, message: str, phase: str) -> bool:
    if code in OUR_CODES or enhanced in OUR_ENHANCED:
        return True
    if code < 500 or enhanced in TOO_LARGE or code == STORAGE_EXCEEDED:  # noqa: PLR2004  # RFC 5321
        return False
    return phase not in NAMES_RECIPIENT or OUR_FAULT.search(message) is not None


def _of_text(error: BaseException, phase: str) -> SendError | None:
    """What can't be written into a command: an address, or before that a name or password of ours."""
    if not isinstance(error, ValueError) or isinstance(error, ssl.SSLError):
        return None
    if phase in ("mail", "rcpt"):
        return SendError("address_malformed", permanent=True, bad_address=True)
    return SendError(f"configuration_{phase}")


def _of_tls(error: BaseException, phase: str) -> SendError | None:
    if isinstance(error, ssl.SSLCertVerificationError):
        return SendError("configuration_tls_certificate")
    if isinstance(error, ssl.SSLError):
        return SendError(f"tls_failed_{phase}")
    if type(error) is SMTPException and phase in ("tls", "login"):
        return SendError("configuration_starttls_missing" if phase == "tls" else "configuration_auth_missing")
    return None


def _of_connection(error: BaseException, phase: str, *, handed: bool) -> SendError:
    if isinstance(error, TimeoutError | SMTPTimeoutError):
        return SendError(f"timeout_{phase}", in_doubt=handed)
    if isinstance(error, socket.gaierror):
        return SendError("connect_unknown_host")
    if isinstance(error, ConnectionRefusedError):
        return SendError("connect_refused")
    if isinstance(error, SMTPServerDisconnected | ConnectionError | EOFError):
        return SendError(f"disconnect_{phase}", in_doubt=handed)
    return SendError(f"connection_{phase}", in_doubt=handed)
