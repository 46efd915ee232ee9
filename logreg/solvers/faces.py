"""Systems over the faces of a model: each face is likely to lie in the one before, and to have most of its entries."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..ground.cholesky import Shrinking, at_once

Array = NDArray[np.float64]
Places = NDArray[np.intp]

RIDGE = 1e-10
"""Ridge, relative to the diagonal, that keeps steps short along directions without curvature, which are rounding,"""

LEAST, MILDER = 1e-13, 10.0
"""... but where columns are all but collinear: there it falls to this at most, each time by such a factor."""

PATIENCE = 3
"""Slow falls that are borne before a milder ridge is tried, and twice as many after each one that did no good."""

LONGER = 2.0
"""A milder ridge did good if its model foretells a fall of more than so many times the last."""

MANY = 500
"""Entries from which a factor that serves several faces is worth its inverse ..."""

SETTLED, SHRUNK = 0.95, 0.9
"""... once a face has this part of the last one's entries, and for faces with this part of its own."""


class Ridge:
    """The ridge of one model after the other: milder while falls are slow, if that makes them longer."""

    def __init__(self) -> None:
        self.value, self.slow, self.patience, self.is_on_trial = RIDGE, 0, PATIENCE, False

    def note(self, fall: float, last: float, *, is_slow: bool) -> None:
        """Take note of what a model with this ridge foretold, and of what the last one did."""
        self.slow = self.slow + 1 if is_slow else 0
        if self.is_on_trial and fall <= LONGER * last:
            self.value, self.slow, self.patience = MILDER * self.value, 0, 2 * self.patience
        goes_on = self.is_on_trial and self.slow > 0
        self.is_on_trial = (goes_on or self.slow >= self.patience) and self.value > LEAST
        if self.is_on_trial:
            self.value /= MILDER


class Faces:
    """A matrix over some of its places, with a damping; large faces share a factor once they shrink by little.

    Parameters
    ----------
    matrix : ndarray
        Symmetric positive semidefinite. Once it has changed there must be new faces.
    damping : float
        Added to the diagonal.
    ridge : float
        Part of the diagonal that is added to it.
    """

    def __init__(self, matrix: Array, damping: float, ridge: float = RIDGE) -> None:
        self.matrix, self.damping, self.ridge = matrix, damping, ridge
        self.last = self.face = np.zeros(0, dtype=np.intp)
        self.factor: Shrinking | None = None

    def over(self, kept: Places) -> Array:
        """The matrix over a face, damped."""
        inner = self.matrix.take(kept, axis=0).take(kept, axis=1)
        inner.flat[:: len(kept) + 1] += self.damping + self.ridge * inner.diagonal()
        return inner

    def solve(self, kept: Places, b: Array) -> Array:
        """x with (matrix + damping) x = b on a face, 0 elsewhere."""
        x = np.zeros(len(b))
        factor = self.held(kept) if len(kept) >= MANY else None
        if factor is None:
            x[kept], self.last = at_once(self.over(kept), b[kept]), kept
        else:
            x[self.face] = factor.solve(b[self.face], np.flatnonzero(~np.isin(self.face, kept)))
        return x

    def held(self, kept: Places) -> Shrinking | None:
        """The factor of a face with these places and few others, if there is one; it is made once faces settle."""
        if self.factor is not None and is_most(kept, self.face, SHRUNK):
            return self.factor
        self.factor = None
        if is_most(kept, self.last, SETTLED):
            self.factor, self.face = Shrinking.of(self.over(kept)), kept
        return self.factor


def is_most(some: Places, every: Places, part: float) -> bool:
    """Whether places are among others, and at least that part of them."""
    return 0 < part * len(every) <= len(some) and bool(np.isin(some, every).all())
