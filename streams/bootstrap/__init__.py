"""The one place where streams meets adapters: settings in, a running daemon out.

Nothing here decides anything. A test or the demo builds the same parts with other edges.
"""

from streams.bootstrap.daemon import Daemon, Meters, upstream_agents
from streams.bootstrap.edges import Edges, build_edges, simulated_world
from streams.bootstrap.kafka import TOPICS, engine_config
from streams.bootstrap.offline import (
    answering,
    by_hand,
    customer_pages,
    renderer,
    simulation,
    try_overrides,
    with_sender,
)

__all__ = [
    "TOPICS",
    "Daemon",
    "Edges",
    "Meters",
    "answering",
    "build_edges",
    "by_hand",
    "customer_pages",
    "engine_config",
    "renderer",
    "simulated_world",
    "simulation",
    "try_overrides",
    "upstream_agents",
    "with_sender",
]
