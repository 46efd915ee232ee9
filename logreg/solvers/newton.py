"""Newton's method: the system solved by Cholesky factorisation, or by conjugate gradients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..ground.conjugate import conjugate_gradients
from ..problem.certifier import Certifier, Foresight, LateForesight
from ..problem.objective import Objective, Point
from .base import Solver
from .metric import Exact
from .plane import plane_search

Array = NDArray[np.float64]

EASY = 1.0
"""Products with the Hessian that a step may take, as part of what the Hessian costs: where they do not do, it is taken
from then on."""

FEWEST = 4
"""Fewer products are not worth a try."""

LONGEST = 500
"""Products that a step takes where no Hessian is to be had."""


@dataclass(frozen=True)
class NewtonCholesky(Solver):
    """W <- a W - b H^-1 grad, with the whole Hessian formed and factorised: few steps, each n (pK)^2."""

    follows = True

    def certifier(self, objective: Objective, tol: float, *, warm: bool) -> Certifier:
        """One that uses the same directions."""
        return Foresight(objective, tol, warm)

    def steps(self, start: Point) -> Iterator[Point]:
        """Newton steps, the best of their plane each, until no step lowers F."""
        point: Point | None = start
        while point is not None:
            yield point
            point = plane_search(point, point.newton)


@dataclass(frozen=True)
class NewtonCG(Solver):
    """W <- a W + b d with H d = -grad solved loosely at first, ever better later: no Hessian is formed.

    The inner tolerance is min(1/2, sqrt(|grad| / |first grad|)) |grad|, which makes the convergence
    superlinear (Nocedal & Wright 2006, theorem 7.2).
    """

    def steps(self, start: Point) -> Iterator[Point]:
        """Truncated Newton steps, the best of their plane each, until no step lowers F."""
        point: Point | None = start
        first = float(np.linalg.norm(start.grad))
        while point is not None:
            yield point
            if not point.grad.any():
                return
            point = plane_search(point, truncated(point, first)[0])


@dataclass(frozen=True)
class Newton(Solver):
    """Newton steps from products with the Hessian while few of them do, then from the Hessian itself."""

    follows = True

    def certifier(self, objective: Objective, tol: float, *, warm: bool) -> Certifier:
        """One that uses the same directions once they are Newton's own."""
        return LateForesight(objective, tol, warm)

    def steps(self, start: Point) -> Iterator[Point]:
        """The best of the planes of Newton steps, truncated or whole, until none lowers F."""
        point: Point | None = start
        first, most = float(np.linalg.norm(start.grad)), worthwhile(start.objective)
        while point is not None:
            yield point
            if not point.grad.any():
                return
            if point.knows_newton or not most:
                direction = point.newton
            else:
                direction, is_easy = truncated(point, first, most)
                most = most if is_easy else 0
            point = plane_search(point, direction)


def worthwhile(objective: Objective) -> int:
    """How many products with the Hessian a step may take: none where the Hessian costs next to nothing."""
    most = int(EASY * Exact().price(objective))
    return most if most >= FEWEST else 0


def truncated(point: Point, first: float, most: int = LONGEST) -> tuple[Array, bool]:
    """Conjugate gradients' way to Newton's direction, and whether fewer products than so many did."""
    part, count = min(0.5, (float(np.linalg.norm(point.grad)) / first) ** 0.5), 0

    def dot(V: Array) -> Array:
        nonlocal count
        count += 1
        return point.hess_dot(V)

    direction = conjugate_gradients(dot, -point.grad, part, limit=most)
    return direction, count < most
