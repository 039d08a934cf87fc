"""How the workers of a run are configured: one live brand, no windows, patience counted in seconds."""

from pathlib import Path

SLOTS = 8  # what one sender has in hand at most, and so what its crash may leave in doubt
LEASE, ATTEMPT = 6, 6  # seconds
CLAIM_LASTS = LEASE + ATTEMPT

SETTINGS = """
brokers = "{brokers}"
partitions = 4
smtp_url = "{smtp}"
mail_from = "orders@example.com"
delivery = "live"
log = "json"

[senders]
email = {slots}

[limits]
per_order_a_day = 12
retry_first = "1s"
retry_most = "30s"
attempts = 1000
lease = "{lease}s"
attempt_timeout = "{attempt}s"

[defaults.quiet_hours]
from = "00:00"
to = "00:00"

[brands.acme]
name = "Acme"
locale = "en"
timezone = "Europe/Warsaw"
delivery = "live"

[brands.acme.quiet_hours]
from = "00:00"
to = "00:00"

[kinds.shipped]
hold = "0s"
"""


def smtp_url(port: int, authority: Path, sender: str) -> str:
    """`sender`: what a process calls itself, so that the mailbox knows whose each mail is."""
    return f"smtp+starttls://localhost:{port}?timeout=4&connections=4&ca={authority}&hello={sender}"


def write_settings(folder: Path, brokers: str, smtp: str) -> Path:
    path = folder / "orderherald.toml"
    given = {"brokers": brokers, "smtp": smtp, "slots": SLOTS, "lease": LEASE, "attempt": ATTEMPT}
    path.write_text(SETTINGS.format(**given))
    return path
