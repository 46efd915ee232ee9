"""The contracts of the data floor: a matrix is rows that can be multiplied, a data set is rows that can be summed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Rows = slice | NDArray[np.integer[Any]]


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
        """The rows as a float64 array: only ever called on a few rows at a time."""

    @abstractmethod
    def rows(self, keep: Rows) -> Self:
        """Some of the rows: a view for a slice, a copy for indices."""

    def single(self) -> Matrix:
        """The same rows with products in single precision, where that is quicker."""
        return self

    @property
    @abstractmethod
    def stored(self) -> int:
        """How many numbers one product reads."""


class Block(NamedTuple):
    """Some consecutive rows: features (b, p), targets (b,) or (b, k), weights (b,), and their place among all rows."""

    X: Matrix
    y: NDArray[Any]
    weight: Array
    at: slice


Term = Callable[[Block], tuple[Any, ...]]
Score = Callable[[Block], Array]


class Data(ABC):
    """Rows that can be read again and again; ``sum`` is the only place where X is read."""

    shape: tuple[int, int]
    names: Sequence[str] | None = None

    @property
    @abstractmethod
    def stored(self) -> int:
        """How many numbers a pass reads."""

    @abstractmethod
    def sum(self, term: Term) -> tuple[Any, ...]:
        """Add ``term(block)`` over all blocks, component by component.

        A term must return arrays of its own: they are summed in place.
        """

    @abstractmethod
    def each(self, score: Score) -> Array:
        """score(block) of all rows, in order."""

    @abstractmethod
    def take(self, rows: NDArray[np.intp], times: Array | float = 1.0) -> Data:
        """Some of the rows, their weights multiplied."""

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
