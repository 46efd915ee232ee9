"""The contract of a contestant: what it can do, how its data are laid out, and one fit at a tolerance."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from typing import Any, ClassVar

import numpy as np

from .judge import Solution
from .problem import Problem
from .tasks import CrossValidation

LADDER = tuple(10.0**-k for k in range(-1, 14))  # 10, 1, 0.1, ..., 1e-13
UNLIMITED = 1_000_000  # iterations: what ends a fit is its tolerance or the runner's clock


@dataclass(frozen=True)
class Contestant(ABC):
    """A trainer that can be driven to any accuracy by one number.

    A contestant is picklable and imports its library inside its methods, so that listing the contestants
    imports none of them. Everything it cannot do is a class attribute, so that a skip has a reason.
    """

    name: str
    package: ClassVar[str]
    multiclass: ClassVar[bool] = True
    sparse: ClassVar[bool] = True
    intercept: ClassVar[bool] = True
    in_extra: ClassVar[bool] = True  # whether ``pip install 'logreg[bench]'`` brings its package
    ladder: ClassVar[tuple[float, ...]] = LADDER

    @property
    def penalties(self) -> frozenset[str]:
        """The penalties it can take, of none, l2, l1 and elastic-net."""
        return frozenset({"none", "l2"})

    @property
    def max_parameters(self) -> float:
        """The most parameters it can take before its own square matrices no longer fit in memory."""
        return float("inf")

    def refuses(self, problem: Problem) -> str | None:
        """The reason why it does not take part, or None."""
        refusals = {
            f"{self.package} is not installed": self.version() is None,
            "does not do several classes": problem.n_classes > 2 and not self.multiclass,
            "does not take sparse matrices": problem.is_sparse and not self.sparse,
            "has no intercept": problem.fit_intercept and not self.intercept,
            f"does not do the penalty {problem.penalty}": problem.penalty not in self.penalties,
            f"its Hessian of {problem.n_parameters:,} parameters squared does not fit":
                problem.n_parameters > self.max_parameters,
        }  # fmt: skip
        return next((reason for reason, holds in refusals.items() if holds), None)

    def version(self) -> str | None:
        """The installed version of its package, or None."""
        try:
            return metadata.version(self.package)
        except metadata.PackageNotFoundError:
            return None

    def prepare(self, problem: Problem) -> Any:
        """X and y in the layout it likes best: not timed."""
        return problem.X, problem.y

    @abstractmethod
    def fit(self, problem: Problem, prepared: Any, tol: float) -> Solution:
        """One fit from a cold start at its own tolerance: this is what is timed."""

    def path(self, problem: Problem, prepared: Any, tol: float, Cs: Sequence[float]) -> Sequence[Solution]:
        """A fit for each C, increasing: each from a cold start where the library has nothing better."""
        return [self.fit(replace(problem, C=C), prepared, tol) for C in Cs]

    def cross_validate(self, problem: Problem, prepared: Any, tol: float, task: CrossValidation) -> Sequence[Solution]:
        """A path on each fold, then a fit on all rows at the best C, where the library has nothing better."""
        parts = [problem.rows(train) for train, _ in task.splits(problem.y)]
        paths = [self.path(part, self.prepare(part), tol, task.Cs) for part in parts]
        self.fit(replace(problem, C=task.best(problem, paths)), prepared, tol)
        return [solution for path in paths for solution in path]


def tuned(estimator: Any, problem: Problem, prepared: Any, task: CrossValidation, **options: Any) -> list[Solution]:
    """The solutions of a LogisticRegressionCV, scored by log loss: scikit-learn's, or one with its constructor."""
    model = estimator(
        Cs=task.Cs,
        cv=task.splits(problem.y),
        l1_ratios=(problem.l1_ratio,),
        fit_intercept=problem.fit_intercept,
        scoring="neg_log_loss",
        use_legacy_attributes=False,
        **options,
    ).fit(*prepared)
    return of_folds(model.coefs_paths_, problem.shape[1])


def of_folds(paths: Any, p: int) -> list[Solution]:
    """The solutions in ``coefs_paths_`` of shape (folds, 1, Cs, outputs, p or p + 1): intercepts come last, if any."""
    found = np.asarray(paths)[:, 0]
    points = found.reshape(-1, *found.shape[2:])
    return [Solution(point[:, :p], point[:, p:].sum(axis=1)) for point in points]
