"""Metrics at work: what steps in one have cost, how fast they go, and when another one is to have its turn."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ..problem.objective import Objective, Point
from .directions import Direction
from .lbfgs import Memory, pairs
from .metric import Metric

Array = NDArray[np.float64]

EAGER = 0.5
"""A better metric is bought when slow steps have cost this part of its price, and of what it then takes to the end:
slow problems tend to stay slow."""

CONTRACTION = 0.2
"""A step in a good metric shrinks the squared decrement to this part or less; others are slow."""

AFTER = 5
"""Passes that a new metric takes to the end, besides its price: where fewer are left without it, it is not bought."""

GROWS = 2
"""So many times as many slow steps are borne until a metric is made anew once more, or has another turn. Not so the
Hessian itself: where classes are all but separated it changes all the way, and an old one tells nothing."""

LATEST = 4
"""Steps that tell how much F falls by for each."""

DEPTH, DEEPER = 1e-9, 1e-3
"""Squared decrement, as part of F, at which most fits end; where one goes on all the same, the part of that."""


class Pace:
    """How many steps it is to the end, at the rate by which the later half of those so far shrank the decrement."""

    def __init__(self) -> None:
        self.least, self.depth, self.left = list[float](), DEPTH, np.inf

    def note(self, decrement: float, value: float) -> None:
        """Take note of the next point's squared decrement, and of its F."""
        self.least.append(min(decrement, self.least[-1] if self.least else np.inf))
        steps, now = len(self.least) // 2, self.least[-1]
        past, self.left = self.least[-1 - steps], np.inf
        if 0 < now < past:
            while now <= self.depth * value:
                self.depth *= DEEPER
            self.left = steps * np.log(now / (self.depth * value)) / np.log(past / now)


class Stage:
    """A metric over some rows, and the steps that are taken in it.

    Parameters
    ----------
    metric : Metric
        The metric.
    rows : Objective
        The rows that it is made of.
    price : float
        Passes over all rows that it costs.
    worth : float
        Slow steps of the stage before that buy it.
    patience : float
        Slow steps of its own after which it is made anew.
    """

    def __init__(self, metric: Metric, rows: Objective, *, price: float, worth: float, patience: float) -> None:
        self.metric, self.rows, self.price, self.worth, self.patience = metric, rows, price, worth, patience
        self.memory: Memory | None = None
        self.inner: Direction  # the metric's, as it is now
        self.pace, self.values = Pace(), deque[float](maxlen=LATEST + 1)
        self.bears, self.slow, self.spent, self.toll, self.last = 1, 0, 0, 1, np.inf

    def direction(self, point: Point, most: int) -> tuple[Memory, Array, float]:
        """The way down from a point, its squared decrement, and the memory of at most so many pairs that found it."""
        memory = self.memory or self.begin(point, most)
        memory.inner = self.inner = self.inner.at(self.over_rows(point))
        downhill = memory.apply(point.grad)
        decrement = float(np.vdot(point.grad, downhill))
        is_slow, self.last = decrement > CONTRACTION * self.last, decrement
        self.slow, self.spent = self.slow + is_slow, self.spent + is_slow
        self.pace.note(decrement, point.value)
        self.values.append(point.value)
        if min(self.slow, self.left) > self.patience:
            memory = self.begin(point, most)
            self.patience *= 1 if self.metric.is_true else GROWS
            downhill = memory.apply(point.grad)
        self.toll = self.inner.toll
        return memory, downhill, decrement

    def begin(self, point: Point, most: int) -> Memory:
        """No pairs yet, on top of the metric at a point."""
        self.slow, self.last = 0, np.inf
        self.inner = self.metric.at(self.over_rows(point))
        self.memory = Memory(pairs(most, point), self.inner, rough=self.metric.rough)
        return self.memory

    def over_rows(self, point: Point) -> Point:
        """The same W over its rows."""
        return point if self.rows is point.objective else self.rows.at(point.W)

    def is_slower_than(self, dearer: Stage) -> bool:
        """Whether its slow steps have bought the next metric, and more are to come than that would take."""
        return self.spent > self.bears * dearer.worth and self.left > dearer.price + AFTER

    def resume(self) -> None:
        """Have another turn, a longer one, with the pairs it had."""
        self.bears, self.spent, self.last = GROWS * self.bears, 0, np.inf

    @property
    def left(self) -> float:
        """Passes to the end, at the pace of its steps and the toll of the last."""
        return self.pace.left * self.toll

    @property
    def fall(self) -> float:
        """What F fell by in its latest steps, for each."""
        return (self.values[0] - self.values[-1]) / max(len(self.values) - 1, 1)


class Stages:
    """Stages of which one is at work: cheap metrics first, then dearer ones where steps stay slow.

    Such rules cost at most a few times the best choice in hindsight (ski rental: Karlin et al. 1988). Where a step
    costs many passes, and foretells that F falls by less for each than it did before, no better metric was wanting.
    """

    def __init__(self, stages: Iterable[Stage]) -> None:
        self.all, self.at, self.is_first = list(stages), 0, False

    @property
    def now(self) -> Stage:
        """The one at work."""
        return self.all[self.at]

    def go_on(self, foretold: float) -> None:
        """After a step that foretold such a fall of F the stage stays, gives way to the next, or to the one before."""
        now, dearer = self.now, self.all[self.at + 1 : self.at + 2]
        if self.is_first and now.toll > 1 and foretold < now.toll * self.all[self.at - 1].fall:
            self.at, self.is_first = self.at - 1, False
            self.now.resume()
            return
        self.is_first = any(now.is_slower_than(stage) for stage in dearer)
        self.at += self.is_first
