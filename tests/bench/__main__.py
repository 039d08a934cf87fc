"""`make bench`: how fast, beside a plain Faust agent and Quix Streams, on one real Kafka in one run.

Prints ratios, medians of `--runs`. `--quick`: fewer events, one run: to see that it works.
"""

import argparse
import asyncio
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench import contenders, mails, recovery
from tests.bench.load import backlog, fill
from tests.brokers import Cluster

CONTENDERS = {
    "orderherald, the whole daemon": contenders.daemon,
    "orderherald, every message rendered besides": contenders.rendering,
    "plain Faust: one table write, one output": contenders.faust,
    "Quix Streams: one state write, one output": contenders.quix,
}
BASELINE = "plain Faust: one table write, one output"


async def throughput(cluster: Cluster, folder: Path, events: int, runs: int) -> None:
    """Every contender in every run, in turn, so that whatever else the machine does hits all alike."""
    times: dict[str, list[contenders.Time]] = {name: [] for name in CONTENDERS}
    done = events
    async with contenders.Broker(cluster.bootstrap) as broker:
        for run in range(runs):
            prefix = f"bench{run}."
            beats = backlog(events, seed=run)
            done = len(beats)
            fill(cluster.bootstrap, prefix, beats)
            fill(cluster.bootstrap, f"{prefix}rendered.", beats)
            for name, contend in CONTENDERS.items():
                place = folder / f"{run}-{contend.__name__}"
                place.mkdir()
                times[name].append(await contend(broker, prefix, place, done))
    print(f"\n{done:,} events of {done // 9:,} orders, median of {runs}:")
    for line in _table(times, done):
        print(line)


def _table(times: dict[str, list[contenders.Time]], events: int) -> Iterator[str]:
    rates = {name: statistics.median(t.rate(events) for t in taken) for name, taken in times.items()}
    moving = {name: statistics.median(t.running(events) for t in taken) for name, taken in times.items()}
    for name, rate in rates.items():
        yield (
            f"  {name:<44} {rate:8,.0f} events/s, standing start ({rate / rates[BASELINE]:5.2f} x Faust), "
            f"{moving[name]:8,.0f} once it moves ({moving[name] / moving[BASELINE]:5.2f} x)"
        )


def main() -> None:
    """Runs what was asked for; without `--only`, all of it."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--events", type=int)
    parser.add_argument("--runs", type=int)
    parser.add_argument("--rows", type=int)
    parser.add_argument("--only", choices=("throughput", "mails", "recovery"))
    args = parser.parse_args()
    events = args.events or (9_000 if args.quick else 90_000)
    runs = args.runs or (1 if args.quick else 3)
    rows = args.rows or (100_000 if args.quick else 1_000_000)
    if args.only in (None, "mails"):
        _mails(1_000 if args.quick else 5_000)
    with tempfile.TemporaryDirectory(prefix="orderherald-bench-", ignore_cleanup_errors=True) as folder:
        cluster = Cluster(Path(folder) / "kafka")
        cluster.start()
        try:
            if args.only in (None, "throughput"):
                asyncio.run(throughput(cluster, Path(folder), events, runs))
            if args.only in (None, "recovery"):
                print(asyncio.run(recovery.measure(cluster.bootstrap, rows)))
        finally:
            cluster.stop()


def _mails(count: int) -> None:
    try:
        found = asyncio.run(mails.measure(count))
    except SystemExit as missing:
        print(f"MAILS NOT MEASURED: {missing}")
        return
    for what, rate in found.items():
        print(f"  {what:<44} {rate:8,.0f} mails/s into smtp-sink")


if __name__ == "__main__":
    main()
