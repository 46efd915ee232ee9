"""The neutral judge: it computes every objective itself, in float64, from nothing but the coefficients.

It shares no code with `logreg`, so that a mistake there cannot hide here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from .problem import Problem

Array = NDArray[np.float64]
Values = tuple[float, ...]  # objectives of the fits of a task

LEVELS = (1e-3, 1e-6, 1e-9)  # relative excesses to which seconds are reported
ROWS = 1 << 14  # rows judged at a time: the judge needs little memory beside X


@dataclass(frozen=True)
class Solution:
    """What a contestant hands in: coefficients (k, p) and intercepts (k,), k = 1 for two classes or k = K."""

    coef: Array
    intercept: Array


def values(problem: Problem, solutions: Iterable[Solution]) -> Values:
    """The objective of each fit that the problem's task consists of."""
    points = problem.task.points(problem)
    return tuple(objective(point, solution) for point, solution in zip(points, solutions, strict=True))


def objective(problem: Problem, solution: Solution) -> float:
    """``sum_i [logsumexp(eta_i) - eta_i[y_i]] + penalty / C``, infinite where it is not a number.

    Examples
    --------
    >>> import numpy as np
    >>> from benchmarks.problem import Problem
    >>> problem = Problem("two rows", np.array([[1.0], [-1.0]]), np.array([1, 0]))
    >>> round(objective(problem, Solution(np.zeros((1, 1)), np.zeros(1))), 6)
    1.386294
    """
    total = loss(problem, solution) + _penalty(problem, solution.coef)
    return total if math.isfinite(total) else math.inf


def loss(problem: Problem, solution: Solution) -> float:
    """The sum of the losses without the penalty."""
    return math.fsum(_losses(problem, solution))


def _losses(problem: Problem, solution: Solution) -> Iterator[float]:
    """The loss of one block of rows after the other."""
    W = np.asarray(solution.coef, dtype=np.float64)
    b = np.asarray(solution.intercept, dtype=np.float64)
    for start in range(0, problem.shape[0], ROWS):
        rows = slice(start, start + ROWS)
        yield cross_entropy(problem.y[rows], np.asarray(problem.X[rows] @ W.T) + b)


def cross_entropy(y: Any, eta: Array) -> float:
    """``sum_i logsumexp(eta_i) - eta_i[y_i]``; a single column of eta is the log-odds of class 1 against 0."""
    if eta.shape[1] == 1:
        eta = np.hstack([np.zeros_like(eta), eta])
    top = eta.max(axis=1, keepdims=True)
    gaps = eta - top  # at most zero, so that no exponential overflows
    chosen = np.take_along_axis(gaps, y[:, None], axis=1)[:, 0]
    rest = np.exp(gaps)
    np.put_along_axis(rest, eta.argmax(axis=1)[:, None], 0.0, axis=1)
    return float(np.sum(np.log1p(rest.sum(axis=1)) - chosen))


def _penalty(problem: Problem, coef: Array) -> float:
    """``((1 - l1_ratio)/2 |W|^2 + l1_ratio |W|_1) / C``; one row of log-odds counts once, as everywhere."""
    if problem.penalty == "none":
        return 0.0
    ridge = 0.5 * (1 - problem.l1_ratio) * np.sum(np.square(coef, dtype=np.float64))
    lasso = problem.l1_ratio * np.sum(np.abs(coef), dtype=np.float64)
    return float(ridge + lasso) / problem.C


def excess(values: ArrayLike, best: ArrayLike) -> float:
    """How far the worst point lies above the best one, relative to the best; never below zero.

    >>> excess((1.0, 2.5), (1.0, 2.0)), excess(3.0, 4.0)
    (0.25, 0.0)
    """
    with np.errstate(invalid="ignore"):
        gaps = np.subtract(values, best) / np.maximum(np.abs(best), np.finfo(float).tiny)
    return float(np.max(np.nan_to_num(gaps, nan=np.inf, posinf=np.inf), initial=0.0))


def lowest(values: Iterable[Values]) -> Values:
    """The best of each point; infinity where there is none."""
    return tuple(min(point) for point in zip(*values, strict=True)) or (math.inf,)


@dataclass(frozen=True)
class Fit:
    """One rung of a contestant's ladder: its tolerance, the judged objectives, every timing of it, its memory.

    ``peak_bytes`` is the most memory held beyond what stood before the fit, X included in what stood.
    """

    tol: float
    values: Values
    seconds: tuple[float, ...]
    peak_bytes: int

    @property
    def median(self) -> float:
        """The median of the timings."""
        return float(np.median(self.seconds))


def cheapest(fits: Iterable[Fit], best: ArrayLike, level: float) -> Fit | None:
    """The quickest fit whose relative excess is at most the level, or None."""
    reached = (fit for fit in fits if excess(fit.values, best) <= level)
    return min(reached, key=lambda fit: fit.median, default=None)
