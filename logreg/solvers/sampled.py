"""The fast solver for smooth objectives: growing samples of the rows, then few steps on all of them.

The minimiser over m random rows is above the minimum over all rows by a part of about
p / (2 m): a few passes over a small sample do the work of many over the data (Daneshmand, Lucchi
& Hofmann 2016). The Hessian over a sample is close enough to the whole one to be the metric of
a quasi-Newton method on all rows (Bollapragada, Byrd & Nocedal 2019), which then needs few passes, at
any scaling of the columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, zip_longest
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..problem.certifier import Certifier
from ..problem.layout import rounded
from ..problem.objective import Objective, Point
from ..problem.sampling import Draws, sample, subset
from .base import Solver
from .lbfgs import Memory, pairs
from .metric import Direction, Exact, Metric, metrics_for, newton_pays, sizes
from .newton import Newton
from .wide import Narrow, is_wide

Array = NDArray[np.float64]

NEAR = 1e-5
"""Squared decrement, as part of F, from which on sums are in double precision."""

LONGEST = 100
"""Points a sample is worth, even where it has no minimum."""

ENOUGH = 0.3
"""A sample is solved to this part of the excess that sampling itself leaves."""

DEPTHS = (1e-7, 1e-9, 1e-12)
"""Parts of F by which it still falls on the narrow side of a wide problem when a point of the whole one is shown."""

AT_ONCE = 12
"""Passes that the n x n side may cost to be taken from the start."""

MISLED = 0.75
"""Part of F that a sample's minimum has on the sample itself, at least: one that fits far better than all rows do has
hardly more rows that bend than parameters, and its Hessian is no metric for the whole."""

EAGER = 0.5
"""A better metric is bought when slow steps have cost this part of its price: slow problems tend to stay slow."""

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
    drawn : Drawn, optional
        Along a path: what was drawn from its rows.
    """

    follows = True

    memory: int = 20
    seed: int = 0
    drawn: Drawn | None = None

    def steps(self, start: Point) -> Iterator[Point]:
        """Points on the whole data; those on samples are not shown, and a start that is warm needs none."""
        whole, W, is_warm = start.objective, start.W, bool(start.W.any())
        metrics, part, draws = metrics_for(whole), whole, (self.drawn or Drawn.by(self.seed)).samples
        for count in sizes(whole, metrics[-1])[-1 if is_warm else 0 :]:
            part = draws.rows(whole, count)
            W = W if is_warm else self.settle(part, W, metrics)
        first = start if is_warm else rounded(whole.at(W))
        is_misled = part is not whole and not is_warm and part.at(W).value < MISLED * first.value
        rows = first.objective if part is whole or is_misled else part
        if is_warm or not is_wide(whole):
            yield from self.descend(first, metrics, rows)
            return
        best = first
        if (cost := Narrow.price(whole)) > AT_ONCE:
            for best in self.descend(first, metrics, rows, EAGER * cost):
                yield best
        yield from self.across(best.precise())

    def across(self, best: Point) -> Iterator[Point]:
        """Points found on the n x n side, few of them, for each costs a pass over all columns; then steps on the best.

        Where columns differ by all orders of magnitude that side holds the largest alone: its points may be worse.
        """
        whole = best.objective
        narrow, last, depths = Narrow(whole), np.inf, list(DEPTHS)
        if narrow.objective.size:  # else all rows are zero, and there is no intercept
            for point in self.descend(narrow.objective.origin(), metrics_for(narrow.objective), narrow.objective):
                fall, last = last - point.value, point.value
                if fall <= depths[0] * point.value:
                    if (new := whole.at(narrow.back(point.W))).value < best.value:
                        yield (best := new)
                    depths = [depth for depth in depths if depth * point.value < fall]
                if not depths:
                    break
        yield from self.descend(best, metrics_for(whole), whole)

    def seeded(self, seed: int) -> Solver:
        """The solver with another seed."""
        return replace(self, seed=seed)

    def after(self, ratio: float) -> Solver:
        """The solver that keeps what it draws."""
        return self if self.drawn else replace(self, drawn=Drawn.by(self.seed))

    def certifier(self, objective: Objective, tol: float, *, warm: bool) -> Certifier:
        """One that keeps what it draws, along a path."""
        return Certifier(objective, tol, warm, (self.drawn or Drawn.by(self.seed)).subsets)

    def settle(self, part: Objective, W: Array, metrics: Sequence[Metric]) -> Array:
        """Minimise over a sample, no further than it can tell: nothing where it fits so well that it fits too well."""
        enough = ENOUGH * metrics[-1].width(part) / (2 * part.data.shape[0])
        known = part.C * part.chart.total * part.size / (2 * part.data.shape[0])
        last = np.inf
        start = part.at(W)
        points = Newton().steps(start) if is_newton(part) else self.descend(start, metrics, part)
        for point in islice(points, LONGEST):
            if part.free.all() and point.value <= known:
                break
            W = point.W
            if last - point.value <= enough * point.value:
                break
            last = point.value
        # Rounding in single precision may have shifted all outputs, which no later direction would undo.
        return W - W.mean(axis=1)[:, None] if part.loss.shift_invariant else W

    def descend(
        self, point: Point, metrics: Sequence[Metric], part: Objective, most: float = np.inf
    ) -> Iterator[Point]:
        """L-BFGS on top of the metric of some rows, for so many passes at most.

        Slow steps buy a better one when they have cost enough: the same metric at a new point, then after twice as
        many again, for where metrics stay slow the pairs are left to do the work; or the next, dearer metric. Such
        rules cost at most a few times the best choice in hindsight (ski rental: Karlin et al. 1988).
        """
        following: Point | None = point
        toll = 1
        stages = list(self.stages(metrics, part, point.objective))
        for stage, dearer in zip_longest(stages, stages[1:]):
            rent = dearer.worth if dearer is not None else np.inf
            patience, slow, spent, last = stage.patience, 0, 0, np.inf
            memory = self.begin(stage, point)
            while following is not None and spent <= rent:
                yield (point := following)
                if (most := most - toll) <= 0:
                    return
                memory.inner = stage.follow(memory.inner, point)
                downhill = memory.apply(point.grad)
                decrement = float(np.vdot(point.grad, downhill))
                is_slow, last = decrement > CONTRACTION * last, decrement
                slow, spent = slow + is_slow, spent + is_slow
                if slow > patience:
                    memory, slow, last, patience = self.begin(stage, point), 0, np.inf, 2 * patience
                    downhill = memory.apply(point.grad)
                toll = stage.metric.toll(memory.inner)
                following = self.advance(memory, point, downhill, decrement)
            point = following or point

    def advance(self, memory: Memory, point: Point, downhill: Array, decrement: float) -> Point | None:
        """The next point: near the optimum, or where single precision knows no way down, by sums in double."""
        exact = point.objective.exact
        following = memory.step(point, downhill) if exact is None or decrement > NEAR * point.value else None
        if following is None and exact is not None:
            point = point.precise()
            following = memory.step(point, memory.apply(point.grad))
        return following

    def stages(self, metrics: Sequence[Metric], part: Objective, whole: Objective) -> Iterator[Stage]:
        """The metrics over some rows, cheap ones first, then the last over all rows."""
        share = part.data.stored / whole.data.stored
        for metric in metrics:
            yield Stage(metric, part, EAGER * metric.price(part) * share, EAGER * metric.patience(part) * share)
        last = metrics[-1]
        if part is not whole and last.factored and last.suits(whole):
            yield Stage(last, whole, last.price(whole), EAGER * last.patience(whole))

    def begin(self, stage: Stage, point: Point) -> Memory:
        """No pairs yet, on top of the metric at a point."""
        return Memory(pairs(self.memory, point), stage.at(point), rough=stage.metric.rough)


def is_newton(objective: Objective) -> bool:
    """Whether the best steps are Newton's own: rows at hand, too few to sample, and a Hessian that costs few passes."""
    return objective.data.is_whole and newton_pays(objective) and not sizes(objective, Exact())


class Drawn(NamedTuple):
    """Samples, which stand for all rows, and subsets, of which proofs are made."""

    samples: Draws
    subsets: Draws

    @classmethod
    def by(cls, seed: int) -> Drawn:
        """Nothing yet."""
        return cls(Draws(sample, seed), Draws(subset, seed))


@dataclass(frozen=True)
class Stage:
    """A metric over some rows: after how many slow steps it is bought, and after how many more made anew."""

    metric: Metric
    rows: Objective
    worth: float
    patience: float

    def at(self, point: Point) -> Direction:
        """The metric near a point of all rows."""
        return self.metric.at(self.over_rows(point))

    def follow(self, direction: Direction, point: Point) -> Direction:
        """The same at another point, if that costs nothing."""
        return self.metric.follow(direction, self.over_rows(point))

    def over_rows(self, point: Point) -> Point:
        """The same W over its rows."""
        return point if self.rows is point.objective else self.rows.at(point.W)
