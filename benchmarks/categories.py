"""Columns that stay codes: numbers beside categories, and the matrix that they expand to for whoever needs one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

DENSE = 0.25  # share of entries that are not zero from which rows of zeros and ones are better kept dense


@dataclass(frozen=True)
class Categories:
    """Numeric columns, and one code a row for each categorical column.

    Parameters
    ----------
    numeric : ndarray of shape (n, q), float64
        Numeric columns.
    codes : ndarray of shape (n, c), int32
        A level's number in each categorical column, -1 for none of the levels.
    sizes : sequence of int
        Levels of each categorical column.

    Examples
    --------
    >>> import numpy as np
    >>> table = Categories(np.array([[2.0], [3.0]]), np.array([[1], [-1]], dtype=np.int32), [2])
    >>> table.expand().toarray().tolist()
    [[2.0, 0.0, 1.0], [3.0, 0.0, 0.0]]
    """

    numeric: NDArray[np.float64]
    codes: NDArray[np.int32]
    sizes: Sequence[int]

    def expand(self) -> Any:
        """The numeric columns, then an indicator for every level of every category: CSR."""
        starts = np.cumsum([0, *self.sizes])
        row, column = np.nonzero(self.codes >= 0)
        places = (row, (self.codes + starts[:-1])[row, column])
        levels = sparse.csr_matrix((np.ones(len(row)), places), shape=(len(self.codes), starts[-1]))
        return sparse.hstack([sparse.csr_matrix(self.numeric), levels], format="csr")

    def matrix(self) -> Any:
        """`expand` in the layout that suits its zeros."""
        X = self.expand()
        return X.toarray() if X.nnz >= DENSE * np.prod(X.shape) else X

    def rows(self, keep: NDArray[np.intp]) -> Categories:
        """Some of the rows."""
        return Categories(self.numeric[keep], self.codes[keep], self.sizes)
