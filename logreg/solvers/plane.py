"""The best point of a plane, the last point's parameters scaled and a step added, found without reading X.

Newton's step from afar is too short, for the model does not know that losses flatten, and what it lacks is mostly
scale. Linear predictors are linear: in the plane of W and a direction D those of a W + b D are a eta(W) + b eta(D), so
that a trial costs its exponentials alone, and Newton's method in (a, b) takes few of them. Each saves about a Hessian
over all columns.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..data.base import Block
from ..problem.objective import Point
from .search import ARMIJO, line_search

Array = NDArray[np.float64]

AS_FORETOLD = 0.05
"""Where F falls by what the direction's model foretells, up to this part, there is little else in the plane."""

PART = 0.02
"""A place is good when the plane has no more to give than this part of the fall so far: the next step sees to it."""

TRIALS = 8

PARALLEL = 1e-10
"""Part of the product of its diagonal below which the determinant of the plane's Hessian is rounding."""


class Plane:
    """The points a W + b D.

    Parameters
    ----------
    point : Point
        W, of an objective that keeps its rows.
    direction : ndarray
        D.
    along : ndarray
        The predictors of D.
    """

    def __init__(self, point: Point, direction: Array, along: Array) -> None:
        self.point, self.direction, self.along = point, direction, along

    @cached_property
    def axes(self) -> Array:
        """W and D, flat."""
        return np.array([self.point.W.ravel(), self.direction.ravel()])

    @cached_property
    def ridge(self) -> Array:
        """What the penalty's smooth part bends by, along the two axes."""
        bent: Array = self.axes * self.point.objective.ridge.ravel()
        return self.axes @ bent.T

    @cached_property
    def both(self) -> Array:
        """The predictors of W and of D: 2 x outputs x rows."""
        rows = np.empty((2, *self.along.shape[::-1]))
        rows[0], rows[1] = self.point.eta.T, self.along.T
        return rows

    def at(self, place: Array) -> Point:
        """The point (a, b)."""
        a, b = place.tolist()
        W, eta = b * self.direction, b * self.along
        W += a * self.point.W
        eta += a * self.point.eta
        return self.point.beside(W, eta)

    def step(self, here: Point) -> tuple[Array, float]:
        """Newton's step in the plane from a point of it, and the fall that it foretells."""
        objective, both, by_row = self.point.objective, self.both, here.rows[1]
        force, bend = objective.data.sum(lambda block: self._model(block, both[:, :, block.at], by_row[block.at]))
        force *= objective.C
        force += self.axes @ here.ridge[1].ravel()
        bend *= objective.C
        bend += self.ridge
        step = newton(force, bend)
        return step, -float(force @ step) / 2

    def _model(self, block: Block, both: Array, by_row: Array) -> tuple[Array, Array]:
        """Slope and Hessian of the losses along the two axes, over a block."""
        a, u = self.point.objective.loss.curvature_beside(block.y, by_row)
        force, bend, weights = by_row.T, a.T, block.weight_or_none
        if weights is not None:
            force, bend = force * weights, bend * weights
        flat = both.reshape(2, -1)
        hessian = (both * bend).reshape(2, -1) @ flat.T
        if u is not None:
            sums = (both * u.T).sum(axis=1)
            hessian -= (sums if weights is None else sums * weights) @ sums.T
        return flat @ force.ravel(), hessian


def newton(slope: Array, H: Array) -> Array:
    """-H^-1 slope, or a step along the second axis alone where the two are one."""
    (p, q), (_, r) = H.tolist()
    determinant = p * r - q * q
    if determinant <= PARALLEL * p * r:
        return np.array([0.0, -slope[1] / r if r > 0 else 0.0])
    u, v = slope.tolist()
    return np.array([q * v - r * u, q * u - p * v]) / determinant


def plane_search(point: Point, direction: Array) -> Point | None:
    """The best point of the plane of W and Newton's direction, or one no worse than the full step; None without any.

    Where the full step does not lower F, or the rows are too many to keep their predictors, a line search goes on.
    """
    slope = float(np.vdot(point.grad, direction))
    if not slope < 0:
        return None
    if not point.objective.keeps_rows or point.objective.exact is not None:
        return line_search(point, direction)
    # Found here and not in a thread of the pool, which would wait for its own.
    along = point.objective.data.each(point.objective.predictor(direction))
    new = point.beside(point.W + direction, point.eta + along)
    fall = point.value - new.value
    if not fall >= -ARMIJO * slope:
        return line_search(point, direction)
    plane, place = Plane(new, direction, along), np.array([1.0, 0.0])
    for _ in range(TRIALS):
        if abs(fall + slope / 2) <= AS_FORETOLD * fall:
            break
        step, promise = plane.step(new)
        if promise <= PART * fall:
            break
        trial = plane.at(place + step)
        if not trial.value < new.value:
            break
        fall += new.value - trial.value
        place, new = place + step, trial
    return new
