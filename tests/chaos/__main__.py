"""`python -m tests.chaos`: faults by the dozen, and a table of what came of it. `make chaos`."""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from tests.chaos.disks import may_mount
from tests.chaos.run import Options, Result, run
from tests.chaos.spoils import SPOILS


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600, help="of load and faults (default: 600)")
    parser.add_argument("--faults", type=int, default=200, help="how many (default: 200)")
    parser.add_argument("--brokers", type=int, default=3, choices=(1, 3))
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--rate", type=float, default=4, help="orders a second (default: 4)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--spoil", choices=sorted(SPOILS), help="put a fault into the workers themselves")
    parser.add_argument("--settle", type=float, default=240, help="seconds for what is owed at the end")
    parser.add_argument("--keep", type=Path, help="a folder for logs, kept")
    given = vars(parser.parse_args())
    keep = given.pop("keep")
    options = Options(**given, disks=may_mount())
    if not options.disks:
        print("No broker's disk will be full: that needs leave to mount.", flush=True)
    print(f"{options.faults} faults in {options.seconds:.0f} s, seed {options.seed}:", flush=True)
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        if keep:
            keep.mkdir(parents=True)
        result = asyncio.run(run(options, keep or Path(folder)))
    print(table(result))
    return 0 if result.verdict.clean else 1


def table(result: Result) -> str:
    """Markdown, as the README quotes it."""
    verdict = result.verdict
    rows = {"faults": result.faults.total(), **verdict.counts}
    rows |= {name: len(found) for name, found in verdict.faults.items() if found or "set back" not in name}
    rows["positions set back"] = sum(
        len(found) for name, found in verdict.faults.items() if "set back" in name
    )
    lines = ["| what | count |", "|---|---:|", *(f"| {name} | {count:,} |" for name, count in rows.items())]
    ends = ", ".join(f"{name}: {count}" for name, count in sorted(result.statuses.items()))
    examples = [f"{name}: {', '.join(found[:5])}" for name, found in verdict.faults.items() if found]
    times = result.times
    settled = (
        f"No event waited longer than {times.behind:.0f} s for Kafka to take it; "
        f"the verdict came {times.settled:.0f} s after the last fault."
    )
    return "\n".join(["", *lines, "", f"Ends of processes: {ends}.", settled, *examples])


if __name__ == "__main__":
    sys.exit(main())
