"""DKIM signatures (RFC 6376, RFC 8463) by `cryptography`: a twentieth of what dkimpy costs."""

import base64
import re
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from streams.domain.ports import ConfigurationError

CRLF = "\r\n"
# RFC 6376 5.4.1, and what decides where a click on "unsubscribe" goes.
SIGNED = frozenset(
    {
        "from", "reply-to", "to", "subject", "date", "message-id", "in-reply-to", "references",
        "mime-version", "content-type", "auto-submitted", "feedback-id",
        "list-id", "list-unsubscribe", "list-unsubscribe-post",
    }
)  # fmt: skip
_SPACES = re.compile(r"[ \t]+")
_TRAILING = re.compile(r"[ \t]+(?=\r\n)")
_WIDTH = 72
_SMALLEST_RSA = 1024


def _relaxed_header(header: str) -> str:
    name, _, value = header.partition(":")
    return f"{name.lower().strip()}:{_SPACES.sub(' ', value.replace(CRLF, '')).strip()}"


def _relaxed_body(body: str) -> bytes:
    # Quoted-printable text hardly ever has such spaces: looking costs a tenth of replacing.
    if "  " in body or "\t" in body or " \r\n" in body:
        body = _SPACES.sub(" ", _TRAILING.sub("", body))
    body = body.rstrip("\r\n")
    return (body + CRLF).encode() if body else b""


class Signer:
    """Signs for one domain. Immutable, so that it can be kept for as long as the process lives."""

    def __init__(self, domain: str, selector: str, pem: bytes) -> None:
        self._domain, self._selector = domain, selector
        try:
            key = serialization.load_pem_private_key(pem, password=None)
        except (ValueError, TypeError) as error:
            raise ConfigurationError(
                f"the DKIM key of {domain} is not an unencrypted PEM private key"
            ) from error
        if isinstance(key, rsa.RSAPrivateKey) and key.key_size < _SMALLEST_RSA:
            raise ConfigurationError(f"the DKIM key of {domain} has fewer than {_SMALLEST_RSA} bits")
        if not isinstance(key, rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey):
            raise ConfigurationError(f"the DKIM key of {domain} is neither RSA nor Ed25519")
        self._key = key

    @classmethod
    def from_file(cls, domain: str, selector: str, path: str) -> "Signer":
        """Raises `ConfigurationError` where the file can't be read or holds no such key."""
        try:
            pem = Path(path).read_bytes()
        except OSError as error:
            raise ConfigurationError(f"the DKIM key file of {domain} can't be read") from error
        return cls(domain, selector, pem)

    def header(self, headers: Sequence[str], body: str, at: int) -> str:
        """The DKIM-Signature header for these folded headers and this body; `at` in epoch seconds."""
        signed = [header for header in headers if header.partition(":")[0].lower() in SIGNED]
        names = [header.partition(":")[0].lower() for header in signed]
        listed = f":{CRLF}  ".join(":".join(names[start : start + 5]) for start in range(0, len(names), 5))
        body_hash = base64.b64encode(sha256(_relaxed_body(body)).digest()).decode()
        algorithm = "rsa-sha256" if isinstance(self._key, rsa.RSAPrivateKey) else "ed25519-sha256"
        unsigned = (
            f"DKIM-Signature: v=1; a={algorithm}; c=relaxed/relaxed; d={self._domain};{CRLF}"
            f" s={self._selector}; t={at};{CRLF} h={listed};{CRLF}"
            f" bh={body_hash};{CRLF} b="
        )
        covered = CRLF.join(map(_relaxed_header, [*signed, unsigned])).encode()
        mark = base64.b64encode(self._sign(covered)).decode()
        return unsigned + f"{CRLF} ".join(
            mark[start : start + _WIDTH] for start in range(0, len(mark), _WIDTH)
        )

    def _sign(self, covered: bytes) -> bytes:
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(covered, padding.PKCS1v15(), hashes.SHA256())
        return self._key.sign(sha256(covered).digest())
