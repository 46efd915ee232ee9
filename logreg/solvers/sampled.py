"""The fast solver for smooth objectives: growing samples of the rows, then few steps on all of them.

The minimiser over m random rows is above the minimum over all rows by a part of about
p / (2 m): a few passes over a small sample do the work of many over the data (Daneshmand, Lucchi
& Hofmann 2016). The Hessian over a sample is close enough to the whole one to be the metric of
a quasi-Newton method on all rows (Bollapragada, Byrd & Nocedal 2019), which then needs few passes, at
any scaling of the columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from ..problem.objective import Objective, Point
from .base import Solver
from .lbfgs import Memory, pairs
from .metric import Metric, metric_for, sizes
from .wide import Narrow, is_wide

Array = NDArray[np.float64]

LONGEST = 100
"""Points a sample is worth, even where it has no minimum."""

ENOUGH = 0.3
"""A sample is solved to this part of the excess that sampling itself leaves."""

EXACT = 1e-12
"""Part of F by which it still falls when the narrow side of a wide problem is solved."""

CONTRACTION = 0.2
"""A step in a good metric shrinks the squared decrement to this part or less; others are slow."""


@dataclass(frozen=True)
class Sampled(Solver):
    """Quasi-Newton steps in a metric that is close to the Hessian, begun at the minimum over a sample.

    Parameters
    ----------
    memory : int
        Pairs of the L-BFGS update on top of the metric, at most.
    seed : int
        Seed of the samples; the same seed gives the same points.
    """

    memory: int = 20
    seed: int = 0

    def steps(self, start: Point) -> Iterator[Point]:
        """Points on the whole data; those on samples are not shown."""
        whole, W = start.objective, start.W
        metric, part = metric_for(whole), whole
        if W.any():
            yield start
        for count in sizes(whole, metric):
            part = whole.sample(count, np.random.default_rng([self.seed, count]))
            W = self.settle(part, W, metric)
        if is_wide(whole):
            W = self.across(whole)
        yield from self.descend(whole.at(W), metric, part)

    def across(self, whole: Objective) -> Array:
        """The minimiser found on the n x n side."""
        narrow = Narrow(whole)
        metric, last = metric_for(narrow.objective), np.inf
        for point in islice(self.descend(narrow.objective.origin(), metric, narrow.objective), LONGEST):
            if last - point.value <= EXACT * point.value:
                break
            last = point.value
        return narrow.back(point.W)

    def seeded(self, seed: int) -> Solver:
        """The solver with another seed."""
        return replace(self, seed=seed)

    def settle(self, sample: Objective, W: Array, metric: Metric) -> Array:
        """Minimise over a sample, no further than it can tell."""
        enough = ENOUGH * metric.width(sample) / (2 * sample.data.shape[0])
        last = np.inf
        for point in islice(self.descend(sample.at(W), metric, sample), LONGEST):
            W = point.W
            if last - point.value <= enough * point.value:
                break
            last = point.value
        return W

    def descend(self, point: Point, metric: Metric, part: Objective) -> Iterator[Point]:
        """L-BFGS on top of the metric of some rows, which is made anew when slow steps have cost as much.

        Each lasts twice as long as the one before: where metrics stay slow, the pairs are left to do the work.
        """

        def begun() -> Memory:
            return Memory(pairs(self.memory, point), metric.at(part.at(point.W)), rough=metric.rough)

        following: Point | None = point
        patience, slow, last = metric.patience(part) * part.data.stored / point.objective.data.stored, 0, np.inf
        memory = begun()
        while following is not None:
            yield (point := following)
            memory.inner = metric.follow(memory.inner, part.at(point.W))
            downhill = memory.apply(point.grad)
            decrement = float(np.vdot(point.grad, downhill))
            slow, last = slow + (decrement > CONTRACTION * last), decrement
            if slow > patience:
                memory, slow, last, patience = begun(), 0, np.inf, 2 * patience
                downhill = memory.apply(point.grad)
            following = memory.step(point, downhill)
