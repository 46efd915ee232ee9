"""L-BFGS: curvature from the last few steps."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..problem.objective import Point
from .base import Solver
from .search import line_search

Array = NDArray[np.float64]
Pair = tuple[Array, Array, float]


@dataclass(frozen=True)
class LBFGS(Solver):
    """W <- W - t H grad, H from pairs of changes in W and in the gradient (Liu & Nocedal 1989)."""

    memory: int = 20

    def steps(self, start: Point) -> Iterator[Point]:
        """Quasi-Newton steps; when a search fails, memory is dropped once and steepest descent tried."""
        pairs: deque[Pair] = deque(maxlen=self.memory)
        point = start
        while True:
            yield point
            new = line_search(point, -two_loop(point.grad, pairs))
            if new is None and pairs:
                pairs.clear()
                new = line_search(point, -point.grad)
            if new is None:
                return
            s, y = new.W - point.W, new.grad - point.grad
            bend = float(np.vdot(s, y))
            if bend > 0:
                pairs.append((s, y, bend))
            point = new


def two_loop(grad: Array, pairs: Iterable[Pair], inner: Callable[[Array], Array] = np.copy) -> Array:
    """H grad, from H_0 = gamma * inner and the pairs (Nocedal & Wright 2006, algorithm 7.4 and eq. 7.20)."""
    q, pairs, weights = grad.copy(), list(pairs), list[float]()
    for s, y, bend in reversed(pairs):
        weights.append(float(np.vdot(s, q)) / bend)
        q -= weights[-1] * y
    q = inner(q)
    if pairs:
        _, y, bend = pairs[-1]
        q *= bend / float(np.vdot(y, inner(y)))
    for (s, y, bend), weight in zip(pairs, reversed(weights), strict=True):
        q += (weight - float(np.vdot(y, q)) / bend) * s
    return q
