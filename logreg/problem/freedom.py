r"""Effective degrees of freedom of a penalised fit: how many coefficients the data were free to choose.

With S = C sum_i s_i x_i V_i x_i^T the curvature of the losses in the coefficients that are not zero, the intercept
eliminated, and l2 the ridge, they are tr S (S + l2)^-1 (Hastie, Tibshirani & Friedman 2009, eq. 3.50): the same in
every chart. Without a ridge that is the number of coefficients that are not zero (Zou, Hastie & Tibshirani 2007).
Intercepts are not counted.

Where C is so large that the rounding of S is no longer small beside the ridge, there is no such number.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .bend import gauged
from .objective import Point

Array = NDArray[np.float64]

LARGEST = 3000
"""Coefficients up to which their curvature is formed."""

LOST = 0.1
"""Part of the least curvature that rounding may come to."""

EPSILON = float(np.finfo(np.float64).eps)


def degrees_of_freedom(point: Point) -> float:
    """tr S (S + ridge)^-1 at a point; NaN where the coefficients are more than ``LARGEST``, or S is rounding."""
    objective, columns = point.objective, point.objective.chart.columns
    chosen = point.W[:columns] != 0
    count, ridge = int(np.count_nonzero(chosen)), objective.ridge[:columns].T[chosen.T]
    if not ridge.any():
        return float(count)
    if count > LARGEST:
        return float("nan")
    S = curvature(point, chosen)
    M = S + np.diag(ridge)
    # Along a shift of all outputs the losses are flat, and the ridge is all there is.
    least = ridge if objective.loss.shift_invariant else M.diagonal()
    if (rounding(ridge, objective.loss.curvature_bound) > LOST * least).any():
        return float("nan")
    # With a unit diagonal the units of the columns do not matter: tr S (S + l2)^-1 = m - tr l2 (S + l2)^-1.
    size = 1 / np.sqrt(M.diagonal())
    values, vectors = np.linalg.eigh(M * np.multiply.outer(size, size))
    inverse = (vectors**2 / np.maximum(values, count * EPSILON)).sum(axis=1)
    return float((1 - np.clip(ridge * size**2 * inverse, 0.0, 1.0)).sum())


def curvature(point: Point, chosen: NDArray[np.bool_]) -> Array:
    """Hessian of the losses in some coefficients, class by class, the intercept eliminated."""
    entries = np.ones(point.W.shape, dtype=bool)
    entries[: len(chosen)] = chosen
    H = point.loss_hessian(entries)
    if not point.objective.chart.intercept:
        return H
    offsets = np.cumsum(entries.sum(axis=0)) - 1
    slopes = np.delete(np.arange(len(H)), offsets)
    across, own = H[np.ix_(slopes, offsets)], H[np.ix_(offsets, offsets)]
    own = gauged(own) if point.objective.loss.shift_invariant else own
    eliminated: Array = H[np.ix_(slopes, slopes)] - across @ np.linalg.solve(own, across.T)
    return eliminated


def rounding(ridge: Array, curvature_bound: float) -> Array:
    """What may be added to S's diagonal by the rounding of probabilities that are certain.

    In the chart the weighted squares of a column, times the bound on the loss's curvature, and its ridge sum to 1.
    """
    return EPSILON * (1 - ridge) / curvature_bound
