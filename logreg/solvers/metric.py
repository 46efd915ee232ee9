"""Metrics: matrices near the Hessian, factorised once, that turn a gradient into a good direction."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..data.base import Block
from ..ground.cholesky import Cholesky
from ..problem.objective import Objective, Point, gram_of

Array = NDArray[np.float64]
Direction = Callable[[Array], Array]

LARGEST_EXACT = 1500
"""Parameters up to which the whole Hessian is factorised."""

LARGEST_SHARED = 3000
"""Columns up to which one matrix for all classes is."""


PASS = 24
"""Multiplications of a matrix product that take as long as one of a pass over X."""

DEAREST = 100
"""Passes over X that a metric may cost: more, and it saves less than it takes."""


class Metric(ABC):
    """A way to approximate the Hessian by something that can be inverted."""

    def price(self, objective: Objective) -> float:
        """What the metric costs, in passes over X."""
        n, width = objective.data.shape[0], self.width(objective)
        return (n + width) * width**2 / (PASS * objective.data.stored * objective.outputs)

    def patience(self, objective: Objective) -> float:
        """How many slow steps are borne before the metric is made anew: by default, what it costs."""
        return self.price(objective)

    def suits(self, objective: Objective) -> bool:
        """Whether its cost is bounded, and there are as many rows as it has."""
        return objective.data.shape[0] >= self.width(objective) and self.price(objective) <= DEAREST

    @abstractmethod
    def width(self, objective: Objective) -> int:
        """Rows of the matrix that is factorised."""

    @abstractmethod
    def least_rows(self, objective: Objective) -> int:
        """Rows that a sample needs, lest its metric or its minimum tell nothing of the whole."""

    @abstractmethod
    def at(self, point: Point) -> Direction:
        """The map from a gradient to M^-1 gradient, for M near the Hessian at a point."""


class Exact(Metric):
    """The Hessian itself."""

    def width(self, objective: Objective) -> int:
        return objective.size

    def least_rows(self, objective: Objective) -> int:
        return 10 * objective.size

    def at(self, point: Point) -> Direction:
        factor = point.factor
        return lambda grad: factor.solve(grad.T.ravel()).reshape(grad.T.shape).T


class Shared(Metric):
    """One matrix for all classes: X' diag(s w) X + penalty, w the rows' mean curvature.

    A row's Hessian in eta, diag(p) - p p', has the trace 1 - |p|^2 over K - 1 directions; w is their mean. For
    p = 1/K the matrix is that of Bohning (1992) but for a factor, which the quasi-Newton update finds by
    itself; where rows are certain it is smaller, as the Hessian is.
    """

    def width(self, objective: Objective) -> int:
        return objective.chart.rows

    def least_rows(self, objective: Objective) -> int:
        return max(10 * objective.chart.rows, objective.size)

    def patience(self, objective: Objective) -> float:
        # One matrix for all classes stays rough at any point: most of its slow steps are not cured by a new one.
        return self.price(objective) * objective.outputs

    def at(self, point: Point) -> Direction:
        objective, eta = point.objective, point.objective.predictor(point.W)
        directions = max(objective.outputs - 1, 1)

        def term(block: Block) -> tuple[Array]:
            a, u = objective.loss.curvature(eta(block))
            trace = a.sum(axis=1) if u is None else a.sum(axis=1) - np.einsum("ij,ij->i", u, u)
            return (gram_of(objective, block, block.weight * trace / directions),)

        (gram,) = objective.data.sum(term)
        ridge = np.broadcast_to(objective.penalty.curvature(), objective.shape).mean(axis=1)
        return Cholesky.of(objective.C * gram + np.diag(ridge)).solve


class Plain(Metric):
    """The chart's own: its columns already have unit curvature."""

    def width(self, objective: Objective) -> int:
        return objective.chart.rows

    def least_rows(self, objective: Objective) -> int:
        return objective.size

    def at(self, point: Point) -> Direction:
        return np.copy


def metric_for(objective: Objective) -> Metric:
    """The closest metric that the size of the problem allows."""
    if objective.size <= LARGEST_EXACT and Exact().suits(objective):
        return Exact()
    return Shared() if objective.chart.rows <= LARGEST_SHARED and Shared().suits(objective) else Plain()
