"""The fast solver for smooth objectives: growing samples of the rows, then few steps on all of them.

The minimiser over m random rows is above the minimum over all rows by a part of about
p / (2 m): a few passes over a small sample do the work of many over the data (Daneshmand, Lucchi
& Hofmann 2016). The Hessian over a sample is close enough to the whole one to be the metric of
a quasi-Newton method on all rows (Bollapragada, Byrd & Nocedal 2019), which then needs few passes, at
any scaling of the columns. Where there is nothing to sample, and passes are short, Newton steps by products come first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..problem import prices
from ..problem.certifier import Certifier
from ..problem.layout import rounded
from ..problem.objective import Objective, Point
from ..problem.sampling import SETTLED, Draws, sample, subset
from .base import Solver
from .directions import MOST
from .lbfgs import Memory
from .metric import Diagonal, Exact, Metric, metrics_for, newton_pays, sizes
from .newton import Newton, by_products
from .stages import AFTER, EAGER, Stage, Stages
from .wide import Narrow, is_wide

Array = NDArray[np.float64]
Metrics = Sequence[Metric]

NEAR = 1e-5
"""Squared decrement, as part of F, from which on sums are in double precision."""

LONGEST = 100
"""Points a sample is worth, even where it has no minimum."""

MISSING = 2
"""Times as many rows as a sample has are what a metric needs, at most, if it is to be made of the sample."""

DEPTHS = (1e-7, 1e-9, 1e-12)
"""Parts of F by which it still falls on the narrow side of a wide problem when a point of the whole one is shown."""

AT_ONCE = 8
"""Passes that the n x n side may cost to be taken from the start."""

MISLED = 0.75
"""Part of F that a sample's minimum has on the sample itself, at least: one that fits far better than all rows do has
hardly more rows that bend than parameters, and its Hessian is no metric for the whole."""

EASY = 4
"""Points after which a sample that needs no metric has settled."""

OWN = 2.0
"""F falls by so many times the part that a sample's minimum is too low by, at least: else its W is no start."""

SHORT, SHORTEST = 1e6, 1e5
"""Numbers in a pass up to which its calls take most of its time; products with the Hessian consist of fewer."""

FEW = 2.5
"""Rows for each parameter up to which no other metric is as cheap as those."""


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
        tried: Point | None = start
        is_warm = bool(start.W.any())
        if not is_warm and tries_products(start.objective):
            tried = yield from by_products(start, MOST)
        if tried is not None:
            yield from self.onward(tried, crosses=not is_warm and is_wide(start.objective))

    def onward(self, start: Point, *, crosses: bool) -> Iterator[Point]:
        """Points in metrics, begun on samples if there is no start yet; on the n x n side, if it may be crossed to."""
        whole, W, is_begun = start.objective, start.W, bool(start.W.any())
        metrics: Metrics = metrics_for(whole)
        part, draws = whole, (self.drawn or Drawn.by(self.seed)).samples
        for count in sizes(whole, metrics[0])[-1 if is_begun else 0 :]:
            part = draws.rows(whole, count)
            W, metrics = (W, metrics) if is_begun else self.settle(part, W, metrics)
        first = start if is_begun else rounded(whole.at(W))
        is_misled = part is not whole and not is_begun and part.at(W).value < MISLED * first.value
        rows = first.objective if part is whole or is_misled else part
        if not crosses:
            yield from self.descend(first, metrics, rows)
            return
        best = first
        if (price := prices.side(whole)) > AT_ONCE:
            for best in self.descend(first, metrics, rows, price):
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

    def settle(self, part: Objective, W: Array, metrics: Metrics) -> tuple[Array, Metrics]:
        """Minimise over a sample, no further than it can tell, and find which metrics are worth having for more rows.

        A sample that settles in a few steps without any says that all rows may, too. Where F has fallen by no more
        than a sample's excess, its minimum is a sample's own and no start.
        """
        start, excess = part.at(W), part.size / (2 * part.data.shape[0])
        enough = SETTLED * metrics[-1].width(part) / (2 * part.data.shape[0])
        # A sample that fits so well fits too well.
        known = excess * part.C * part.chart.total if part.free.all() else 0.0
        point, has_settled = lowest(islice(self.descend(start, (Diagonal(),), part), EASY), enough, known)
        if has_settled:
            metrics = metrics if isinstance(metrics[0], Diagonal) else (Diagonal(), *metrics)
            point = point if start.value - point.value > OWN * excess * point.value else start
        else:
            points = Newton().steps(point) if is_newton(part) else self.descend(point, metrics, part)
            point, _ = lowest(islice(points, LONGEST), enough, known)
        return unshifted(point, 0.0).W, metrics

    def descend(self, point: Point, metrics: Metrics, part: Objective, price: float = np.inf) -> Iterator[Point]:
        """L-BFGS on top of metrics of some rows, until it has cost enough to try what has such a price."""
        following: Point | None = point
        stages, passes = Stages(self.stages(metrics, part, point.objective)), 0
        while following is not None:
            stage, point = stages.now, following
            yield point
            if passes >= price and stage.left > price + AFTER:
                return
            memory, downhill, decrement = stage.direction(point, self.memory)
            passes += stage.toll
            following = self.advance(memory, point, downhill, decrement)
            if following is not None:
                stages.go_on(decrement / 2)
                following = unshifted(following, decrement / 2)

    def advance(self, memory: Memory, point: Point, downhill: Array, decrement: float) -> Point | None:
        """The next point: near the optimum, or where single precision knows no way down, by sums in double."""
        exact = point.objective.exact
        following = memory.step(point, downhill) if exact is None or decrement > NEAR * point.value else None
        if following is None and exact is not None:
            point = point.precise()
            following = memory.step(point, memory.apply(point.grad))
        return following

    def stages(self, metrics: Metrics, part: Objective, whole: Objective) -> Iterator[Stage]:
        """The metrics over some rows, or over all where those are too few, cheap ones first; then the last over all."""
        for metric in metrics:
            rows = part if MISSING * part.data.shape[0] >= metric.least_rows(part) else whole
            share = rows.data.stored / whole.data.stored
            price, patience = metric.price(rows) * share, metric.patience(rows) * share
            yield Stage(metric, rows, price=price, worth=EAGER * (price + AFTER), patience=EAGER * patience)
        last = metrics[-1]
        if part is not whole and last.factored and last.suits(whole):
            price, patience = last.price(whole), last.patience(whole)
            yield Stage(last, whole, price=price, worth=price, patience=EAGER * patience)


def unshifted(point: Point, worth: float) -> Point:
    """The point without the shift that all outputs share, if the ridge asks as much for that as is worth a pass.

    It changes no loss. A diagonal, and rounding in single precision, shift all outputs, which some metrics undo slowly.
    """
    objective = point.objective
    if not objective.loss.shift_invariant:
        return point
    k = objective.outputs
    shift = point.W @ np.full(k, 1 / k, dtype=point.W.dtype)
    costs = k * float(objective.ridge[:, 0] @ np.square(shift)) / 2
    return objective.at(point.W - shift[:, None]) if costs >= worth else point


def tries_products(objective: Objective) -> bool:
    """Whether truncated Newton steps come first: easy problems need few of them, and nothing else is had as cheaply."""
    (n, p), size = objective.data.shape, objective.size
    if is_wide(objective):
        return prices.side(objective) > AT_ONCE
    return prices.stored(objective) <= (SHORT if n < max(p, FEW * size) else SHORTEST)


def lowest(points: Iterable[Point], enough: float, known: float) -> tuple[Point, bool]:
    """The first point at which F fell by no more than ``enough`` of itself, and True; the last one where none is.

    A point at which F is as low as ``known`` ends the search, and is none of them unless it is the start.
    """
    best: Point | None = None
    for point in points:
        if best is not None and point.value <= known:
            break
        last, best = best, point
        if last is not None and last.value - point.value <= enough * point.value:
            return point, True
    assert best is not None  # a descent begins with its start
    return best, False


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
