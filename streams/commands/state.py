"""`orderherald state export` and `import`: backup, restore, another cluster, another partition count."""

import argparse
import asyncio
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from aiokafka.errors import KafkaError

from streams.agents.shell import TIMELINES
from streams.bootstrap.kafka import TOPICS, engine_config
from streams.commands.check_kafka import AGENTS
from streams.domain.ports import ConfigurationError
from streams.engine.api import Processor
from streams.engine.changelog import StateLost
from streams.engine.export import export_state
from streams.engine.portable import Manifest, PortableError, make_folder, read_manifest
from streams.engine.restore import import_state
from streams.engine.topics import TopicsError
from streams.settings import load_settings

_PROCESSORS = cast("Sequence[Processor]", AGENTS)  # asked for names and inputs alone


def run(args: argparse.Namespace) -> int:
    """One line of figures on standard output. Raises `ConfigurationError` with what must be mended."""
    settings = load_settings(args.config)
    if settings.brokers is None:
        raise ConfigurationError("ORDERHERALD_BROKERS: not set; it takes host:port of a Kafka broker")
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what it would say is said here, once
    config, folder = engine_config(settings), Path(args.folder)
    try:
        if args.action == "export":
            make_folder(folder)
            manifest = asyncio.run(export_state(config, _PROCESSORS, [TIMELINES], folder))
        else:
            manifest = read_manifest(folder)
            asyncio.run(import_state(config, _PROCESSORS, TOPICS, folder, manifest))
    except (PortableError, StateLost, TopicsError) as error:
        raise ConfigurationError(str(error)) from None
    except KafkaError as error:
        raise ConfigurationError(f"{settings.brokers}: Kafka says {type(error).__name__}") from None
    except OSError as error:
        raise ConfigurationError(f"{folder}: {error.strerror}") from None
    sys.stdout.write(_told(args.action, manifest, folder) + "\n")
    return 0


def _told(action: str, manifest: Manifest, folder: Path) -> str:
    rows = sum(table.rows for table in manifest.tables)
    rest = sum(table.rest for table in manifest.tables)
    how = "exported to" if action == "export" else "imported from"
    return f"{rows} rows and {rest} records not folded yet {how} {folder}"
