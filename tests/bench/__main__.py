"""`make bench`: how fast, beside a plain Faust agent and Quix Streams, on one real Kafka in one run.

Prints ratios, medians of `--runs`. `--quick`: fewer events, one run: to see that it works.
"""

import argparse
import statistics
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Iterator
from pathlib import Path

import uvloop

from streams.collector import quiet_collector
from tests.bench import (
    bounds,
    cold_start,
    contenders,
    engine,
    fairness,
    growth,
    latency,
    mails,
    memory,
    recovery,
    rendering,
)
from tests.bench.load import backlog, fill, fill_order_events
from tests.brokers import Cluster

Contend = Callable[[contenders.Broker, str, Path, int], Awaitable[contenders.Time]]

CONTENDERS: dict[str, Contend] = {
    "orderherald, the whole daemon": contenders.daemon,
    "orderherald, every message rendered besides": contenders.rendering,
    "plain Faust: one table write, one output": contenders.faust,
    "the same Faust agent, tuned": contenders.tuned_faust,
    "Quix Streams: one state write, one output": contenders.quix,
}
ALONE = ("mails", "bounds")  # without a broker
ON_KAFKA = ("throughput", "recovery", "cold", "growth", "memory", "fairness", "latency", "engine")
BASELINE = "plain Faust: one table write, one output"

# The very same fold, so that only what carries it is compared.
SAME_FOLD: dict[str, Contend] = {
    "orderherald, the timeline agent alone": contenders.timeline_alone,
    "Quix Streams running that same agent": contenders.same_fold_quix,
}


async def throughput(cluster: Cluster, folder: Path, events: int, runs: int) -> None:
    """Every contender in every run, in turn, so that whatever else the machine does hits all alike.

    Each run begins with another of them: a broker's code is compiled in its first minute.
    """
    times: dict[str, list[contenders.Time]] = {name: [] for name in (*CONTENDERS, *SAME_FOLD)}
    done = events
    async with contenders.Broker(cluster.bootstrap) as broker:
        for run in range(runs):
            prefix = f"bench{run}."
            beats = backlog(events, seed=run)
            done = len(beats)
            for part in ("", "rendered."):
                fill(cluster.bootstrap, prefix + part, beats)
            fill_order_events(cluster.bootstrap, f"{prefix}alone.", beats)
            order = [*CONTENDERS.items(), *SAME_FOLD.items()]
            for name, contend in order[run % len(order) :] + order[: run % len(order)]:
                place = folder / f"{run}-{contend.__name__}"
                place.mkdir()
                own = f"{prefix}alone." if name in SAME_FOLD else prefix
                times[name].append(await contend(broker, own, place, done))
    print(f"\n{done:,} events of {done // 9:,} orders, median of {runs}:")
    _print_table(times, CONTENDERS, BASELINE, done)
    _print_table(times, SAME_FOLD, "Quix Streams running that same agent", done)


def _print_table(
    times: dict[str, list[contenders.Time]], names: Iterable[str], baseline: str, events: int
) -> None:
    for line in _table({name: times[name] for name in names}, baseline, events):
        print(line)


def _table(times: dict[str, list[contenders.Time]], baseline: str, events: int) -> Iterator[str]:
    rates = {name: statistics.median(t.rate(events) for t in taken) for name, taken in times.items()}
    moving = {name: statistics.median(t.running(events) for t in taken) for name, taken in times.items()}
    for name, rate in rates.items():
        yield (
            f"  {name:<44} {rate:8,.0f} events/s, standing start ({rate / rates[baseline]:5.2f} x), "
            f"{moving[name]:8,.0f} once it moves ({moving[name] / moving[baseline]:5.2f} x)"
        )


def main() -> None:
    """Runs what was asked for; without `--only`, all of it."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--events", type=int)
    parser.add_argument("--runs", type=int)
    parser.add_argument("--rows", type=int)
    parser.add_argument("--only", choices=(*ALONE, *ON_KAFKA))
    args = parser.parse_args()
    quiet_collector()  # what is measured in this process runs as it does in a role's
    if args.only in (None, "mails"):
        print(rendering.measure())
        _mails(1_000 if args.quick else 5_000)
    if args.only in (None, "bounds"):
        for line in bounds.measure():
            print(line)
    if args.only in ALONE:
        return
    with tempfile.TemporaryDirectory(prefix="orderherald-bench-", ignore_cleanup_errors=True) as folder:
        cluster = Cluster(Path(folder) / "kafka")
        cluster.start()
        try:
            _on_kafka(args, cluster, Path(folder))
        finally:
            cluster.stop()


def _on_kafka(args: argparse.Namespace, cluster: Cluster, folder: Path) -> None:
    bootstrap, quick = cluster.bootstrap, args.quick
    rows = args.rows or (100_000 if quick else 1_000_000)

    def events(few: int, many: int) -> int:
        return args.events or (few if quick else many)

    def trivially() -> str:
        uvloop.run(engine.run(bootstrap, 50_000 if quick else 200_000))
        return "  (the engine itself, trivial fold)"

    def contended() -> str:
        uvloop.run(throughput(cluster, folder, events(9_000, 90_000), args.runs or (1 if quick else 3)))
        return ""

    figures: dict[str, Callable[[], str]] = {
        "throughput": contended,
        "recovery": lambda: uvloop.run(recovery.measure(bootstrap, rows)),
        "cold": lambda: uvloop.run(cold_start.measure(bootstrap, rows // 4)),
        "growth": lambda: uvloop.run(growth.measure(bootstrap, rows)),
        "memory": lambda: uvloop.run(memory.measure(bootstrap, folder, events(50_000, 500_000))),
        "fairness": lambda: "\n".join(fairness.measure(bootstrap, folder, events(20_000, 200_000))),
        "latency": lambda: uvloop.run(latency.measure(bootstrap, folder, 1_500, 10.0 if quick else 60.0)),
        "engine": trivially,
    }
    for name, taken in figures.items():
        if args.only in (None, name):
            print(taken())


def _mails(count: int) -> None:
    try:
        found = uvloop.run(mails.measure(count))
    except SystemExit as missing:
        print(f"MAILS NOT MEASURED: {missing}")
        return
    for what, rate in found.items():
        print(f"  {what:<44} {rate:8,.0f} mails/s into smtp-sink")


if __name__ == "__main__":
    main()
