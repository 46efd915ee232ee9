"""The contracts of the data floor: a matrix is rows that can be multiplied, a data set is rows that can be summed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Rows = slice | NDArray[np.integer[Any]]

CONSTANT = 1e-30
"""A column whose variance is this part of its squared mean is constant: its last digit is rounding."""

NEAR = 1e-20
"""A guess whose squared distances are this part of the squared mean on average tells a column that is constant."""

FEW = 128
"""Rows whose mean is the first guess at the columns' mean."""

FILLED = 0.1
"""Part of X that is stored, at most, where columns are mostly 0: a guess that sums need not be shifted for."""

CANCELLED = 1e6
"""A guess so many variances off is not good enough."""


class Matrix(ABC):
    """Rows of features, known only by what can be done with them.

    Everything above multiplies; nothing above knows whether the entries are dense, sparse or
    category codes. Products take and return float64, whatever the storage; only a matrix in single
    precision returns float32.
    """

    shape: tuple[int, int]

    @abstractmethod
    def dot(self, W: Array) -> Array:
        """``X @ W`` for ``W`` of shape (p, k): shape (n, k), in Fortran order."""

    @abstractmethod
    def tdot(self, R: Array) -> Array:
        """``X.T @ R`` for ``R`` of shape (n, k): shape (p, k)."""

    @abstractmethod
    def moments(self, weight: Array, centre: Array) -> tuple[Array, Array]:
        """Weighted sums of ``x - centre`` and of its square, each of shape (p,)."""

    @abstractmethod
    def distances(self, centre: Array, scale: Array) -> Array:
        """Squared norm of each row of ``(x - centre) / scale``, of shape (n,)."""

    @abstractmethod
    def dense(self) -> Array:
        """The rows as an array of floats: only ever called on a few rows at a time."""

    @abstractmethod
    def rows(self, keep: Rows) -> Matrix:
        """Some of the rows: a view for a slice, a copy for indices."""

    @abstractmethod
    def columns(self, keep: NDArray[np.intp], outputs: int) -> Matrix:
        """Some of the columns, in rising order, laid out for products with so many vectors."""

    def single(self) -> Matrix:
        """The same rows with products in single precision, where that is quicker."""
        return self

    def gram(self, roots: Array, sets: Sequence[NDArray[np.intp]]) -> tuple[Array, Array]:
        """``S.T @ S`` and ``S.T @ roots``, S the columns of each set side by side, each row times the set's root.

        For rows of mostly zeros, of which only what is stored is read: dense rows are better multiplied a few at a
        time, scaled and centred.

        Parameters
        ----------
        roots : ndarray of shape (n, k)
            Factors of the rows, for each set.
        sets : k arrays of indices
            Columns, in rising order; m in all.

        Returns
        -------
        tuple of ndarray
            Of shape (m, m) and (m, k).
        """
        raise NotImplementedError(f"the stored numbers of a {type(self).__name__}")

    @property
    @abstractmethod
    def stored(self) -> int:
        """How many numbers one product reads."""


@dataclass(frozen=True)
class Block:
    """Some consecutive rows: features (b, p), targets (b,) or (b, k), weights (b,), and their place among all rows."""

    X: Matrix
    y: NDArray[Any]
    weight: Array
    at: slice

    @cached_property
    def weight_or_none(self) -> Array | None:
        """The weights, or None where every row weighs 1: most tables have none, and need no products with them."""
        return None if (self.weight == 1.0).all() else self.weight


class Moments(NamedTuple):
    """Sum of the weights, and each column's mean and weighted sum of squares about it."""

    total: float
    mean: Array
    square: Array


Term = Callable[[Block], tuple[Any, ...]]
Score = Callable[[Block], Array]


class Data(ABC):
    """Rows that can be read again and again: ``sum`` and ``each`` are how fits read X."""

    shape: tuple[int, int]
    names: Sequence[str] | None = None

    @property
    @abstractmethod
    def stored(self) -> int:
        """How many numbers a pass reads."""

    @property
    @abstractmethod
    def is_whole(self) -> bool:
        """Whether all rows are a single block: what is found for it can be kept for the next sum."""

    @abstractmethod
    def sum(self, term: Term) -> tuple[Any, ...]:
        """Add ``term(block)`` over all blocks, component by component.

        A term must return arrays of its own: they are summed in place.
        """

    @cached_property
    def moments(self) -> Moments:
        """What the columns are like on the whole; found once, for any number of fits."""
        return moments(self)

    @abstractmethod
    def each(self, score: Score) -> Array:
        """score(block) of all rows, in order."""

    @abstractmethod
    def take(self, rows: NDArray[np.intp], times: Array | float = 1.0) -> Data:
        """Some of the rows, their weights multiplied."""

    @abstractmethod
    def columns(self, keep: NDArray[np.intp]) -> Data:
        """Some of the columns, in rising order."""

    @abstractmethod
    def mapped(self, design: Callable[[Array], Array], *, single: bool) -> Data:
        """The same rows after a map of dense rows, kept dense; their products may be wanted in single precision."""

    def single(self) -> Data:
        """The same rows as they are, their products in single precision where that is quicker."""
        return self

    @abstractmethod
    def over(self, X: Array) -> Data:
        """Other features of the same rows."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[None]:
        """Held while sums are taken again and again: prepares threads, files or connections."""


def moments(data: Data) -> Moments:
    """Moments of the columns.

    One pass about a guess is enough, 0 or the mean of a few rows, unless that is many standard deviations off: what
    then cancels is made good by a second pass (Chan, Golub & LeVeque 1983, shifted data algorithm).
    """
    n, p = data.shape
    mean = np.zeros(p) if data.is_whole or data.stored <= FILLED * n * p else _first_guess(data)
    for _ in range(2):
        total, rest, second = _about(data, mean)
        away, mean = rest / total, mean + rest / total
        square, middle = np.maximum(second - rest * away, 0.0), total * mean**2
        if not ((rest * away > CANCELLED * square) & (second > NEAR * middle)).any():
            break
    square[np.isfinite(square) & (square <= CONSTANT * middle)] = 0.0
    return Moments(total, mean, square)


def _first_guess(data: Data) -> Array:
    """The mean of a few rows; a second pass over all of many would cost more."""
    few = data.take(np.linspace(0, data.shape[0] - 1, FEW).astype(np.intp))
    total, first = few.sum(lambda block: (block.weight.sum(), block.X.tdot(block.weight[:, None])[:, 0]))
    return np.asarray(first / total)


def _about(data: Data, centre: Array) -> tuple[float, Array, Array]:
    """Sums of the weights, and the weighted sums of x - centre and its square."""

    def term(block: Block) -> tuple[float, Array, Array]:
        with np.errstate(over="ignore", invalid="ignore"):  # threads have a state of their own
            return block.weight.sum(), *block.X.moments(block.weight, centre)

    total, first, second = data.sum(term)
    return float(total), first, second
