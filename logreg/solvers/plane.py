"""The best point of a plane, the last point's parameters scaled and a step added, found without reading X.

Newton's step from afar is too short, for the model does not know that losses flatten, and what it lacks is mostly
scale. Linear predictors are linear: in the plane of W and a direction D those of a W + b D are a eta(W) + b eta(D), so that
a trial costs its exponentials alone, and Newton's method in (a, b) takes few of them. Each saves about a Hessian over all
columns.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..data.base import Block
from ..problem.objective import Point
from .search import ARMIJO, line_search

Array = NDArray[np.float64]

AS_FORETOLD = 0.1
"""Where F falls by what the direction's model foretells, up to this part, there is little else in the plane."""

PART = 0.02
"""A place is good when the plane has no more to give than this part of the fall so far: Newton's next step sees to it."""

TRIALS = 8

PARALLEL = 1e-10
"""Part of the product of its diagonal below which the determinant of the plane's Hessian is rounding."""


class Trial(NamedTuple):
    """A place (a, b) in the plane: F, the predictors, and the sum of the losses with their gradients by row."""

    place: Array
    value: float
    eta: Array
    rows: tuple[float, Array]


class Plane:
    """The points a W + b D.

    Parameters
    ----------
    point : Point
        W, over rows that are a single block; its penalty is a ridge.
    direction : ndarray
        D.
    """

    def __init__(self, point: Point, direction: Array) -> None:
        self.point, self.direction, objective = point, direction, point.objective
        self.along = objective.data.each(objective.predictor(direction))
        W, D = point.W.ravel(), direction.ravel()
        by_W, by_D = (objective.ridge * point.W).ravel(), (objective.ridge * direction).ravel()
        self.ridge = np.array([[W @ by_W, W @ by_D], [W @ by_D, D @ by_D]])

    @cached_property
    def both(self) -> Array:
        """The predictors of W and of D, as two rows."""
        rows = np.empty((2, self.along.size))
        rows[0], rows[1] = self.point.eta.T.ravel(), self.along.T.ravel()
        return rows

    @property
    def end(self) -> Trial:
        """The whole step: W + D."""
        return self._at(np.ones(2), self.point.eta + self.along)

    def at(self, place: Array) -> Trial:
        """Another place."""
        return self._at(place, (place @ self.both).reshape(self.along.shape[::-1]).T)

    def _at(self, place: Array, eta: Array) -> Trial:
        objective = self.point.objective
        rows = objective.data.sum(lambda block: objective.loss.sum_grad(block.y, eta, block.weights))
        return Trial(place, objective.C * rows[0] + float(place @ self.ridge @ place) / 2, eta, (rows[0], rows[1]))

    def step(self, trial: Trial) -> tuple[Array, float]:
        """Newton's step in the plane, and the fall that it foretells."""
        objective = self.point.objective
        (force, bend) = objective.data.sum(lambda block: self._model(block, trial.rows[1]))
        slope = objective.C * force + self.ridge @ trial.place
        step = newton(slope, objective.C * bend + self.ridge)
        return step, -float(slope @ step) / 2

    def _model(self, block: Block, by_row: Array) -> tuple[Array, Array]:
        """Slope and Hessian of the losses along the two axes."""
        a, u = self.point.objective.loss.curvature_beside(block.y, by_row)
        force, bend, weights = by_row.T, a.T, block.weights
        if weights is not None:
            force, bend = force * weights, bend * weights
        hessian = (self.both * bend.ravel()) @ self.both.T
        if u is not None:
            sums = (self.both * u.T.ravel()).reshape(2, *u.T.shape).sum(axis=1)
            hessian -= (sums if weights is None else sums * weights) @ sums.T
        return self.both @ force.ravel(), hessian

    def reached(self, trial: Trial) -> Point:
        """The point of a trial: of its losses all is known."""
        W = trial.place[1] * self.direction
        W += trial.place[0] * self.point.W
        return self.point.beside(W, trial.eta, trial.rows)


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
    if not point.objective.data.is_whole:
        return line_search(point, direction)
    plane = Plane(point, direction)
    best = plane.end
    if not best.value <= point.value + ARMIJO * slope:
        return line_search(point, direction)
    for _ in range(TRIALS):
        fall = point.value - best.value
        if abs(fall + slope / 2) <= AS_FORETOLD * fall:
            break
        step, promise = plane.step(best)
        if promise <= PART * fall:
            break
        new = plane.at(best.place + step)
        if not new.value < best.value:
            break
        best = new
    return plane.reached(best)
