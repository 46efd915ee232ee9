"""``python -m benchmarks predict``: rows a second on large inputs and microseconds for a single row.

The two estimators hold the same coefficients and answer in turns, in one process; beside them stands what the
matrix product ``X @ W`` alone takes, the least that any prediction can cost.
"""

from __future__ import annotations

import argparse
import timeit
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from operator import matmul
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from . import machine, report

Call = Callable[[], Any]
LATENCY_CALLS, LATENCY_ROUNDS, BATCH_ROUNDS = 100, 15, 5


@dataclass(frozen=True)
class Case:
    """What to predict: rows, columns, classes, the share of entries that are not zero, and whether it is a frame."""

    name: str
    n: int
    p: int
    K: int
    density: float = 1.0
    named: bool = False

    def matrix(self, rows: int) -> Any:
        """So many random rows: an array, CSR, or a pandas data frame."""
        rng = np.random.default_rng(0)
        if self.density < 1:
            return sparse.random(rows, self.p, self.density, format="csr", random_state=rng)
        X = rng.standard_normal((rows, self.p))
        return pd.DataFrame(X, columns=[f"x{j}" for j in range(self.p)]) if self.named else X


CASES = (
    Case("2 classes, 20 columns", 1_000_000, 20, 2),
    Case("2 classes, 200 columns", 200_000, 200, 2),
    Case("10 classes, 784 columns", 60_000, 784, 10),
    Case("1 000 classes, 50 columns", 20_000, 50, 1_000),
    Case("2 classes, 10 000 columns, sparse", 100_000, 10_000, 2, 1e-3),
    Case("20 classes, 50 000 columns, sparse", 10_000, 50_000, 20, 2e-3),
    Case("2 classes, 20 columns, a frame", 1_000_000, 20, 2, named=True),
    Case("10 classes, 784 columns, a frame", 60_000, 784, 10, named=True),
)


@dataclass(frozen=True)
class Measured:
    """Medians in seconds, by trainer: one batch, and one row."""

    case: Case
    batch: dict[str, float]
    row: dict[str, float]


def estimators(case: Case) -> dict[str, Any]:
    """Both estimators, fitted on a few rows and then given the same random coefficients."""
    from sklearn.linear_model import LogisticRegression as Theirs

    from logreg import LogisticRegression as Ours

    X = case.matrix(max(4 * case.K, 40))
    y = np.arange(X.shape[0]) % case.K
    models = {report.OURS: Ours(C=1e-3, tol=1e-1), "sklearn": Theirs(C=1e-3, tol=1e-1)}
    W = np.random.default_rng(1).standard_normal((1 if case.K == 2 else case.K, case.p)) / np.sqrt(case.p)
    for model in models.values():
        model.fit(X, y)
        model.coef_[...] = W  # in the order of memory that each has chosen
    return models


def measure(case: Case) -> Measured:
    """Time ``predict_proba`` of both, and the product alone, on the batch and on one row."""
    models = estimators(case)
    batch, row = (calls(models, case.matrix(n)) for n in (case.n, 1))
    return Measured(case, in_turns(batch, BATCH_ROUNDS, 1), in_turns(row, LATENCY_ROUNDS, LATENCY_CALLS))


def calls(models: dict[str, Any], X: Any) -> dict[str, Call]:
    """What is timed: each trainer's prediction, and the product of the bare numbers."""
    W = np.ascontiguousarray(models["sklearn"].coef_.T)
    numbers = X.to_numpy() if isinstance(X, pd.DataFrame) else X
    predictions: dict[str, Call] = {name: partial(model.predict_proba, X) for name, model in models.items()}
    return predictions | {"X @ W alone": partial(matmul, numbers, W)}


def in_turns(calls: dict[str, Call], rounds: int, number: int) -> dict[str, float]:
    """Median seconds of a call over rounds in which everyone has a turn; the first round warms up."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds + 1):
        for name, call in calls.items():
            times[name].append(timeit.timeit(call, number=number) / number)
    return {name: float(np.median(each[1:])) for name, each in times.items()}


def batch_table(results: Sequence[Measured]) -> str:
    """Million rows a second, and how much of the product's speed is left."""
    header = ["predict_proba, million rows/s", "rows", "logreg", "sklearn", "X @ W alone", "logreg / sklearn"]
    rows = []
    for each in results:
        speed = {name: each.case.n / seconds / 1e6 for name, seconds in each.batch.items()}
        ratio = speed[report.OURS] / speed["sklearn"]
        rows.append([each.case.name, f"{each.case.n:,}", *(f"{v:.3g}" for v in speed.values()), f"{ratio:.1f}"])
    return report.table(header, rows)


def row_table(results: Sequence[Measured]) -> str:
    """Microseconds for one row."""
    header = ["one row, microseconds", "logreg", "sklearn", "X @ W alone", "sklearn / logreg"]
    rows = [
        [
            each.case.name,
            *(f"{1e6 * seconds:.0f}" for seconds in each.row.values()),
            f"{each.row['sklearn'] / each.row[report.OURS]:.1f}",
        ]
        for each in results
    ]
    return report.table(header, rows)


def main(arguments: list[str]) -> int:
    """Run the command line and return its exit code."""
    parser = argparse.ArgumentParser("python -m benchmarks predict", description=__doc__)
    parser.add_argument("--shrink", type=int, default=1, metavar="X", help="a fraction 1/X of the rows")
    parser.add_argument("--output", type=Path, default=report.RESULTS, help="folder of the results")
    options = parser.parse_args(arguments)
    cases = [replace(case, n=max(1, case.n // options.shrink)) for case in CASES]
    results = [measure(case) for case in cases]
    print(batch_table(results), row_table(results), sep="\n\n")
    content = [{"case": vars(each.case), "batch": each.batch, "row": each.row} for each in results]
    report.write_json(options.output / "prediction.json", {"machine": machine.machine(), "cases": content})
    return 0
