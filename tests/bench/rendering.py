"""Mails rendered and signed a second and core: every kind, in every language, as customers get them.

`python -m tests.bench.rendering`. CPU time of one process; DKIM with RSA of 2,048 bits.
"""

import itertools
import tempfile
import time
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from msgspec.structs import replace

from adapters.messages.environment import languages
from adapters.render import Templates
from adapters.samples import WORLD, claims
from streams.collector import quiet_collector
from streams.domain.effects import Claim
from streams.domain.kinds import KINDS

SECONDS = 5.0


def measure(seconds: float = SECONDS) -> str:
    """Returns a sentence."""
    mails = [claims(kind, language)["full"] for kind in KINDS for language in languages()]
    with tempfile.TemporaryDirectory() as folder:
        signed, unsigned = (
            _rate(_templates(Path(folder)), mails, seconds),
            _rate(Templates(WORLD), mails, seconds),
        )
    return (
        f"  rendered and signed: {signed:,.0f} mails/s and core; unsigned {unsigned:,.0f} "
        f"({len(mails)} different ones, in turn)"
    )


def _rate(templates: Templates, mails: list[Claim], seconds: float) -> float:
    for claim in mails:
        templates.mail(claim)  # compiles
    begun = time.process_time()
    for count, claim in enumerate(itertools.cycle(mails), 1):
        templates.mail(claim)
        if count % 50 == 0 and (spent := time.process_time() - begun) > seconds:
            return count / spent
    raise AssertionError("it cycles")


def _templates(folder: Path) -> Templates:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(pem)
    how = {"dkim_domain": "example.com", "dkim_selector": "herald", "dkim_key_file": str(folder / "key.pem")}
    brands = {name: replace(brand, **how) for name, brand in WORLD.brands.items()}
    return Templates(replace(WORLD, brands=brands, defaults=replace(WORLD.defaults, **how)))


if __name__ == "__main__":
    quiet_collector()
    print(measure())
