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

SMALL = 1 << 18
"""Multiplications below which OpenBLAS takes one thread by itself, so that nobody has to hold it to one."""

BLOCK = 1 << 20
"""Numbers of X, and of what comes out, that a block holds."""


def linear_predictor(X: Any, coef: Any, intercept: Array) -> Array:
    """X @ coef.T + intercept: (n, outputs); X and coef are dense or sparse."""
    eta = X @ coef.T if sparse.issparse(X) else _product(np.asarray(X), coef)
    eta = np.asarray(eta.toarray() if sparse.issparse(eta) else eta, dtype=np.float64)
    eta += intercept
    return eta


def _product(X: NDArray[Any], coef: Any) -> Any:
    """X @ coef.T as a product of transposes, which comes in Fortran order."""
    # Cast before it is turned: the product itself would cast the transpose, against the order of memory.
    return (coef @ X.astype(np.result_type(X.dtype, coef.dtype), copy=False).T).T


def finite_predictor(X: Any, coef: Array, intercept: Array) -> Array:
    """The linear predictor, or FloatingPointError if X has a NaN or infinity, or a product overflows.

    No coefficient hides what is not finite in X: 0 * inf is NaN, and so is inf - inf.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        eta = linear_predictor(X, coef, intercept)
    if not np.isfinite(eta).all():
        raise FloatingPointError
    return eta


# In Fortran order row-wise sums and maxima run along memory: dense products come in it, sparse ones are put into it.


def probabilities(eta: Array) -> Array:
    """Class probabilities (n, classes) of linear predictors: two columns from one, else softmax."""
    return both_sides(eta) if eta.shape[1] == 1 else softmax(np.asfortranarray(eta))


def log_probabilities(eta: Array) -> Array:
    """Their logarithms, exact where a probability rounds to 0 or 1."""
    return -log1pexp(np.hstack([eta, -eta])) if eta.shape[1] == 1 else log_softmax(np.asfortranarray(eta))


def by_blocks(function: Callable[[Array], Array], X: NDArray[Any], outputs: int, threads: int | None = None) -> Array:
    """function(X), rows by columns, computed a block of rows at a time where X and its outputs are large."""
    n, width = X.shape
    if n == 1 or n * width * outputs < SMALL:
        return function(X)
    count = min(n, -(-n * (width + outputs) // BLOCK))
    cuts = [n * i // count for i in range(count + 1)]
    out = np.empty((n, function(X[:1]).shape[1]), order="F")

    def fill(rows: tuple[int, int]) -> None:
        out[slice(*rows)] = function(X[slice(*rows)])

    with blas_on_one_thread():
        map_blocks(fill, list(pairwise(cuts)), workers(threads))
    return out
