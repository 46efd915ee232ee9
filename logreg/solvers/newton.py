"""Newton's method: the system solved by Cholesky factorisation, or by conjugate gradients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..ground.conjugate import conjugate_gradients
from ..problem.certifier import Certifier, Foresight
from ..problem.objective import Objective, Point
from .base import Solver
from .plane import plane_search
from .search import line_search


@dataclass(frozen=True)
class NewtonCholesky(Solver):
    """W <- a W - b H^-1 grad, with the whole Hessian formed and factorised: few steps, each n (pK)^2."""

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
    """W <- W + t d with H d = -grad solved loosely at first, ever better later: no Hessian is formed.

    The inner tolerance is min(1/2, sqrt(|grad| / |first grad|)) |grad|, which makes the convergence
    superlinear (Nocedal & Wright 2006, theorem 7.2).
    """

    def steps(self, start: Point) -> Iterator[Point]:
        """Truncated Newton steps, until no step lowers F."""
        point: Point | None = start
        first = float(np.linalg.norm(start.grad))
        while point is not None:
            yield point
            size = float(np.linalg.norm(point.grad))
            if size == 0:
                return
            part = min(0.5, (size / first) ** 0.5)
            point = line_search(point, conjugate_gradients(point.hess_dot, -point.grad, part))
