"""Gradient descent with line search: the plain vectorised method."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..problem.objective import Point
from .base import Solver
from .search import line_search


@dataclass(frozen=True)
class GradientDescent(Solver):
    """W <- W - t grad F(W), t from a Wolfe line search that begins with Barzilai and Borwein's step.

    The first trial is <s, s> / <s, y>, for s and y the last changes of W and of the gradient
    (Barzilai & Borwein 1988, eq. 5); the search only ever has to mend it.
    """

    def steps(self, start: Point) -> Iterator[Point]:
        """Steepest descent, until no step lowers F."""
        point: Point | None = start
        step = 1.0
        while point is not None:
            yield point
            new = line_search(point, -point.grad, step=step)
            if new is not None:
                s, y = new.W - point.W, new.grad - point.grad
                bend = float(np.vdot(s, y))
                step = float(np.vdot(s, s)) / bend if bend > 0 else 2 * step
            point = new
