"""How the brokers are reached: what TLS and SASL need, looked at before a client fails on it."""

import os
import ssl

from streams.settings.model import Kafka
from streams.settings.tables import Problems

_FILES = ("ssl_cafile", "ssl_certfile", "ssl_keyfile")
_USELESS = "holds no certificate in PEM"


def check_kafka(kafka: Kafka, problems: Problems) -> None:
    """What is missing or unusable of TLS and SASL."""
    if kafka.security_protocol.startswith("SASL"):
        for name in ("sasl_username", "sasl_password"):
            if getattr(kafka, name) is None:
                problems.add(f"kafka.{name}", f"missing: {kafka.security_protocol} needs it")
    missing = [name for name in _FILES if not _there(getattr(kafka, name))]
    for name in missing:
        problems.add(f"kafka.{name}", _told(getattr(kafka, name)))
    for name in ("ssl_keyfile", "ssl_password"):
        if getattr(kafka, name) is not None and kafka.ssl_certfile is None:
            problems.add("kafka.ssl_certfile", f"missing: {name} is of no use without it")
            return
    if not missing:
        _tls(kafka, problems)


def _there(file: str | None) -> bool:
    return file is None or os.path.isfile(file)  # noqa: PTH113 - a name that is too long is none here


def _told(file: str) -> str:
    if "-----BEGIN" in file:  # quoted, it would be a key in a log
        return "expected the name of a file, got what one holds"
    return f"no such file: {file}"


def _tls(kafka: Kafka, problems: Problems) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if kafka.ssl_cafile is not None:
        try:
            context.load_verify_locations(kafka.ssl_cafile)
        except OSError as error:
            problems.add("kafka.ssl_cafile", _why(error, _USELESS))
    if kafka.ssl_certfile is not None:
        try:  # without a password OpenSSL would ask for one at the terminal
            context.load_cert_chain(kafka.ssl_certfile, kafka.ssl_keyfile, kafka.ssl_password or "")
        except OSError as error:
            problems.add("kafka.ssl_certfile", _why(error, f"{_USELESS}, or its key or password don't fit"))


def _why(error: OSError, otherwise: str) -> str:
    return otherwise if isinstance(error, ssl.SSLError) else f"can't be read: {error.strerror}"
