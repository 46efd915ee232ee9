"""Newton's method: the system solved by Cholesky factorisation, or by conjugate gradients."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..ground.conjugate import conjugate_gradients
from ..problem import prices
from ..problem.certifier import Certifier, Foresight, LateForesight
from ..problem.objective import Objective, Point
from .base import Solver
from .metric import Exact
from .plane import plane_search

Array = NDArray[np.float64]

TIMES = 4.5
"""Products with the Hessian that are tried for each pass that its own matrix product takes: later steps need few."""

FEWEST = 3
"""Products that are worth trying: a Hessian for which fewer would be tried costs next to nothing."""

AT_FIRST, LATER = 0.01, 0.1
"""Part of the force that so many products may leave at the first point, where the diagonal explains most of it, and at
later ones: where they would leave more, no further steps are taken by them."""

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
        point = yield from by_products(start, worthwhile(start.objective))
        while point is not None:
            yield point
            if not point.grad.any():
                return
            point = plane_search(point, point.newton)


def by_products(start: Point, most: int) -> Generator[Point, None, Point | None]:
    """The best of the planes of truncated Newton steps, while so many products leave no more of a force than they may.

    Handed back is the next point, from which other steps are to go on; none where no step lowers F.
    """
    point: Point | None = start
    first, may_leave = float(np.linalg.norm(start.grad)), AT_FIRST
    while most and point is not None and point.grad.any():
        yield point
        if point.knows_newton:  # a proof has asked for it
            direction, most = point.newton, 0
        else:
            direction, rate = truncated(point, first, most)
            most, may_leave = most if rate**most <= may_leave else 0, LATER
        point = plane_search(point, direction)
    return point


def worthwhile(objective: Objective) -> int:
    """How many products with the Hessian are tried in its place; none where it costs next to nothing itself."""
    most = int(prices.CURVED + TIMES * (Exact().price(objective) - prices.CURVED))
    return most if most >= FEWEST else 0


def truncated(point: Point, first: float, most: int = LONGEST) -> tuple[Array, float]:
    """Conjugate gradients' way to Newton's direction, and the part of the force that each product left."""
    part, left = min(0.5, (float(np.linalg.norm(point.grad)) / first) ** 0.5), list[float]()

    def watched(force: Array) -> Array:
        left.append(float(np.linalg.norm(force)))
        return force.copy()

    direction = conjugate_gradients(point.hess_dot, -point.grad, part, inner=watched, limit=most)
    return direction, (left[-1] / left[0]) ** (1 / max(len(left) - 1, 1))
