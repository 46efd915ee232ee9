"""Accelerated proximal gradient with restart: the first-order method for every penalty."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..problem.objective import Point
from .base import Solver

GROWTH = 1.1  # each step may be this much longer than the last: curvature falls on the way
SHORTEST = 1e-18


@dataclass(frozen=True)
class Accelerated(Solver):
    """W <- prox(V - t grad(V)), V ahead of W by Nesterov's momentum.

    Backtracking after Beck & Teboulle (2009, FISTA), momentum reset whenever it points uphill after O'Donoghue &
    Candes (2015, gradient scheme).
    """

    proximal = True

    def steps(self, start: Point) -> Iterator[Point]:
        """Accelerated steps, until the step length vanishes in rounding."""
        point = ahead = start
        age, step = 1.0, 1.0
        while True:
            yield point
            new, step = proximal_step(ahead, step)
            if step < SHORTEST:
                return
            if np.vdot(ahead.W - new.W, new.W - point.W) > 0:
                age = 1.0
            older, age = age, (1 + (1 + 4 * age * age) ** 0.5) / 2
            momentum = (older - 1) / age
            ahead = new.move(momentum, new.W - point.W) if momentum else new
            point, step = new, GROWTH * step


def proximal_step(point: Point, step: float) -> tuple[Point, float]:
    """prox(W - step * grad), the step halved until the gradient changes no faster than 1 / step along it.

    Slopes judge, and not values, which close to the optimum differ by rounding alone.
    """
    penalty = point.objective.penalty
    while step >= SHORTEST:
        new = point.objective.at(penalty.prox(point.W - step * point.grad, step))
        move = new.W - point.W
        if np.vdot(new.grad - point.grad, move) <= np.vdot(move, move) / step:
            return new, step
        step /= 2
    return point, step
