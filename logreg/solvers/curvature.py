"""Curvatures: what is known, exactly or nearly, of the Hessian of the smooth part around a point."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..ground.cholesky import Cholesky, at_once
from ..problem.objective import Point
from ..problem.penalties import Penalty
from .entries import Entries
from .faces import RIDGE, Faces

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Places = NDArray[np.intp]

LARGEST = 1500
"""Entries up to which a Hessian is formed."""

FLAT = 1e-14
"""Curvature relative to the direction's square below which there is none."""


class Curvature(ABC):
    """H, positive semidefinite and near the Hessian, over some entries of W: the others are held at 0.

    Everything is packed: directions, forces and places are the entries alone. ``damping`` is added to the diagonal
    (Levenberg & Marquardt), and ``ridge`` times the diagonal itself where ``solve`` leaves nothing. Where it is
    iterative, ``loose`` is the part of a force that may be left, and ``worth`` the fall of the model for which no
    further steps are made.
    """

    entries: Entries
    damping: float = 0.0
    ridge: float = RIDGE
    loose: float = 0.1
    worth: float = 0.0
    passes: int = 0
    """Passes over the data that it made, and nobody has counted yet."""
    trials: int
    """Products that are cheap to take at once."""
    exact: bool
    """Whether ``solve`` leaves nothing."""
    rough: float
    """Part of the model's fall to which it pays to minimise it far from the optimum ..."""
    rush: float
    """... and close to it this many times the root of the last relative fall, so that convergence is superlinear."""
    stiff: float
    """The damping is this many times that part at least (Fan & Yuan 2005): where ``solve`` is iterative it would take
    long along directions that hardly bend, which a model with more coefficients than rows has always."""

    @abstractmethod
    def dots(self, directions: Array) -> Array:
        """(H + damping) V for a stack of directions V."""

    @abstractmethod
    def shifted(self, V: Array) -> Array:
        """(H + damping) V for one V that shifts rows by the same for all outputs, where the loss is the same."""

    @abstractmethod
    def diagonal(self) -> Array:
        """The diagonal of H."""

    @abstractmethod
    def solve(self, support: Mask, force: Array, penalty: Penalty, V: Array) -> tuple[Array, Array | None]:
        """D on the support with (H + damping + bend(V)) D = force there, or nearly so.

        Also (H + damping) D on all entries, where it comes by itself.
        """

    @abstractmethod
    def learn(self, step: Array, change: Array) -> bool:
        """Take up that the gradient of W changed by so much along a step; False where that cannot be done."""


class Explicit(Curvature):
    """A matrix over the entries, in the order of ``W.T``; it learns by the BFGS formula.

    Parameters
    ----------
    point : Point
        Where to take the Hessian, over the rows of its objective.
    entries : Entries
        What it is wanted for.
    """

    trials, exact, rough, rush, stiff = 16, True, 0.05, 1.0, 0.0

    def __init__(self, point: Point, entries: Entries) -> None:
        objective, mask = point.objective, entries.mask
        self.count = objective.data.shape[0]
        self.entries, self.none = entries, np.zeros(entries.shape, dtype=np.bool_)
        self.matrix = point.loss_hessian(mask)
        self.matrix.flat[:: len(self.matrix) + 1] += self._flat(np.zeros(mask.shape) + objective.penalty.curvature())
        if objective.loss.shift_invariant:  # flat along a shift of all outputs, where no gradient has a part
            loose, rows = np.flatnonzero(self._flat(objective.free)), entries.flat(entries.rows)
            self.matrix[loose[:, None], loose] += (rows[loose, None] == rows[loose]) / mask.shape[1]
        self.faces = Faces(self.matrix, self.damping, self.ridge)

    def dots(self, directions: Array) -> Array:
        flat = self.entries.flat(directions)
        products = flat @ self.matrix
        if self.damping:
            products += self.damping * flat
        return self.entries.shaped(products)

    def shifted(self, V: Array) -> Array:
        return self.dots(V[None])[0]

    def diagonal(self) -> Array:
        return self.entries.shaped(self.matrix.diagonal())

    def solve(self, support: Mask, force: Array, penalty: Penalty, V: Array) -> tuple[Array, Array | None]:
        kept = self.entries.flat(support | self.none).nonzero()[0]
        if (self.faces.damping, self.faces.ridge) != (self.damping, self.ridge):
            self.faces = Faces(self.matrix, self.damping, self.ridge)
        if not penalty.tied:
            return self.entries.shaped(self.faces.solve(kept, self.entries.flat(force))), None
        inner, D = self.faces.over(kept), np.zeros(V.size)
        self._bend(inner, kept, penalty, V)
        D[kept] = at_once(inner, self.entries.flat(force)[kept])
        return self.entries.shaped(D), None

    def learn(self, step: Array, change: Array) -> bool:
        s, y = self._flat(step), self._flat(change)
        bend, seen = float(s @ y), self.matrix @ s
        known = float(s @ seen)
        least = FLAT * float(s @ s)
        if not (bend > least and known > least):
            return False
        self.matrix += np.column_stack([y / bend, seen / -known]) @ np.stack([y, seen])
        self.faces = Faces(self.matrix, self.damping, self.ridge)
        return True

    def _flat(self, W: NDArray[Any]) -> NDArray[Any]:
        return self.entries.flat(self.entries.pack(W))

    def _bend(self, inner: Array, kept: Places, penalty: Penalty, V: Array) -> None:
        """Add the Hessian of the penalty's simple part, which ties the outputs of a row."""
        outputs, rows = np.divmod(kept, len(V))
        for k in range(V.shape[1]):
            unit = np.zeros_like(V)
            unit[:, k] = 1.0
            bent, to = penalty.bend(V, unit), np.flatnonzero(outputs == k)
            inner[:, to] += np.where(rows[:, None] == rows[to], bent[rows, outputs][:, None], 0.0)


class Known(NamedTuple):
    """The Hessian of a place nearby, over some entries of the whole W, in the order of ``W.T``, from so many rows."""

    mask: Mask
    matrix: Array
    rows: int

    def factor(self, mask: Mask) -> Cholesky | None:
        """That over some of the entries, factorised; None where they are not all known."""
        if (mask & ~self.mask).any():
            return None
        kept = np.flatnonzero(mask.T[self.mask.T])
        inner = self.matrix.take(kept, axis=0).take(kept, axis=1)
        inner.flat[:: len(inner) + 1] *= 1 + RIDGE
        return Cholesky.of(inner)
