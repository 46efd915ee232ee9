"""How a loss bends: its Hessian in the linear predictors, row by row, and what all rooms make of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Bend(NamedTuple):
    """diag(a_i) - u_i u_i^T for each row i, of the shape (outputs, outputs).

    Parameters
    ----------
    a : ndarray of shape (n, outputs)
        The diagonal part.
    u : ndarray of shape (n, outputs), optional
        What ties the outputs of a row together; None where there is one output, or nothing does.

    Examples
    --------
    Softmax bends by the probabilities, and a shift of all outputs meets nothing:

    >>> import numpy as np
    >>> from logreg.problem.bend import Bend
    >>> p = np.array([[0.5, 0.25, 0.25]])
    >>> Bend(p, p).diagonal
    array([[0.25  , 0.1875, 0.1875]])
    >>> Bend(p, p).dot(np.ones((1, 3)))
    array([[0., 0., 0.]])
    """

    a: Array
    u: Array | None = None

    def dot(self, v: Array) -> Array:
        """The product with a vector for each row, (n, outputs)."""
        product: Array = self.a * v
        if self.u is not None:
            product -= self.u * (self.u * v).sum(axis=1)[:, None]
        return product

    @property
    def diagonal(self) -> Array:
        """The diagonals, (n, outputs)."""
        return self.a if self.u is None else self.a - self.u * self.u

    @property
    def trace(self) -> Array:
        """Their sums, (n,)."""
        trace: Array = self.a.sum(axis=1)
        return trace if self.u is None else trace - np.einsum("ij,ij->i", self.u, self.u)

    def of(self, at: slice) -> Bend:
        """That of some rows."""
        return Bend(self.a[at], None if self.u is None else self.u[at])

    def total(self, weight: Array) -> Array:
        """The weighted sum over the rows, (outputs, outputs): how the loss bends in the intercepts."""
        total = np.diag(weight @ self.a)
        return total if self.u is None else total - (self.u * weight[:, None]).T @ self.u


def gauged(total: Array) -> Array:
    """A curvature of intercepts that is flat along their common shift, with as much there as elsewhere.

    No loss sees that shift, so no force points along it: the system can be solved, and the answer is the same.
    """
    gauged: Array = total + np.trace(total) / len(total) ** 2
    return gauged
