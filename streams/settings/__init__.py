"""Everything configurable, read once: the environment over one TOML file, every mistake at once."""

from streams.settings.load import load_settings
from streams.settings.model import Carrier, Kafka, Senders, Settings

__all__ = ["Carrier", "Kafka", "Senders", "Settings", "load_settings"]
