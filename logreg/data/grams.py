"""Products of the columns of a sparse matrix with one another, which its zeros have no part in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .base import Array


def gram(X: Any, roots: Array, sets: Sequence[NDArray[np.intp]]) -> tuple[Array, Array]:
    """``S.T @ S`` and ``S.T @ roots`` for a matrix in compressed rows, as ``Matrix.gram`` has them."""
    scaled = [_times(_some(X, chosen), root) for chosen, root in zip(sets, roots.T, strict=True)]
    S = scaled[0] if len(scaled) == 1 else sparse.hstack(scaled, "csr")
    turned = S.T
    return (turned.tocsr() @ S).toarray(), turned @ roots


def compressed(values: Array, columns: NDArray[np.intp], width: int) -> Any:
    """The sparse matrix of so many columns with these values in each row, in rising columns; -1 is none."""
    present = columns >= 0
    ends = np.append(0, present.sum(axis=1).cumsum())
    return sparse.csr_array((values[present], columns[present], ends), shape=(len(values), width))


def _some(X: Any, keep: NDArray[np.intp]) -> Any:
    """Some of the columns, in rising order."""
    return X if len(keep) == X.shape[1] else X[:, keep]


def _times(X: Any, root: Array) -> Any:
    """Each row times a number."""
    return sparse.csr_array((X.data * np.repeat(root, np.diff(X.indptr)), X.indices, X.indptr), shape=X.shape)
