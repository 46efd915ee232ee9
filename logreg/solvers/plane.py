"""The best point of a plane, the last point's parameters scaled and a step added, found without reading X.

Newton's step from afar is too short, for the model does not know that losses flatten, and what it lacks is mostly
scale. Linear predictors are linear: in the plane of W and a direction D those of a W + b D are a eta(W) + b eta(D), so
that a trial costs its exponentials alone, and Newton's method in (a, b) takes few of them. Each saves about a Hessian
over all columns.
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

AS_FORETOLD = 0.05
"""Where F falls by what the direction's model foretells, up to this part, there is little else in the plane."""

PART = 0.02
"""A place is good when the plane has no more to give than this part of the fall so far: the next step sees to it."""

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
        W, of an objective that keeps its rows; its penalty is a ridge.
    direction : ndarray
        D.
    """

    def __init__(self, point: Point, direction: Array) -> None:
        self.point, self.direction, objective = point, direction, point.objective
        # Found here and not in a thread of the pool, which would wait for its own.
        self.eta, self.along = point.eta, objective.data.each(objective.predictor(direction))
        W, D = point.W.ravel(), direction.ravel()
        by_W, by_D = (objective.ridge * point.W).ravel(), (objective.ridge * direction).ravel()
        self.ridge = np.array([[W @ by_W, W @ by_D], [W @ by_D, D @ by_D]])

    @cached_property
    def both(self) -> Array:
        """The predictors of W and of D: 2 x outputs x rows."""
        rows = np.empty((2, *self.along.shape[::-1]))
        rows[0], rows[1] = self.eta.T, self.along.T
        return rows

    def at(self, place: Array) -> Trial:
        """What is known of a place."""
        objective, (a, b) = self.point.objective, place.tolist()
        eta, by_row = np.empty_like(self.along), np.empty_like(self.along)

        def term(block: Block) -> tuple[float]:
            np.multiply(self.along[block.at], b, out=eta[block.at])
            eta[block.at] += self.eta[block.at] if a == 1 else a * self.eta[block.at]
            loss, by_row[block.at] = objective.loss.sum_grad(block.y, eta[block.at], block.weights)
            return (loss,)

        (loss,) = objective.data.sum(term)
        value = objective.C * loss + float(place @ self.ridge @ place) / 2
        return Trial(place, value, eta, (loss, by_row))

    def step(self, trial: Trial) -> tuple[Array, float]:
        """Newton's step in the plane, and the fall that it foretells."""
        objective, both, by_row = self.point.objective, self.both, trial.rows[1]
        force, bend = objective.data.sum(lambda block: self._model(block, both[:, :, block.at], by_row[block.at]))
        slope = objective.C * force + self.ridge @ trial.place
        step = newton(slope, objective.C * bend + self.ridge)
        return step, -float(slope @ step) / 2

    def _model(self, block: Block, both: Array, by_row: Array) -> tuple[Array, Array]:
        """Slope and Hessian of the losses along the two axes, over a block."""
        a, u = self.point.objective.loss.curvature_beside(block.y, by_row)
        force, bend, weights = by_row.T, a.T, block.weights
        if weights is not None:
            force, bend = force * weights, bend * weights
        flat = both.reshape(2, -1)
        hessian = (both * bend).reshape(2, -1) @ flat.T
        if u is not None:
            sums = (both * u.T).sum(axis=1)
            hessian -= (sums if weights is None else sums * weights) @ sums.T
        return flat @ force.ravel(), hessian

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
    if not point.objective.keeps_rows or point.objective.exact is not None:
        return line_search(point, direction)
    plane = Plane(point, direction)
    best = plane.at(np.ones(2))
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
