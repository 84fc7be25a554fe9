# Copyright (c) 2026, the ringme.pbx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mutates the pure files at random places with the operators of cosmic-ray, and runs the unit tests of each file.

``make test-all`` runs it. The same seed gives the same mutants. A mutant that nothing catches is printed with its line:
either a test is missing, or the mutant is equivalent. The run fails where fewer than the given share are caught.
"""

from __future__ import annotations

import argparse
import difflib
import queue
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names
from run import LIBRARIES, PROCESSES, ROOT, SURVIVED, Clone, Fault

PURE = (
    "model/*.py",
    "wire/answer.py",
    "wire/retry.py",
    *(f"files/{name}.py" for name in ("findings", "given", "schema", "shape", "tree")),
    *(
        f"report/{name}.py"
        for name in (
            "building",
            "collected",
            "items",
            "judgement",
            "ledger",
            "memory",
            "merging",
            "moments",
            "rows",
            "waivers",
        )
    ),
)
LEFT_OUT = ("BitOr", "RemoveDecorator", "VariableReplacer", "VariableInserter", "ExceptionReplacer")
"""Operators that mostly change annotations or make dataclasses mutable, and those that need arguments."""


class PureClone(Clone):
    """Runs the tests of the mutated file, then those of its folder."""

    def _commands(self, fault: Fault, tiers: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
        own = self.mirrored(fault.file)
        for paths in (own, [self.root / "tests/unit" / Path(fault.file).parent]):
            if paths:
                yield "unit", self.pytest(paths)


def mutants(path: Path) -> Iterator[tuple[str, int]]:
    """Yield every mutation of a file: an operator, and the number of its place."""
    tree = get_ast(path.read_text(encoding="utf-8"))
    for name in operator_names():
        operator = get_operator(name)
        if any(part in name for part in LEFT_OUT) or operator.arguments():
            continue
        places = sum(1 for node in ast_nodes(tree) for _place in operator().mutation_positions(node))
        yield from ((name, number) for number in range(places))


def fault_of(path: Path, name: str, number: int) -> Fault:
    """Return the mutant as a fault; what it says is the line before and after."""
    before = path.read_text(encoding="utf-8")
    after = str(mutate_code(before, get_operator(name)(), number))
    lines = [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] in "-+"]
    described = "\n".join(f"    {line[0]} {line[2:].strip()}" for line in lines)
    shown = str(path.relative_to(ROOT))
    return Fault(f"{shown} {name.partition('/')[2]} {number}", described, shown, before, after, "unit")


def main() -> int:
    """Run a sample; returns 1 where too few are caught."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=200, help="number of mutants (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="which ones (default: %(default)s)")
    parser.add_argument(
        "--least", type=float, default=0.9, help="the share that has to be caught (default: %(default)s)"
    )
    parser.add_argument("--jobs", type=int, default=2, help="number of parallel runs (default: %(default)s)")
    options = parser.parse_args()
    PROCESSES.set_forkserver_preload(list(LIBRARIES))
    files = [path for pattern in PURE for path in sorted((ROOT / "plugins/module_utils").glob(pattern))]
    every = [(path, *mutant) for path in files for mutant in mutants(path)]
    chosen = random.Random(options.seed).sample(every, min(options.count, len(every)))
    clones: queue.SimpleQueue[PureClone] = queue.SimpleQueue()
    survivors: list[Fault] = []

    def one(mutant: tuple[Path, str, int]) -> None:
        clone, fault = clones.get(), fault_of(*mutant)
        try:
            if clone.find(fault, ["unit"]).tier == SURVIVED:
                survivors.append(fault)
                print(f"{fault.id} survived\n{fault.fault}", flush=True)
        finally:
            clones.put(clone)

    with tempfile.TemporaryDirectory(prefix="mutants-") as folder, ThreadPoolExecutor(options.jobs) as pool:
        for number in range(options.jobs):
            clones.put(PureClone(Path(folder) / str(number) / "ansible_collections/ringme/pbx", ROOT))
        list(pool.map(one, chosen))
    caught = len(chosen) - len(survivors)
    print(f"{len(every)} mutants in {len(files)} files; of {len(chosen)} with seed {options.seed} {caught} are caught")
    print(f"{caught} passed, {len(survivors)} failed")
    return 0 if chosen and caught >= options.least * len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
