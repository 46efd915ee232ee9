"""Tables with categorical columns kept as codes: a product gathers rows of W, its transpose counts."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from functools import cached_property
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from .base import Array, Matrix, Rows
from .grams import compressed, gram


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
        # Columns are gathered one after the other, by numbers that NumPy need not convert: 0 is none of the levels.
        self.places = [np.asarray(column, dtype=np.intp) + 1 for column in codes.T]
        self.sizes = tuple(sizes)
        self.starts = np.cumsum([numeric.shape[1], *self.sizes])
        self.shape = (len(numeric), int(self.starts[-1]))

    @property
    def codes(self) -> NDArray[np.intp]:
        """The codes, as they came."""
        return np.column_stack(self.places) - 1 if self.places else np.empty((len(self.numeric), 0), np.intp)

    def dot(self, W: Array) -> Array:
        q = self.numeric.shape[1]
        eta = W[:q].T @ self.numeric.T
        for places, levels in self._placed(W):
            eta += levels.take(places, axis=1)
        return eta.T

    def tdot(self, R: Array) -> Array:
        parts = [(R.T @ self.numeric).T]
        for places, size in zip(self.places, self.sizes, strict=True):
            parts.append(np.column_stack([np.bincount(places, column, size + 1)[1:] for column in R.T]))
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
        for places, (levels,) in self._placed((present - nothing)[:, None]):
            squares += levels.take(places)
        return squares

    def dense(self) -> Array:
        X = np.zeros((self.shape[0], self.shape[1] + 1))
        X[:, : self.numeric.shape[1]] = self.numeric
        for places, start in zip(self.places, self.starts, strict=False):
            X[np.arange(len(X)), np.where(places > 0, start + places - 1, self.shape[1])] = 1.0
        return X[:, :-1]

    def rows(self, keep: Rows) -> Self:
        some = copy(self)
        some.__dict__.pop("_compressed", None)
        some.numeric, some.places = self.numeric[keep], [places[keep] for places in self.places]
        some.shape = (len(some.numeric), self.shape[1])
        return some

    def columns(self, keep: NDArray[np.intp], outputs: int) -> Coded:
        """Levels that are left out become code -1, none of the levels."""
        q = self.starts[0]
        levels = [keep[(keep >= a) & (keep < b)] - a for a, b in pairwise(self.starts)]
        renumbered = zip(self.codes.T, levels, self.sizes, strict=True)
        codes = [_renumbered(old, inner, size) for old, inner, size in renumbered]
        stacked = np.column_stack(codes) if codes else self.codes
        return Coded(np.take(self.numeric, keep[keep < q], axis=1), stacked, [len(inner) for inner in levels])

    def gram(self, roots: Array, sets: Sequence[NDArray[np.intp]]) -> tuple[Array, Array]:
        return gram(self._compressed, roots, sets)

    @cached_property
    def _compressed(self) -> Any:
        """The same rows as a sparse matrix: an entry for each numeric column and each level."""
        (n, q), levels = self.numeric.shape, len(self.places)
        columns, values = np.empty((n, q + levels), dtype=np.intp), np.ones((n, q + levels))
        columns[:, :q], values[:, :q] = np.arange(q), self.numeric
        for at, (places, start) in enumerate(zip(self.places, self.starts, strict=False), q):
            columns[:, at] = np.where(places > 0, start + places - 1, -1)
        return compressed(values, columns, self.shape[1])

    def _placed(self, W: Array) -> list[tuple[NDArray[np.intp], Array]]:
        """Each categorical column's places beside its rows of W as columns, zeros first."""
        levels = [np.hstack([np.zeros((W.shape[1], 1)), W[a:b].T]) for a, b in pairwise(self.starts)]
        return list(zip(self.places, levels, strict=True))

    @property
    def stored(self) -> int:
        return self.numeric.size + len(self.places) * self.shape[0]


def _renumbered(codes: NDArray[np.intp], levels: NDArray[np.intp], size: int) -> NDArray[np.int32]:
    """Codes of the levels that are kept, and -1 for the others; the last entry stands for -1 itself."""
    new = np.full(size + 1, -1, dtype=np.int32)
    new[levels] = np.arange(len(levels))
    return new[codes]
