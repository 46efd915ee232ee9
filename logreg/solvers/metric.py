"""Metrics: matrices near the Hessian, factorised once, that turn a gradient into a good direction."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ..data.base import Block
from ..ground.cholesky import Cholesky
from ..problem import prices
from ..problem.hessian import PRODUCTS, designs, gram_of, paired, unfolded
from ..problem.objective import Objective, Point
from ..problem.system import System, levelled
from .directions import Direction, Solved, Truncated

Array = NDArray[np.float64]

FREE = 2.1
"""Passes that a metric costs at most which is had from the start: little more than the curvature of all rows."""

CHEAP = 3
"""Passes that the Hessian costs where Newton's method is best."""

DEAREST_BLOCKS = 20
"""Passes that a matrix for each class may cost."""

LARGEST_BLOCKS = 1 << 24
"""Numbers in them: 128 MB."""

TIES = 2
"""Slow steps are borne for so many times what such matrices cost: made anew they would tie the classes no more."""

MANY = 30
"""Passes for which products with the Hessian are taken in place of slow steps, which they do not always cure."""

GROWTH = 8
"""Each sample has so many times the rows of the one before."""

AT_MOST = 50
"""A sample has at most so many rows for a row of the metric: more cost more than the passes they save."""

NOTHING = 1 << 21
"""Multiplications that take no longer than the calls that a Hessian consists of."""

SEVERAL = 1.6
"""Times the passes that Newton's method is worth with several outputs: other metrics know nothing of what ties them."""

LARGEST_SOFTMAX = 1500
"""Parameters up to which the whole Hessian of many outputs is factorised."""

LAST_RESORT = 700
"""Passes that the Hessian may cost where there are fewer rows than columns."""

DEAREST = 120
"""Passes over X that a metric may cost: more, and it saves less than it takes."""


class Metric(ABC):
    """A way to approximate the Hessian by something that can be inverted."""

    rough: ClassVar[bool] = True
    """Whether its scale is worth correcting."""

    largest: ClassVar[int] = 3000
    """Rows up to which the matrix is factorised."""

    is_true: ClassVar[bool] = False
    """Whether it is the Hessian itself."""

    factored: ClassVar[bool] = True
    """Whether it is had once and for all, and not by a pass over its rows whenever it is used."""

    def price(self, objective: Objective) -> float:
        """What the metric costs, in passes over X."""
        return prices.hessian(objective, self.width(objective))

    def patience(self, objective: Objective) -> float:
        """How many slow steps are borne before the metric is made anew: by default, what it costs."""
        return self.price(objective)

    def suits(self, objective: Objective) -> bool:
        """Whether its size and cost are bounded, and there are as many rows as it has."""
        width = self.width(objective)
        return width <= min(self.largest, objective.data.shape[0]) and self.price(objective) <= DEAREST

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

    is_true = True

    def width(self, objective: Objective) -> int:
        return objective.size

    def least_rows(self, objective: Objective) -> int:
        return 10 * objective.size

    def suits(self, objective: Objective) -> bool:
        if objective.outputs > 1 and objective.size > LARGEST_SOFTMAX:
            return False
        if objective.data.shape[0] >= objective.size or objective.free[: objective.chart.columns].any():
            return super().suits(objective)
        # Fewer rows than columns, and a ridge on each: dear, and the last resort where columns differ by all orders.
        return objective.size <= self.largest and self.price(objective) <= LAST_RESORT

    def at(self, point: Point) -> Direction:
        factor = point.system.near_factor
        return Solved(lambda grad: factor.solve(grad.T.ravel()).reshape(grad.T.shape).T)


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

    def suits(self, objective: Objective) -> bool:
        return objective.outputs > 1 and super().suits(objective)

    def patience(self, objective: Objective) -> float:
        # One matrix for all classes stays rough at any point: most of its slow steps are not cured by a new one.
        return self.price(objective) * objective.outputs

    def at(self, point: Point) -> Direction:
        objective, eta = point.objective, point.objective.predictor(point.W)
        directions = max(objective.outputs - 1, 1)

        def form(single: bool) -> Array:
            def term(block: Block) -> tuple[Array]:
                trace = objective.loss.curvature(eta(block)).trace
                return (gram_of(objective.chart, block, block.weight * trace / directions, single=single),)

            (gram,) = objective.data.sum(term)
            return np.multiply(gram, objective.C, out=gram)

        rows, ridge = 0 if objective.is_thin else objective.data.shape[0], objective.ridge.mean(axis=1, keepdims=True)
        return Solved(System(form, ridge, rows, objective.rounding, shift_invariant=False).near_factor.solve)


class Blocks(Shared):
    """A matrix for each class, X' diag(s p_k (1 - p_k)) X + penalty: the Hessian without what ties classes together.

    All of them come out of one product, of the curvatures with the products of pairs of columns. At the origin
    they are one and the same.
    """

    def price(self, objective: Objective) -> float:
        return prices.blocks(objective)

    def suits(self, objective: Objective) -> bool:
        m, k = objective.shape
        return k > 2 and k * m**2 <= LARGEST_BLOCKS and self.price(objective) <= DEAREST_BLOCKS

    def patience(self, objective: Objective) -> float:
        return TIES * self.price(objective)

    def at(self, point: Point) -> Direction:
        if not point.W.any():
            shared = super().at(point)
            return Solved(lambda grad: levelled(shared(grad), grad, point.objective.ridge))
        objective, eta = point.objective, point.objective.predictor(point.W)
        m, _ = objective.shape

        def term(block: Block) -> tuple[Array]:
            bend, root = objective.loss.curvature(eta(block)).diagonal, np.sqrt(block.weight)
            # The chart bounds rows with their weights: in single precision, others might not be finite.
            chunks = (
                ((rows * root[at, None]).astype(np.float32), bend[at].T)
                for at, rows in designs(objective.chart, block, PRODUCTS // (m * (m + 1) // 2))
            )
            return (paired(chunks),)

        (halves,) = objective.data.sum(term)
        ridge = objective.ridge
        inverses = unfolded(objective.C * halves, m)
        for inverse, diagonal in zip(inverses, ridge.T, strict=True):
            inverse.flat[:: m + 1] += diagonal
            inverse[:] = Cholesky.of(inverse).solve(np.eye(m))

        def solve(grad: Array) -> Array:
            return levelled(np.matmul(inverses, grad.T[:, :, None])[:, :, 0].T, grad, ridge)

        return Solved(solve)


class Inexact(Shared):
    """The Hessian itself, solved with inexactly, which the shared matrix preconditions.

    On a sample in memory a solve costs little, and the Hessian at a new point nothing.
    """

    rough = factored = False

    def at(self, point: Point) -> Direction:
        return Truncated(point, super().at(point))


class Diagonal(Metric):
    """A number for each coefficient: its ridge, and what the rows bend it by.

    In the chart the two add up to 1 where every row has the largest curvature a row can have, unless the ridge alone is
    more; of a class's mean curvature they have that part. The chart alone would take classes that are many, or certain,
    for stiffer than they are, and columns with more ridge than rows for softer.
    """

    def price(self, objective: Objective) -> float:
        return 1.0

    def suits(self, objective: Objective) -> bool:
        return True

    def patience(self, objective: Objective) -> float:
        return np.inf  # a new one is much the same

    def width(self, objective: Objective) -> int:
        return objective.chart.rows

    def least_rows(self, objective: Objective) -> int:
        return 10 * objective.size

    def at(self, point: Point) -> Direction:
        diagonal = self.diagonal(point)
        return Solved(lambda grad: grad / diagonal)

    def diagonal(self, point: Point) -> Array:
        """The numbers, at a point."""
        objective, eta = point.objective, point.objective.predictor(point.W)

        def term(block: Block) -> tuple[Array]:
            return (block.weight @ objective.loss.curvature(eta(block)).diagonal,)

        (bend,) = objective.data.sum(term)
        share = bend / (objective.loss.curvature_bound * objective.chart.total)
        ridge = objective.penalty.curvature()
        diagonal: Array = ridge + np.maximum(1 - ridge, 0.0) * share
        return diagonal


class Products(Diagonal):
    """The Hessian itself, solved with inexactly, by its products alone: for where no matrix is to be had.

    Where columns outnumber rows most directions are bent by the ridge alone: the diagonal levels the few others and
    spreads those, the ridge as a diagonal would do the reverse, and conjugate gradients take fewest steps in between.
    """

    rough = factored = False

    def price(self, objective: Objective) -> float:
        return MANY

    def diagonal(self, point: Point) -> Array:
        own, ridge, (n, p) = super().diagonal(point), point.objective.penalty.curvature(), point.objective.data.shape
        return np.where((ridge > 0) & (n < p), np.sqrt(own * ridge), own)

    def at(self, point: Point) -> Direction:
        return Truncated(point, super().at(point))


def newton_pays(objective: Objective) -> bool:
    """Whether the exact Hessian at every point costs less than the steps it saves over any other metric, or nothing."""
    exact, n, size = Exact(), objective.data.shape[0], objective.size
    nothing = (n + size) * size**2 <= NOTHING
    dearest = CHEAP * (SEVERAL if objective.outputs > 1 else 1.0)
    return nothing or (exact.suits(objective) and exact.price(objective) <= dearest)


METRICS: tuple[Metric, ...] = (Diagonal(), Shared(), Blocks(), Exact())


def metrics_for(objective: Objective) -> tuple[Metric, ...]:
    """The metrics that suit the problem: the best that is cheap or had from samples, then dearer ones if it stays slow.

    Where the Hessian is too large a matrix but samples are to be had, it is solved with on those.
    """
    if not Exact().suits(objective) and Inexact().suits(objective) and sizes(objective, Inexact()):
        return (Inexact(),)
    suited = sorted((metric for metric in METRICS if metric.suits(objective)), key=lambda m: m.price(objective))
    if len(suited) == 1:
        return suited[0], Products()
    cheap = [at for at, m in enumerate(suited) if sizes(objective, m) or m.price(objective) <= FREE]
    return tuple(suited[max(cheap, default=0) :])


def sizes(objective: Objective, metric: Metric) -> list[int]:
    """Growing numbers of rows to sample."""
    count = min(objective.data.shape[0] // GROWTH, AT_MOST * metric.width(objective))
    least, counts = metric.least_rows(objective), list[int]()
    while count >= least:
        counts.append(count)
        count //= GROWTH
    return counts[::-1]
