"""Maps from a gradient to a direction: by a matrix that is factorised, or by a few products with the Hessian."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ..ground.conjugate import conjugate_gradients
from ..problem.objective import Point

Array = NDArray[np.float64]

LOOSE = 0.1
"""Part of the gradient, in the preconditioner's norm, that inexact solves leave."""

MOST = 30
"""Conjugate gradients in an inexact solve, at most."""


class Direction(ABC):
    """A map from a gradient to M^-1 gradient, for a matrix M near the Hessian."""

    @abstractmethod
    def __call__(self, grad: Array) -> Array:
        """M^-1 grad."""

    def at(self, point: Point) -> Direction:
        """The map for another point, if that costs nothing; else the same."""
        return self

    @property
    def toll(self) -> int:
        """Passes over its rows that a step in it took."""
        return 1


@dataclass(frozen=True)
class Solved(Direction):
    """A matrix that was factorised once and for all."""

    solve: Callable[[Array], Array]

    def __call__(self, grad: Array) -> Array:
        return self.solve(grad)


@dataclass
class Truncated(Direction):
    """The Hessian at a point, solved with by a few conjugate gradients; their products are counted."""

    point: Point
    inner: Direction
    products: int = field(default=0, init=False)

    def __call__(self, grad: Array) -> Array:
        return conjugate_gradients(self._dot, grad, LOOSE, inner=self.inner, limit=MOST)

    def at(self, point: Point) -> Direction:
        return replace(self, point=point)

    @property
    def toll(self) -> int:
        return 1 + self.products

    def _dot(self, V: Array) -> Array:
        self.products += 1
        return self.point.hess_dot(V)
