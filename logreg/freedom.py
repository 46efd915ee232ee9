r"""Effective degrees of freedom of a penalised fit: how many coefficients the data were free to choose.

With S = C sum_i s_i x_i V_i x_i^T the curvature of the losses in the coefficients that are not zero, the intercept
eliminated, and l2 the ridge, they are tr S (S + l2)^-1 (Hastie, Tibshirani & Friedman 2009, eq. 3.50). Without a ridge
that is the number of coefficients that are not zero (Zou, Hastie & Tibshirani 2007). Intercepts are not counted.

Where C is so large that the rounding of S is no longer small beside the ridge, there is no such number.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .data.base import Block, Data
from .problem.bend import gauged
from .problem.losses import Loss

Array = NDArray[np.float64]

LARGEST = 3000
"""Coefficients up to which their curvature is formed."""

LOST = 0.1
"""Part of the least curvature that rounding may come to."""

EPSILON = float(np.finfo(np.float64).eps)

CHUNK = 1 << 18
"""Numbers of X that are made dense at a time."""


def degrees_of_freedom(
    data: Data, loss: Loss, coef: Array, intercept: Array, *, C: float, ridge: float, fit_intercept: bool
) -> float:
    """tr S (S + ridge)^-1 at the given coefficients; NaN where they are more than ``LARGEST``, or S is rounding.

    Parameters
    ----------
    data : Data
        The rows that were fitted.
    loss : Loss
        The loss.
    coef, intercept : ndarray of shape (outputs, p) and (outputs,)
        The fit.
    C : float
        Weight of the losses; infinity where there is no penalty.
    ridge : float
        Strength of the L2 part.
    fit_intercept : bool
        Whether there is an intercept.
    """
    chosen = coef != 0
    count = int(chosen.sum())
    if ridge == 0 or np.isinf(C) or count == 0:
        return float(count)
    if count > LARGEST:
        return float("nan")
    S, rounding = curvature(data, loss, coef, intercept, fit_intercept)
    M = C * S
    M.flat[:: count + 1] += ridge
    # Along a shift of all outputs the losses are flat, and the ridge is all there is.
    least = ridge if loss.shift_invariant else M.diagonal()
    if (C * rounding > LOST * least).any():
        return float("nan")
    # With a unit diagonal the units of the columns do not matter: tr S (S + l2)^-1 = m - l2 tr (S + l2)^-1.
    size = 1 / np.sqrt(M.diagonal())
    values, vectors = np.linalg.eigh(M * np.multiply.outer(size, size))
    inverse = (vectors**2 / np.maximum(values, count * EPSILON)).sum(axis=1)
    return float((1 - np.clip(ridge * size**2 * inverse, 0.0, 1.0)).sum())


def curvature(data: Data, loss: Loss, coef: Array, intercept: Array, fit_intercept: bool) -> tuple[Array, Array]:
    """Hessian of the losses in the coefficients that are not zero, class by class, the intercept eliminated.

    Also what rounding may add to its diagonal: probabilities have it where they are certain.
    """
    columns = np.flatnonzero((coef != 0).any(axis=0))
    centre = mean(data, columns) if fit_intercept else np.zeros(len(columns))
    k, m = len(coef), len(columns) + 1

    def term(block: Block) -> tuple[Array, Array]:
        a, u = loss.curvature(block.X.dot(coef.T) + intercept)
        H, squares = np.zeros((k * m, k * m)), np.zeros(m)
        for at, rows in designs(block, columns, centre, k):
            weight = block.weight[at]
            squares += weight @ (rows * rows)
            for c in range(k):
                own = slice(c * m, (c + 1) * m)
                H[own, own] += rows.T @ (rows * (weight * a[at, c])[:, None])
            if u is not None:
                tensor = ((u[at] * np.sqrt(weight)[:, None])[:, :, None] * rows[:, None, :]).reshape(len(rows), -1)
                H -= tensor.T @ tensor
        return H, squares

    H, squares = data.sum(term)
    slopes = np.flatnonzero(np.hstack([coef[:, columns] != 0, np.zeros((k, 1), dtype=bool)]))
    H_slopes, rounding = H[np.ix_(slopes, slopes)], EPSILON * np.tile(squares, k)[slopes]
    if not fit_intercept:
        return H_slopes, rounding
    offsets = np.arange(m - 1, k * m, m)
    across, own = H[np.ix_(slopes, offsets)], H[np.ix_(offsets, offsets)]
    own = gauged(own) if loss.shift_invariant else own
    return H_slopes - across @ np.linalg.solve(own, across.T), rounding


def mean(data: Data, columns: NDArray[np.intp]) -> Array:
    """Weighted means of some columns."""
    total, sums = data.sum(lambda block: (block.weight.sum(), block.X.tdot(block.weight[:, None])[columns, 0]))
    return np.asarray(sums / total)


def designs(block: Block, columns: NDArray[np.intp], centre: Array, outputs: int) -> Iterator[tuple[slice, Array]]:
    """Some columns of a block's rows, centred, and a column of ones, so few rows at a time that they fit the cache."""
    n = block.X.shape[0]
    count = max(1, CHUNK // max(block.X.shape[1], outputs * len(columns)))
    for start in range(0, n, count):
        at = slice(start, min(start + count, n))
        rows = block.X.rows(at).dense()[:, columns] - centre
        yield at, np.hstack([rows, np.ones((len(rows), 1))])
