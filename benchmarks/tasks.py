"""What a contestant is asked for: one fit, a path of penalties, or a cross-validation of them.

Whatever is asked, the judge sees single fits: a task names the problems that its solutions solve, in order.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from . import judge

if TYPE_CHECKING:
    from .contestant import Contestant
    from .judge import Solution
    from .problem import Problem

Split = tuple[NDArray[np.intp], NDArray[np.intp]]


class Task(ABC):
    """What is timed as one, and the single fits it consists of."""

    @property
    @abstractmethod
    def title(self) -> str:
        """What stands in tables and result files; nothing for a single fit."""

    @abstractmethod
    def solve(self, contestant: Contestant, problem: Problem, prepared: Any, tol: float) -> Sequence[Solution]:
        """Have it done at a tolerance: this is what is timed."""

    @abstractmethod
    def points(self, problem: Problem) -> Iterator[Problem]:
        """The problems that the solutions solve."""

    def toy(self) -> Task:
        """The same in small, to warm up."""
        return self


@dataclass(frozen=True)
class Single(Task):
    """One fit from a cold start."""

    @property
    def title(self) -> str:
        """Nothing special."""
        return ""

    def solve(self, contestant: Contestant, problem: Problem, prepared: Any, tol: float) -> Sequence[Solution]:
        """The contestant's fit."""
        return [contestant.fit(problem, prepared, tol)]

    def points(self, problem: Problem) -> Iterator[Problem]:
        """The problem itself."""
        yield problem


SINGLE = Single()


@dataclass(frozen=True)
class Path(Task):
    """A fit for each C, increasing, in whatever way the contestant goes from one to the next."""

    Cs: tuple[float, ...]

    def toy(self) -> Task:
        """Two points of it."""
        return replace(self, Cs=self.Cs[:2])

    @property
    def title(self) -> str:
        """How many, from where to where."""
        return f"path of {len(self.Cs)} C from {self.Cs[0]:.3g} to {self.Cs[-1]:.3g}"

    def solve(self, contestant: Contestant, problem: Problem, prepared: Any, tol: float) -> Sequence[Solution]:
        """The contestant's path."""
        return contestant.path(problem, prepared, tol, self.Cs)

    def points(self, problem: Problem) -> Iterator[Problem]:
        """The problem with every C."""
        for C in self.Cs:
            yield replace(problem, C=C)


@dataclass(frozen=True)
class CrossValidation(Task):
    """Every C fitted on every fold, the best by held-out log loss, and that one fitted again on all rows.

    All of it is timed; judged are the fits on the folds, from which the scores follow.
    """

    Cs: tuple[float, ...] = tuple(np.logspace(-4, 4, 10).tolist())
    folds: int = 5

    def toy(self) -> Task:
        """Two folds of two points."""
        return replace(self, Cs=self.Cs[:2], folds=2)

    @property
    def title(self) -> str:
        """How many folds and C."""
        return f"cross-validation, {len(self.Cs)} C, {self.folds} folds"

    def solve(self, contestant: Contestant, problem: Problem, prepared: Any, tol: float) -> Sequence[Solution]:
        """The contestant's cross-validation."""
        return contestant.cross_validate(problem, prepared, tol, self)

    def points(self, problem: Problem) -> Iterator[Problem]:
        """Each fold's rows with every C."""
        for train, _ in self.splits(problem.y):
            rows = problem.rows(train)
            for C in self.Cs:
                yield replace(rows, C=C)

    def splits(self, y: NDArray[np.intp]) -> list[Split]:
        """Rows to train on and rows to test on, the classes dealt out evenly in the order of the rows."""
        fold = np.empty(len(y), dtype=np.intp)
        for label in np.unique(y):
            at = np.flatnonzero(y == label)
            fold[at] = np.arange(len(at)) % self.folds
        return [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(self.folds)]

    def best(self, problem: Problem, paths: Sequence[Sequence[Solution]]) -> float:
        """The C whose held-out log loss, averaged over the folds, is lowest."""
        tests = [problem.rows(test) for _, test in self.splits(problem.y)]
        pairs = zip(tests, paths, strict=True)
        scores = [[judge.loss(test, point) / len(test.y) for point in path] for test, path in pairs]
        return self.Cs[int(np.argmin(np.mean(scores, axis=0)))]


def along(points: int, decades: float) -> Callable[[Problem], Task]:
    """A geometric path that begins where the first coefficient is about to leave zero."""
    return partial(_along, points, decades)


def _along(points: int, decades: float, problem: Problem) -> Task:
    first = threshold(problem)
    return Path(tuple(np.geomspace(first, first * 10.0**decades, points).tolist()))


def cross_validated(problem: Problem) -> Task:
    """Ten C from 1e-4 to 1e4 and five folds: the defaults of scikit-learn's users."""
    return CrossValidation()


def threshold(problem: Problem) -> float:
    """``l1_ratio / max |X'(P - Y)|`` at the best intercept alone: up to this C no coefficient leaves zero.

    Examples
    --------
    >>> import numpy as np
    >>> from benchmarks.problem import Problem
    >>> threshold(Problem("two rows", np.array([[1.0], [-1.0]]), np.array([1, 0]), l1_ratio=1.0))
    1.0
    """
    K = problem.n_classes
    Y = np.eye(K)[problem.y]
    P = Y.mean(axis=0) if problem.fit_intercept else np.full(K, 1 / K)
    return float(problem.l1_ratio / np.max(np.abs(problem.X.T @ (P - Y))))
