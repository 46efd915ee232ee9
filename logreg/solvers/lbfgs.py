"""L-BFGS: curvature from the last few steps, on top of a metric if there is one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..problem.objective import Point
from .base import Solver
from .search import line_search

Array = NDArray[np.float64]

FULL = 1 << 23
"""Numbers in all pairs together, 64 MB: more cost more to go through than they save ..."""

LEAST = 5
"""... but so many pairs are kept."""


@dataclass(frozen=True)
class LBFGS(Solver):
    """W <- W - t H grad, H from pairs of changes in W and in the gradient (Liu & Nocedal 1989)."""

    memory: int = 20

    def steps(self, start: Point) -> Iterator[Point]:
        """Quasi-Newton steps, until no step lowers F."""
        point: Point | None = start
        memory = Memory(pairs(self.memory, start))
        while point is not None:
            yield point
            point = memory.step(point)


def pairs(most: int, point: Point) -> int:
    """How many pairs to keep: fewer where there are very many parameters."""
    return min(most, max(LEAST, FULL // (2 * point.objective.size)))


class Memory:
    """The last pairs (s, y) of changes in W and in the gradient, and the inverse Hessian that they imply.

    Parameters
    ----------
    size : int
        Pairs to keep.
    inner : callable
        H_0, the inverse Hessian before any pair; the identity by default.
    rough : bool
        Whether the last pair is to find a factor for H_0.
    """

    def __init__(self, size: int, inner: Callable[[Array], Array] = np.copy, *, rough: bool = True) -> None:
        self.inner, self.rough = inner, rough
        self.pairs: deque[tuple[Array, Array, float]] = deque(maxlen=size)

    def step(self, point: Point, downhill: Array | None = None) -> Point | None:
        """The next point; when the search fails the pairs are dropped, and it is tried once more without."""
        new = line_search(point, -(self.apply(point.grad) if downhill is None else downhill))
        if new is None and self.pairs:
            self.pairs.clear()
            new = line_search(point, -self.apply(point.grad))
        if new is not None:
            self.learn(new.W - point.W, new.grad - point.grad)
        return new

    def learn(self, s: Array, y: Array) -> None:
        """Keep a pair that shows curvature."""
        bend = float(np.vdot(s, y))
        if bend > 0:
            self.pairs.append((s, y, bend))

    def apply(self, grad: Array) -> Array:
        """H grad, from H_0 = gamma * inner (Nocedal & Wright 2006, algorithm 7.4 and eq. 7.20)."""
        q, scratch, weights = grad.copy(), np.empty_like(grad), list[float]()
        for s, y, bend in reversed(self.pairs):
            weights.append(float(np.vdot(s, q)) / bend)
            q -= np.multiply(y, weights[-1], out=scratch)
        q = self.inner(q).astype(q.dtype, copy=False)
        if self.pairs and self.rough:
            _, y, bend = self.pairs[-1]
            q *= bend / float(np.vdot(y, self.inner(y)))
        for (s, y, bend), weight in zip(self.pairs, reversed(weights), strict=True):
            q += np.multiply(s, weight - float(np.vdot(y, q)) / bend, out=scratch)
        return q
