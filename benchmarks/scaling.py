"""``python -m benchmarks scaling``: seconds to 1e-6 against rows, columns, classes and entries, with slopes.

Each dimension grows alone over three decades while the others stand still. A slope is the exponent ``a`` of
``seconds ~ size^a``, fitted by least squares to the logarithms over the upper half of the sizes: below it
lies the fixed cost of a call.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from . import found, machine, report
from .contestant import Contestant
from .datasets.generated import generate
from .judge import LEVELS
from .problem import Problem, standard
from .runner import Race, race
from .worker import limit_threads

PEERS = ("logreg", "glum", "sklearn/lbfgs", "sklearn/newton*")
Points = list[tuple[float, float]]


@dataclass(frozen=True)
class Axis:
    """What grows: its label, the sizes, and the data of one size."""

    name: str
    label: str
    sizes: tuple[float, ...]
    make: Callable[[float], tuple[Any, Any]]

    def problem(self, size: float) -> Problem:
        """The generated problem of one size, C = 1."""
        X, y = self.make(size)
        return Problem(f"{self.name} {size:g}", standard(X), np.asarray(y))


def _decades(first: float, last: float) -> tuple[float, ...]:
    """Two sizes a decade."""
    return tuple(float(f"{size:.1g}") for size in np.geomspace(first, last, round(2 * np.log10(last / first)) + 1))


AXES = (
    Axis("n", "rows (20 columns, 2 classes)", _decades(1e3, 1e6), lambda n: generate(int(n), 20, condition=100)),
    Axis("p", "columns (5 000 rows, 2 classes)", _decades(3, 3e3), lambda p: generate(5_000, int(p))),
    Axis("K", "classes (10 000 rows, 20 columns)", _decades(2, 2e3), lambda K: generate(10_000, 20, int(K))),
    Axis(
        "nnz", "entries (20 000 rows, 10 000 columns, sparse)", _decades(2e4, 2e7),
        lambda nnz: generate(20_000, 10_000, density=nnz / 2e8),
    ),
)  # fmt: skip


def main(arguments: list[str]) -> int:
    """Run the command line and return its exit code."""
    options = _parser().parse_args(arguments)
    if options.threads:
        limit_threads(options.threads)
    contestants = found.select(found.contestants(), options.solvers)
    panels, results = [], {}
    for axis in found.select(AXES, options.axes):
        sizes = [size for size in axis.sizes if size <= options.up_to * axis.sizes[0]]
        races = climb(axis, sizes, contestants, options.time_limit)
        lines = points(sizes, races)
        panels.append((axis.label, {_labelled(name, line): line for name, line in lines.items()}))
        results[axis.name] = {"sizes": sizes, "races": [report.as_json(each) for each in races]}
        print(f"\n## Seconds to 1e-6 against {axis.label}\n\n{scaling_table(sizes, lines)}", flush=True)
    _write(panels, results, contestants, options.output)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m benchmarks scaling", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--axes", nargs="+", default=["*"], metavar="NAME", help="of n, p, K, nnz")
    parser.add_argument("--solvers", nargs="+", default=PEERS, metavar="NAME", help="names or globs")
    parser.add_argument("--up-to", type=float, default=1e3, metavar="X", help="growth from the first size")
    parser.add_argument("--time-limit", type=float, default=20.0, metavar="S", help="seconds that one fit may take")
    parser.add_argument("--threads", type=int, metavar="N", help="threads of every contestant (default: theirs)")
    parser.add_argument("--output", type=Path, default=report.RESULTS, help="folder of the results and the picture")
    return parser


def climb(axis: Axis, sizes: Sequence[float], contestants: Sequence[Contestant], time_limit: float) -> list[Race]:
    """One race a size; a contestant that missed the level at one size is spared the larger ones."""
    races: list[Race] = []
    able = list(contestants)
    for size in sizes:
        result = race(axis.problem(size), able, time_limit=time_limit, rounds=1)
        races.append(result)
        able = [each for each in able if result.seconds(each.name, LEVELS[1]) is not None]
    return races


def points(sizes: Sequence[float], races: Sequence[Race]) -> dict[str, Points]:
    """Size and seconds: ours, and the best of the peers at each size."""
    lines: dict[str, Points] = {report.OURS: [], "fastest peer": []}
    for size, each in zip(sizes, races, strict=True):
        ours, peer = report.ours_and_peer(each, LEVELS[1])
        if ours is not None:
            lines[report.OURS].append((size, ours))
        if peer is not None:
            lines["fastest peer"].append((size, peer[0]))
    return {name: line for name, line in lines.items() if line}


def slope(line: Points) -> float | None:
    """The exponent over the upper half of the sizes; None for fewer than two.

    Examples
    --------
    >>> round(slope([(10.0, 1.0), (100.0, 10.0), (1000.0, 1000.0), (10000.0, 100000.0)]), 6)
    2.0
    """
    upper = np.log(line[len(line) // 2 :] if len(line) > 3 else line)
    return float(np.polyfit(upper[:, 0], upper[:, 1], 1)[0]) if len(upper) > 1 else None


def _labelled(name: str, line: Points) -> str:
    exponent = slope(line)
    return name if exponent is None else f"{name}, slope {exponent:.2f}"


def scaling_table(sizes: Sequence[float], lines: dict[str, Points]) -> str:
    """One line a trainer, one column a size, the slope last."""
    header = ["seconds", *(f"{size:g}" for size in sizes), "slope"]
    rows = []
    for name, line in lines.items():
        at, exponent = dict(line), slope(line)
        rows.append([
            name, *(report.seconds(at.get(size)) for size in sizes),
            "" if exponent is None else f"{exponent:.2f}",
        ])  # fmt: skip
    return report.table(header, rows)


def _write(panels: list[Any], results: dict[str, Any], contestants: Sequence[Contestant], folder: Path) -> None:
    from . import plots

    content = {"machine": machine.machine(), "versions": machine.versions(contestants), "axes": results}
    report.write_json(folder / "scaling.json", content)
    print("\nwritten:", folder / "scaling.json", plots.scaling(panels, folder / "scaling.png"))
