"""Everything configurable, read once: the environment over one TOML file, every mistake at once."""

from streams.settings.load import load_settings
from streams.settings.model import Calendar, Kafka, Senders, Settings

__all__ = ["Calendar", "Kafka", "Senders", "Settings", "load_settings"]
