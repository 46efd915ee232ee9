"""Tables with categorical columns kept as codes: a product gathers rows of W, its transpose counts."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from .base import Array, Matrix, Rows


class Coded(Matrix):
    """Numeric columns beside categorical ones, the latter as one code a row and never as zeros and ones.

    Parameters
    ----------
    numeric : ndarray of shape (n, q)
        Numeric columns, the first q columns of the matrix.
    codes : ndarray of int of shape (n, c)
        A level's number in each categorical column, or -1 for none of the levels.
    sizes : sequence of int
        Levels of each categorical column; their indicators are the columns after the first q, in order.

    Examples
    --------
    >>> import numpy as np
    >>> from logreg.data.codes import Coded
    >>> X = Coded(np.array([[2.0], [3.0]]), np.array([[1], [-1]]), [2])
    >>> X.dense().tolist()
    [[2.0, 0.0, 1.0], [3.0, 0.0, 0.0]]
    """

    def __init__(self, numeric: NDArray[Any], codes: NDArray[Any], sizes: Sequence[int]) -> None:
        self.numeric = numeric
        # Columns are gathered one after the other: Fortran order keeps each of them together.
        self.codes = np.asfortranarray(codes, dtype=np.int32)
        self.sizes = tuple(sizes)
        self.starts = np.cumsum([numeric.shape[1], *self.sizes])
        self.shape = (len(numeric), int(self.starts[-1]))

    def dot(self, W: Array) -> Array:
        q = self.numeric.shape[1]
        eta = (W[:q].T @ self.numeric.T).T
        for codes, levels in self._coded(W):
            # Code -1 finds the row of zeros that stands last.
            eta += np.vstack([levels, np.zeros((1, W.shape[1]))])[codes]
        return eta

    def tdot(self, R: Array) -> Array:
        parts = [(R.T @ self.numeric).T]
        for codes, size in zip(self.codes.T, self.sizes, strict=True):
            parts.append(np.column_stack([_count(codes, column, size) for column in R.T]))
        return np.vstack(parts)

    def moments(self, weight: Array, centre: Array) -> tuple[Array, Array]:
        q = self.numeric.shape[1]
        away = self.numeric - centre[:q]
        counts = self.tdot(weight[:, None])[q:, 0]
        absent, middle = weight.sum() - counts, centre[q:]
        first = counts * (1 - middle) - absent * middle
        second = counts * (1 - middle) ** 2 + absent * middle**2
        return np.append(weight @ away, first), np.append(weight @ (away * away), second)

    def distances(self, centre: Array, scale: Array) -> Array:
        q = self.numeric.shape[1]
        away = (self.numeric - centre[:q]) / scale[:q]
        nothing, present = (centre / scale) ** 2, ((1 - centre) / scale) ** 2
        squares = np.einsum("ij,ij->i", away, away) + nothing[q:].sum()
        for codes, levels in self._coded((present - nothing)[:, None]):
            squares += np.append(levels[:, 0], 0.0)[codes]
        return squares

    def dense(self) -> Array:
        X = np.zeros((self.shape[0], self.shape[1] + 1))
        X[:, : self.numeric.shape[1]] = self.numeric
        for codes, start in zip(self.codes.T, self.starts, strict=False):
            X[np.arange(len(X)), np.where(codes >= 0, start + codes, self.shape[1])] = 1.0
        return X[:, :-1]

    def rows(self, keep: Rows) -> Self:
        return type(self)(self.numeric[keep], self.codes[keep], self.sizes)

    def _coded(self, W: Array) -> list[tuple[NDArray[np.int32], Array]]:
        """Each categorical column's codes beside its rows of W."""
        return [(codes, W[a:b]) for codes, (a, b) in zip(self.codes.T, pairwise(self.starts), strict=True)]

    @property
    def stored(self) -> int:
        return self.numeric.size + self.codes.size


def _count(codes: NDArray[np.int32], values: Array, size: int) -> Array:
    """Values added up by code; code -1 is left out."""
    return np.asarray(np.bincount(codes + 1, values, size + 1), dtype=np.float64)[1:]
