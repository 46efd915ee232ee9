"""Data in memory or memory-mapped: dense and scipy-sparse matrices, and their rows as blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from itertools import pairwise
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..ground import memory, parallel
from .base import Array, Block, Data, Matrix, Rows, Score, Term
from .grams import gram

BLOCK = 1 << 20
"""Numbers a block holds, of X and of X @ W: 8 MB, little enough for a cache that cores share, and so many that threads
calculate for long before they wait for one another: between any two calls of NumPy one alone holds the interpreter."""

STRIP = 1 << 17
"""Numbers that are laid out at once: a temporary of a megabyte stays in the cache of a core."""

FEWEST = 128
"""Rows a block has at least, however wide: W is read once for each block."""

SMALL = 1 << 20
"""Data of fewer numbers than this are summed at once: threads would cost more than they save."""


class Dense(Matrix):
    """A NumPy array of any real type and order; integers and float32 become float64 a block at a time."""

    def __init__(self, X: NDArray[Any]) -> None:
        self.X, self.shape = X, (X.shape[0], X.shape[1])

    def dot(self, W: Array) -> Array:
        return (W.T @ self.dense().T).T

    def tdot(self, R: Array) -> Array:
        return (R.T @ self.dense()).T

    def moments(self, weight: Array, centre: Array) -> tuple[Array, Array]:
        first, second = np.zeros(self.shape[1]), np.zeros(self.shape[1])
        for at, away in self._away(centre):
            first += weight[at] @ away
            away *= away
            second += weight[at] @ away
        return first, second

    def distances(self, centre: Array, scale: Array) -> Array:
        squares, unit, ones = np.empty(self.shape[0]), 1 / scale, np.ones(self.shape[1])
        for at, away in self._away(centre):
            away *= unit
            away *= away
            np.dot(away, ones, out=squares[at])
        return squares

    def _away(self, centre: Array) -> Iterator[tuple[slice, Array]]:
        """The rows less a centre, a strip at a time; each is written over the one before."""
        n, step = self.shape[0], max(1, STRIP // self.shape[1])
        strip = np.empty_like(self.X[:step], dtype=np.float64)  # in the order of X
        for start in range(0, n, step):
            at = slice(start, min(start + step, n))
            yield at, np.subtract(self.X[at], centre, out=strip[: at.stop - start])

    def dense(self) -> Array:
        return np.asarray(self.X, dtype=np.float64)

    def columns(self, keep: NDArray[np.intp], outputs: int) -> Self:
        return type(self)(np.take(self.X, keep, axis=1))

    def rows(self, keep: Rows) -> Self:
        return type(self)(self.X[keep])

    @property
    def stored(self) -> int:
        return self.X.size


class Single(Dense):
    """An array in single precision, as are its products: half the time, where seven digits are enough."""

    def dot(self, W: Array) -> Array:
        with np.errstate(over="ignore"):  # a step too far is infinite, and taken back
            return (W.T.astype(np.float32) @ self.X.T).T

    def tdot(self, R: Array) -> Array:
        with np.errstate(over="ignore"):
            return (R.T.astype(np.float32, copy=False) @ self.X).T


class Sparse(Matrix):
    """A scipy matrix in compressed rows, with indices of any integer type."""

    def __init__(self, X: Any) -> None:
        self.X, self.shape = X, X.shape

    def dot(self, W: Array) -> Array:
        return np.asfortranarray(self.X @ W.astype(self.X.dtype, copy=False))

    def tdot(self, R: Array) -> Array:
        return np.asarray(self._turned @ R.astype(self.X.dtype, copy=False))

    @cached_property
    def _turned(self) -> Any:
        """The same memory as a transposed matrix: SciPy takes longer to make one than a small product does."""
        return self.X.T

    @cached_property
    def by_columns(self) -> Any:
        """The same matrix in compressed columns, of which some are taken without reading the others."""
        return self.X.tocsc()

    def columns(self, keep: NDArray[np.intp], outputs: int) -> Sparse:
        chosen = ByColumns(self.by_columns[:, keep])
        return chosen if outputs == 1 else chosen.by_rows

    def moments(self, weight: Array, centre: Array) -> tuple[Array, Array]:
        if not centre.any():
            return self._turned @ weight, self._with(self.X.data * self.X.data).T @ weight
        away = self.X.data - self._spread(centre)
        absent = weight.sum() - self._with(np.ones_like(away)).T @ weight
        first = self._with(away).T @ weight - absent * centre
        away *= away
        return first, self._with(away).T @ weight + absent * centre**2

    def distances(self, centre: Array, scale: Array) -> Array:
        # Multiplied out, so that two products do it; what cancels is little beside the other columns.
        unit, middle = 1 / scale, centre / scale
        squares = self._with(self.X.data * self.X.data) @ unit**2
        squares -= self.X @ (2 * middle * unit)
        return np.maximum(squares + middle @ middle, 0.0)

    def gram(self, roots: Array, sets: Sequence[NDArray[np.intp]]) -> tuple[Array, Array]:
        return gram(self.X, roots, sets)

    def single(self) -> Sparse:
        try:
            with np.errstate(over="raise"):
                return type(self)(self._with(self.X.data.astype(np.float32)))
        except FloatingPointError:  # a number beyond it
            return self

    def _with(self, values: Array) -> Any:
        """Other values in the same places."""
        return type(self.X)((values, self.X.indices, self.X.indptr), shape=self.shape)

    def _spread(self, by_column: Array) -> Array:
        """A number of its column for each entry."""
        return by_column.take(self.X.indices)

    def dense(self) -> Array:
        return np.asarray(self.X.toarray(), dtype=np.float64)

    def rows(self, keep: Rows) -> Sparse:
        return Sparse(_slice(self.X, keep) if isinstance(keep, slice) else self.X[keep])

    @property
    def stored(self) -> int:
        return int(self.X.nnz)


class ByColumns(Sparse):
    """The same in compressed columns, of which rows are rarely asked for: products with one vector take no longer."""

    @cached_property
    def by_columns(self) -> Any:
        return self.X

    @cached_property
    def by_rows(self) -> Sparse:
        """The same matrix in compressed rows."""
        return Sparse(self.X.tocsr())

    def rows(self, keep: Rows) -> Sparse:
        return self.by_rows.rows(keep)

    def gram(self, roots: Array, sets: Sequence[NDArray[np.intp]]) -> tuple[Array, Array]:
        return self.by_rows.gram(roots, sets)

    def _spread(self, by_column: Array) -> Array:
        return np.repeat(by_column, np.diff(self.X.indptr))


def _slice(X: Any, keep: slice) -> Any:
    """Consecutive rows of compressed rows, sharing their memory."""
    first, last, _ = keep.indices(X.shape[0])
    bounds = X.indptr[first : last + 1]
    inner = slice(bounds[0], bounds[-1])
    view = sparse.csr_array((last - first, X.shape[1]), dtype=X.dtype)
    view.data, view.indices, view.indptr = X.data[inner], X.indices[inner], bounds - bounds[0]
    return view


def as_matrix(X: Any) -> Matrix:
    """The matrix that accepts X: a Matrix itself, any scipy sparse container, or an array."""
    if isinstance(X, Matrix):
        return X
    if sparse.issparse(X):
        rows, turned = sparse.csr_array(X), None
        if rows.dtype != np.float64:
            rows = rows.astype(np.float64)
        if not rows.has_canonical_format:
            # Rows need not be sorted, but entries must not come twice: columns tell, and a transposition sorts them.
            turned = rows.tocsc()
            if not turned.has_canonical_format:
                turned.sum_duplicates()
                rows = turned.tocsr()
        matrix = Sparse(rows)
        if turned is not None:
            matrix.by_columns = turned
        return matrix
    return Dense(np.asarray(X))


def outputs_of(y: NDArray[Any]) -> int:
    """How many numbers a row's linear predictor is likely to have: they fill the cache beside the row itself."""
    if y.ndim == 2:
        return int(y.shape[1])
    classes = int(y.max(initial=0)) + 1
    return classes if classes > 2 else 1


class Arrays(Data):
    """A matrix, targets and weights in memory, summed in blocks by threads.

    Parameters
    ----------
    X : Matrix, array or scipy sparse of shape (n, p)
        Features.
    y : ndarray of shape (n,) or (n, k)
        Class codes or probability rows.
    weight : ndarray of shape (n,), optional
        Weights, not negative; ones by default.
    names : sequence of str, optional
        Column names, for messages.
    workers : int, optional
        Threads: all that are available by default; counted from the last one where negative, as in joblib.
    """

    def __init__(
        self,
        X: Any,
        y: NDArray[Any],
        weight: Array | None = None,
        names: Sequence[str] | None = None,
        workers: int | None = None,
    ) -> None:
        self.X, self.y, self.names = as_matrix(X), y, names
        self.weight = np.ones(len(y)) if weight is None else weight
        if not self.weight.all():  # a row without weight is no row
            kept = np.flatnonzero(self.weight)
            self.X, self.y, self.weight = self.X.rows(kept), self.y[kept], self.weight[kept]
        self.shape = self.X.shape
        self.load = self.X.stored + len(self.y) * outputs_of(self.y)
        self.wanted = workers
        self.workers = 1 if self.load < SMALL else parallel.workers(workers)

    @cached_property
    def blocks(self) -> list[Block]:
        """Consecutive rows, as many as stay in a core's cache; a single block where one is enough."""
        n = self.shape[0]
        if self.load < SMALL:
            return [Block(self.X, self.y, self.weight, slice(0, n))]
        # The sums that a block hands back are as large as W: no block reads less than that.
        size = max(BLOCK, self.shape[1] * outputs_of(self.y))
        count = min(max(1, n // FEWEST), max(self.workers, -(-self.load // size)))
        cuts = [n * i // count for i in range(count + 1)]
        return [self._block(slice(a, b)) for a, b in pairwise(cuts)]

    def _block(self, at: slice) -> Block:
        return Block(self.X.rows(at), self.y[at], self.weight[at], at)

    @property
    def is_whole(self) -> bool:
        return len(self.blocks) == 1

    def sum(self, term: Term) -> tuple[Any, ...]:
        blocks = self.blocks
        return term(blocks[0]) if len(blocks) == 1 else parallel.sum_blocks(term, blocks, self.workers)

    def each(self, score: Score) -> Array:
        parts = parallel.map_blocks(score, self.blocks, self.workers)
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def take(self, rows: NDArray[np.intp], times: Array | float = 1.0) -> Arrays:
        return Arrays(self.X.rows(rows), self.y[rows], self.weight[rows] * times, self.names, self.wanted)

    def columns(self, keep: NDArray[np.intp]) -> Arrays:
        return Arrays(self.X.columns(keep, outputs_of(self.y)), self.y, self.weight, workers=self.wanted)

    def mapped(self, design: Callable[[Array], Array], *, single: bool) -> Arrays:
        if self.is_whole and not single:
            return self.over(Dense(design(self.X.dense())))
        one = design(self.X.rows(slice(0, 2)).dense())  # two rows tell the order in which a design is laid out
        order: Literal["C", "F"] = "C" if one.flags.c_contiguous else "F"
        X = np.empty((len(self.y), one.shape[1]), np.float32 if single else np.float64, order)
        step = max(1, STRIP // one.shape[1])

        def fill(at: slice) -> None:
            with np.errstate(over="raise" if single else "warn"):
                X[at] = design(self.X.rows(at).dense())

        try:
            parallel.map_blocks(fill, [slice(first, first + step) for first in range(0, len(X), step)], self.workers)
        except FloatingPointError:  # a number beyond single precision
            return self.mapped(design, single=False)
        return self.over(Single(X) if single else Dense(X))

    def single(self) -> Arrays:
        X = self.X.single()
        return self if X is self.X else self.over(X)

    def over(self, X: Array | Matrix) -> Arrays:
        return Arrays(X, self.y, self.weight, workers=self.wanted)

    @property
    def stored(self) -> int:
        return self.X.stored

    def reading(self) -> AbstractContextManager[None]:
        memory.keep()
        return parallel.blas_on_one_thread()
