"""`make mutants`: a fixed sample of small faults in the domain, and how many of them the tests notice.

Faults come from cosmic-ray, in a copy of the sources. Which ones are in the sample follows from a hash
of each, so that the same code has the same sample on every machine. Left out is what would only flatter
or blur the figure: annotations, how a class is stored (`frozen=True`), arithmetic that no two operands of
ours know (`date | span` fails at once), and `is` for `==`, which for short strings is no fault.
"""

import argparse
import ast
import contextlib
import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from cosmic_ray.commands import init
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.work_db import use_db
from cosmic_ray.work_item import MutationSpec

ROOT = Path(__file__).parents[2]
DOMAIN = Path("streams/domain")
COPIED = ("streams", "adapters", "templates", "tests", "deploy", "pyproject.toml")
ENOUGH = 0.85
EXAMPLES = "40"  # of each property

# Whoever decides is tried by its own tests first; what they miss, by all that are meant to notice.
DESK = ("desk", "policy", "customer.py", "person.py", "clock.py")
FIRST = {True: "tests/unit/desk", False: "tests/unit/timeline"}
THEN = "tests/unit/desk tests/unit/timeline tests/properties tests/agents"


_NO_FAULT = re.compile(
    r"core/(ReplaceComparisonOperator_(Eq|NotEq)_Is(Not)?"
    r"|ReplaceBinaryOperator_\w+_(BitAnd|BitOr|BitXor|LShift|RShift|Pow|Mod)"
    r"|ReplaceBinaryOperator_Bit\w+"
    r"|ReplaceBinaryOperator_(Add|Sub)_(Mul|Div|FloorDiv)"
    r"|ReplaceUnaryOperator_USub_\w+)$"
)


def main() -> int:
    """0 where enough were noticed, else 1; each that nobody noticed is shown."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__.splitlines()[0])
    parser.add_argument("--sample", type=int, default=200, help="how many (default 200)")
    parser.add_argument("--only", default="", metavar="PART", help="those whose module's path holds this")
    args = parser.parse_args()
    os.environ["PROPERTY_EXAMPLES"] = EXAMPLES
    with copied() as folder:
        patience = _patience()
        found = sample(folder, args.sample, args.only)
        noticed, total = Counter[str](), Counter[str]()
        for number, mutation in enumerate(found, 1):
            diff = survives(mutation, patience)
            module = str(mutation.module_path.relative_to(DOMAIN)).partition("/")[0].removesuffix(".py")
            total[module] += 1
            noticed[module] += diff is None
            said = "noticed" if diff is None else f"NOT noticed\n{diff}"
            print(f"{number}/{len(found)} {mutation.module_path}:{mutation.start_pos[0]} {said}", flush=True)
    for module, count in sorted(total.items()):
        print(f"{module:<16}{noticed[module]:>5} of {count}")
    share = noticed.total() / total.total()
    print(f"{noticed.total()} of {total.total()} noticed: {share:.1%}")
    return int(share < ENOUGH)


@contextlib.contextmanager
def copied() -> Iterator[Path]:
    """A copy of the sources to work in, as the present folder."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="orderherald-mutants-") as name:
        folder = Path(name)
        for each in COPIED:
            source = ROOT / each
            if source.is_dir():
                shutil.copytree(source, folder / each, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, folder / each)
        os.chdir(folder)
        try:
            yield folder
        finally:
            os.chdir(before)


def sample(folder: Path, size: int, only: str) -> list[MutationSpec]:
    """The first by their hashes, in the order of the modules."""
    modules = [each for each in sorted(DOMAIN.rglob("*.py")) if each.name != "__init__.py" or _decides(each)]
    with use_db(folder / "faults.sqlite") as known:
        init(modules, known, {})
        faults = [mutation for item in known.work_items for mutation in item.mutations]
    types = {module: set(_annotations(module)) for module in modules}
    faults = [each for each in faults if only in str(each.module_path) and not _is_none(each, types)]
    chosen = sorted(faults, key=_hash)[:size]
    return sorted(chosen, key=lambda each: (str(each.module_path), each.start_pos, each.operator_name))


def survives(mutation: MutationSpec, patience: float) -> str | None:
    """The fault as a diff, where no test noticed it."""
    desk = mutation.module_path.relative_to(DOMAIN).parts[0] in DESK
    for tests in (FIRST[desk], THEN):
        result = mutate_and_test([mutation], _command(tests), patience)
        if result.is_killed:
            return None
    changed = (line for line in (result.diff or "").splitlines() if line[:1] in ("+", "-"))
    return "\n".join(line for line in changed if line[:3] not in ("---", "+++"))


def _patience() -> float:
    """Ten times as long as the tests take without any fault: what hangs longer was noticed."""
    begun = time.monotonic()
    for tests in (*FIRST.values(), THEN):
        subprocess.run(shlex.split(_command(tests)), check=True, stdout=subprocess.DEVNULL)
    return 10 * (time.monotonic() - begun)


def _command(tests: str) -> str:
    return f"{sys.executable} -m pytest -x -q -p no:cacheprovider {tests}"


def _decides(module: Path) -> bool:
    return any(isinstance(node, ast.FunctionDef) for node in ast.walk(ast.parse(module.read_text("utf-8"))))


def _hash(mutation: MutationSpec) -> str:
    name = f"{mutation.module_path}:{mutation.operator_name}:{mutation.occurrence}"
    return hashlib.sha256(name.encode()).hexdigest()


def _annotations(module: Path) -> Iterator[tuple[int, int, int, int]]:
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        parts = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        parts += node.keywords if isinstance(node, ast.ClassDef) else []
        for part in parts:
            if isinstance(part, ast.expr | ast.keyword):
                assert part.end_lineno is not None
                assert part.end_col_offset is not None
                yield part.lineno, part.col_offset, part.end_lineno, part.end_col_offset


def _is_none(mutation: MutationSpec, types: dict[Path, set[tuple[int, int, int, int]]]) -> bool:
    return bool(_NO_FAULT.match(mutation.operator_name)) or any(
        (first, left) <= mutation.start_pos and mutation.end_pos <= (last, right)
        for first, left, last, right in types[mutation.module_path]
    )


if __name__ == "__main__":
    sys.exit(main())
