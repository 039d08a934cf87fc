"""How the workers of a run are configured: one live brand, no windows, patience counted in seconds."""

from pathlib import Path

SETTINGS = """
brokers = "{brokers}"
partitions = 4
smtp_url = "smtp://127.0.0.1:{port}?timeout=4"
mail_from = "orders@example.com"
delivery = "live"
log = "json"

[limits]
per_order_a_day = 12
retry_first = "1s"
retry_most = "4s"
attempts = 100
lease = "6s"
attempt_timeout = "6s"

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


def write_settings(folder: Path, brokers: str, port: int) -> Path:
    path = folder / "orderherald.toml"
    path.write_text(SETTINGS.format(brokers=brokers, port=port))
    return path
