"""Linear predictors and probabilities of new rows, at the speed at which memory is read."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from .ground.numerics import both_sides, log1pexp, log_softmax, softmax
from .ground.parallel import blas_on_one_thread, map_blocks, workers

Array = NDArray[np.float64]

SMALL = 1 << 16
"""Numbers in X below which a single product is fastest."""

BLOCK = 1 << 17
"""Numbers of X, and of what comes out, that a block holds."""


def linear_predictor(X: Any, coef: Any, intercept: Array) -> Array:
    """X @ coef.T + intercept: (n, outputs); X and coef are dense or sparse."""
    # A product of transposes comes in Fortran order, in which row-wise sums and maxima run along memory.
    eta = (coef @ X.T).T
    return np.asarray(eta.toarray() if sparse.issparse(eta) else eta, dtype=np.float64) + intercept


def probabilities(eta: Array) -> Array:
    """Class probabilities (n, classes) of linear predictors: two columns from one, else softmax."""
    return both_sides(eta) if eta.shape[1] == 1 else softmax(eta)


def log_probabilities(eta: Array) -> Array:
    """Their logarithms, exact where a probability rounds to 0 or 1."""
    return -log1pexp(np.hstack([eta, -eta])) if eta.shape[1] == 1 else log_softmax(eta)


def by_blocks(function: Callable[[Any], Array], X: Any, outputs: int, threads: int | None = None) -> Array:
    """function(X), rows by columns, computed a block of rows at a time where X and its outputs are large."""
    n, width = X.shape[0], X.shape[1] + outputs
    if n * width < SMALL:
        return function(X)
    count = -(-n * width // BLOCK)
    cuts = [n * i // count for i in range(count + 1)]
    threads = workers(threads)
    with blas_on_one_thread():
        first = function(X[: cuts[1]])
        out = np.empty((n, first.shape[1]))
        out[: cuts[1]] = first

        def fill(rows: tuple[int, int]) -> None:
            out[slice(*rows)] = function(X[slice(*rows)])

        map_blocks(fill, list(pairwise(cuts[1:])), threads)
    return out
