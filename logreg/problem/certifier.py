"""When to ask for a proof, and by which tilt: a bound costs passes, and is worth them only when it is likely to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ..ground.conjugate import conjugate_gradients
from . import prices
from .certificate import (
    Certificate,
    dual_estimate,
    excess,
    excess_force,
    intercept_step,
    lower_bound,
    noise_level,
    tilted,
)
from .objective import Objective, Point
from .sampling import Draws, subset

Array = NDArray[np.float64]

LARGEST_NEWTON = 3000
"""Parameters up to which a Newton step certifies, from a Hessian over all rows or over some."""

SQUARED = 0.02
"""A Newton step squares what is left of F, up to a factor, and so does its tilt: a bound is due when that may do."""

CLOSE = 1e-4
"""Part of F above the minimum beyond which Newton's bound is no use: rows would be tilted beyond the simplex."""

AT_ONCE = 10
"""A start that is warm may be the optimum, of which no trend tells: a proof of so many passes is tried at once."""

LEAST = 10
"""Rows tilted for a parameter, at least."""

MANY, AND_MORE = 2, 50
"""Outputs, so many for a column of X and more, up to which the intercept's Hessian costs less than a pass."""

SIMPLE = 3.0
"""Passes that the bound after a step of the intercept costs."""

SAFE = 3.0
"""Times the rows that are tilted for the excess to expect: it is a guess."""

SLOWEST, FASTEST = 0.9, 0.02
"""Bounds on what the last falls may say about the part of the excess that a step leaves."""

REPAIRS = 3
"""Tilts that are tried: each mends what the border of the simplex spoilt in the one before."""

EXACT = 1e-8
"""Part of the gradient to which conjugate gradients solve for Newton's step."""

FAR = 100.0
"""While F falls by more than this many times the tolerance, no bound is thought of."""

RETRY = 0.2
"""A bound that failed is tried again when what promised it has fallen to this part ..."""

PATIENCE = 1.2
"""... or after this many times as many points as before."""


class Trend:
    """What the falls of F tell of its excess: they shrink by a rate, that since the least fall before.

    Falls of quasi-Newton steps are uneven: a small one after a large one is no sign of the end.
    """

    def __init__(self) -> None:
        self.last, self.fall, self.rate, self.excess = np.inf, np.inf, SLOWEST, np.inf
        self.least, self.since = np.inf, 0

    def note(self, value: float) -> None:
        """Take note of the next point's F."""
        fall, self.since = self.last - value, self.since + 1
        rate = (fall / self.least) ** (1 / self.since) if 0 < fall < self.least < np.inf else SLOWEST
        if 0 < fall < self.least:
            self.least, self.since = fall, 0
        self.last, self.fall, self.rate = value, fall, min(rate, SLOWEST)
        self.excess = fall * self.rate / (1 - self.rate)

    def steps(self, excess: float, aim: float) -> float:
        """How many steps an excess takes to the aim, at the present rate."""
        if aim == 0:
            return np.inf
        return float(np.log(max(excess / aim, 1.0)) / -np.log(max(self.rate, FASTEST)))


@dataclass
class Certifier:
    """Keeps the best lower bound on F* seen so far, and spends a pass on a better one when it may suffice."""

    objective: Objective
    tol: float
    warm: bool = False
    draws: Draws = field(default_factory=lambda: Draws(subset, 0))
    lower: float = 0.0
    far: ClassVar[float] = FAR
    _trend: Trend = field(default_factory=Trend, init=False)
    _asked: float = field(default=np.inf, init=False)
    _points: int = field(default=0, init=False)
    _again: float = field(default=0.0, init=False)

    def certify(self, point: Point, *, must: bool = False) -> Certificate:
        """The certificate of a point, after another bound if its signs promise that tol is met."""
        aim = self.tol * point.value
        self._points += 1
        self._trend.note(point.value)
        near = self._points == 1 or self._trend.fall <= self.far * aim
        if must or (near and point.objective.exact is None):
            self.attempt(point.precise(), aim, must)
        return Certificate(point.value, self.bound(point.value))

    def attempt(self, point: Point, aim: float, must: bool) -> None:
        """Compute a bound if the gap, or the excess to expect, is within the aim and no failure is recent."""
        gap, excess = self.gap(point), max(self._trend.excess, least_excess(point))
        count = affordable(self.objective, self._trend.rate)
        cost = prices.newton_bound(self.objective, count) if self.newton_fits else np.inf
        known = self.warm and self._points == 1 and cost <= AT_ONCE
        excess = 0.0 if known else excess * self.objective.data.shape[0] / count
        is_near = excess <= CLOSE * point.value and self._trend.steps(gap, aim) + SIMPLE > cost
        sign = min(gap, excess if is_near else np.inf)
        if must or (sign <= aim and self.is_due(sign)):
            simple = not self.newton_fits or gap <= aim
            self.lower = max(self.lower, self.by_intercept(point) if simple else self.by_newton(point, count, aim))

    def is_due(self, sign: float) -> bool:
        """Whether no failure is recent, or the sign much better than that of the last one; it is then taken note of."""
        due = self._points >= self._again or sign <= RETRY * self._asked
        if due:
            self._asked, self._again = sign, PATIENCE * self._points
        return due

    def bound(self, objective: float) -> float:
        """How far above the minimum so low an objective can be."""
        return float(excess(objective, self.lower))

    @cached_property
    def slopes_are_free(self) -> bool:
        """Whether only a step in all parameters can make G vanish where it must."""
        return bool(self.objective.free[: self.objective.chart.columns].any())

    @cached_property
    def newton_fits(self) -> bool:
        """Whether Newton's step may be had: its Hessian has a price, or there is no other way."""
        is_small = self.objective.size <= LARGEST_NEWTON
        return self.objective.penalty.is_smooth and (is_small or self.slopes_are_free)

    def gap(self, point: Point) -> float:
        """The duality gap to expect from an intercept step alone; infinite where slopes are free."""
        return np.inf if self.slopes_are_free else dual_estimate(point)

    def by_intercept(self, point: Point) -> float:
        """The bound after a step of the intercept, which costs passes only where there are very many classes."""
        (n, p), k = self.objective.data.shape, self.objective.outputs
        part = self.part(max(LEAST * k, n * (MANY * p + AND_MORE) // k))
        direction = intercept_step(self.there(point, part), -point.loss_grad)
        return lower_bound(point, direction, tilted(point, direction, part))

    def by_newton(self, point: Point, count: int, aim: float) -> float:
        """The best bound after Newton's step, for the Hessian of so many rows, and steps that repair it."""
        part = self.part(count)
        there = self.there(point, part)
        direction = there.newton if there is point else solve(there, -point.grad)
        best = -np.inf
        for _ in range(REPAIRS):
            dual = tilted(point, direction, part)
            best = max(best, lower_bound(point, direction, dual))
            force = excess_force(point.objective.penalty, point.W + direction, dual.G)
            if point.value - best <= aim or np.abs(force).max() <= noise_level(point):
                break
            direction = direction + solve(there, force)
        return best

    def part(self, count: int) -> Objective:
        """The rows that are tilted by Newton's step: all, or as many of high leverage."""
        n = self.objective.data.shape[0]
        return self.objective if count >= n else self.draws.rows(self.objective, count)

    def there(self, point: Point, part: Objective) -> Point:
        """The same W over those rows."""
        return point if part is self.objective else part.at(point.W)


class Foresight(Certifier):
    """The certifier of Newton's method, whose direction is there at every point: it tilts along the same."""

    def certify(self, point: Point, *, must: bool = False) -> Certificate:
        """The certificate of a point, after a bound once one may do for the point to which the direction leads."""
        if not self.foresees(point, must):
            return super().certify(point, must=must)
        aim = self.tol * point.value
        if self.bound(point.value) > aim:
            left = -float(np.vdot(point.grad, point.newton)) / 2
            if must or left <= np.sqrt(SQUARED * min(self.tol, CLOSE)) * point.value:
                self.lower = max(self.lower, self.by_newton(point, self.objective.data.shape[0], aim))
        return Certificate(point.value, self.bound(point.value))

    def foresees(self, point: Point, must: bool) -> bool:
        """Whether the direction is there without being asked for."""
        return True


@dataclass
class LateForesight(Foresight):
    """The same once steps take Newton's direction; where they do without, a proof is made as for any other method."""

    _last: Point | None = field(default=None, init=False)

    def foresees(self, point: Point, must: bool) -> bool:
        """Whether the last step took it."""
        last, self._last = self._last, point
        return must or self.warm or (last is not None and last.knows_newton)


def least_excess(point: Point) -> float:
    """What F falls by at least along the best coordinate: in the chart no loss bends more than 1."""
    return float((np.square(point.grad) / (1.0 + point.objective.penalty.curvature())).max(initial=0.0)) / 2


def affordable(objective: Objective, rate: float) -> int:
    """How many rows to tilt: fewer make Newton's step cheaper, and the bound looser by their share.

    A method whose steps leave the part ``rate`` of the excess makes good for the share f in log(f) / log(rate)
    passes, and the bound costs f times that over all rows: the sum is least at the f from which this begins.
    """
    n, size = objective.data.shape[0], objective.size
    count = max(SAFE * n / (prices.of_tilts(objective) * -np.log(max(rate, FASTEST))), LEAST * size)
    return n if 2 * count >= n or size > LARGEST_NEWTON else int(count)


def solve(there: Point, b: Array) -> Array:
    """H^-1 b: from the whole Hessian, or by its products where it would be too large."""
    if there.objective.size <= LARGEST_NEWTON:
        return there.system.nearly(b)
    return conjugate_gradients(there.hess_dot, b, EXACT)
