"""What every fit is told beside the data, the loss, the strength of the penalty and where to begin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .errors import OptionError
from .problem.penalties import ElasticNet, elastic_net, group
from .solvers.base import Watcher, ignore

MOST = 1e100
"""The largest C, and one over the smallest: beyond, the losses times C have no squares."""


@dataclass(frozen=True)
class Options:
    """Choices that fits, paths and cross-validations hand on.

    Parameters
    ----------
    l1_ratio : float
        Share of the L1 part in the penalty, from 0 to 1.
    grouped : bool
        Whether a column's coefficients are tied over the outputs: the L1 part is then the sum of the norms of columns.
    fit_intercept : bool
        Whether there is an intercept, never penalised.
    solver : str
        A name in ``logreg.solvers.auto.NAMES``.
    tol : float
        Proven relative excess of the objective at which to stop.
    max_iter : int
        Points after the start at which to give up.
    max_seconds : float, optional
        Time at which to give up.
    watch : callable
        Called as ``watch(iteration, record)`` after each iteration.
    random_state : int, optional
        Seed of the solvers that sample; 0 by default.

    Raises
    ------
    OptionError
        For numbers out of range.

    Examples
    --------
    >>> from logreg.options import Options
    >>> Options(l1_ratio=0.5).penalty(2.0)
    ElasticNet(l1=0.25, l2=0.25)
    """

    l1_ratio: float = 0.0
    grouped: bool = False
    fit_intercept: bool = True
    solver: str = "auto"
    tol: float = 1e-6
    max_iter: int = 10_000
    max_seconds: float | None = None
    watch: Watcher = ignore
    random_state: int | None = None

    def __post_init__(self) -> None:
        check("l1_ratio", self.l1_ratio, 0 <= self.l1_ratio <= 1, "a number from 0 to 1")
        check("tol", self.tol, self.tol >= 0, "a number that is not negative")
        whole = self.max_iter >= 0 and float(self.max_iter).is_integer()
        check("max_iter", self.max_iter, whole, "a whole number that is not negative")

    @property
    def seed(self) -> int:
        """Where random numbers begin."""
        return self.random_state or 0

    def penalty(self, C: float) -> ElasticNet:
        """The penalty in the user's units, over C; none for an infinite one. Without an L1 part nothing is tied."""
        return (group if self.grouped and self.l1_ratio > 0 else elastic_net)(1.0 / C, self.l1_ratio)


def check_strength(C: float) -> None:
    """Raise for a C out of range.

    Raises
    ------
    OptionError
        With the range that was expected.
    """
    expected = f"a positive number from {1 / MOST:g} to {MOST:g}, or infinity for no penalty"
    check("C", C, C > 0 and (1 / MOST <= C <= MOST or np.isinf(C)), expected)


def check(name: str, value: object, good: bool, expected: str) -> None:
    """Raise for an option that is not as expected."""
    if not good:
        raise OptionError(f"{name} is {value}; expected {expected}")
