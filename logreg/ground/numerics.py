"""Exponentials and logarithms that stay finite and exact at any margin.

Rooms above take them from here, or shift what they exponentiate first.

Arrays of linear predictors are rows x outputs. Row-wise reductions run along memory, because
products come in Fortran order.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

PRODUCT = 32
"""Factors in a product, of a billion each at most: enough to make logarithms cheap, and short of overflow."""

PLAIN = 2.0**-5
"""Mean of logarithms from which those of products have all their digits but six bits: 2**-47 of the sum is rounding."""


def sigmoid(t: ArrayLike) -> Array:
    """1 / (1 + exp(-t)), exact at both ends.

    Parameters
    ----------
    t : array-like
        Margins, of any shape.

    Returns
    -------
    ndarray of float64
        Probabilities; ``sigmoid(-t)`` is the exact complement of ``sigmoid(t)``.

    Examples
    --------
    >>> from logreg import sigmoid
    >>> sigmoid([0.0, 800.0]).tolist()
    [0.5, 1.0]
    >>> float(sigmoid(-40.0))
    4.248354255291589e-18
    """
    t = np.asarray(t, dtype=np.float64)
    small = exp_minus_abs(t)
    return np.where(t >= 0, 1.0, small) / (1.0 + small)


def softmax(eta: ArrayLike) -> Array:
    """exp(eta_k) / sum_l exp(eta_l) along the last axis.

    Parameters
    ----------
    eta : array-like of shape (..., n_classes)
        Linear predictors.

    Returns
    -------
    ndarray of float64
        Probabilities that sum to one along the last axis.

    Examples
    --------
    >>> from logreg import softmax
    >>> softmax([[0.0, 0.0], [1000.0, 0.0]]).tolist()
    [[0.5, 0.5], [1.0, 0.0]]
    """
    eta = np.asarray(eta, dtype=np.float64)
    with np.errstate(over="ignore"):
        small = np.exp(eta - eta.max(axis=-1, keepdims=True))
    small /= small.sum(axis=-1, keepdims=True)
    return small


def both_sides(t: Array) -> Array:
    """Columns sigmoid(-t) and sigmoid(t) of one column t, in Fortran order, from one exponential."""
    t = t.T
    small, right = exp_minus_abs(t), t >= 0
    sides = np.concatenate([np.where(right, small, 1.0), np.where(right, 1.0, small)])
    sides /= 1.0 + small
    return sides.T


def exp_minus_abs(t: Array) -> Array:
    """exp(-|t|), the exponential that never overflows."""
    return np.exp(-np.abs(t))


def log1pexp(t: Array) -> Array:
    """log(1 + exp(t)), to full relative precision.

    >>> float(log1pexp(np.array(-800.0))), float(log1pexp(np.array(800.0)))
    (0.0, 800.0)
    """
    return np.maximum(t, 0.0) + np.log1p(exp_minus_abs(t))


def shifted_exp(eta: Array) -> tuple[Array, Array]:
    """exp(eta - top) and top = max_k eta_k, for rows x outputs."""
    top = eta.max(axis=1)
    with np.errstate(over="ignore"):  # as far below the top as numbers reach, and their exponentials are 0
        small = eta - top[:, None]
    np.exp(small, out=small)
    return small, top


def log_softmax(eta: Array) -> Array:
    """eta_k - log sum_l exp(eta_l) for rows x outputs, to full relative precision.

    Where k is the largest entry the sum of the *others* goes through log1p, so that a
    probability of 1 - 1e-20 has the logarithm -1e-20 and not 0.
    """
    small, top = shifted_exp(eta)
    rows = np.arange(len(eta)), eta.argmax(axis=1)
    small[rows] = 0.0
    return (eta - top[:, None]) - np.log1p(small.sum(axis=1))[:, None]


def sum_log1p(x: Array, weight: Array | None = None) -> float:
    """sum_i s_i log(1 + x_i) for x from 0 to a billion, to full relative precision; s_i = 1 by default.

    A logarithm takes ten times as long as a product, so numbers of equal weight are multiplied first. What 1 + x loses
    of a tiny x shows only where the sum itself is tiny: there each one has its own logarithm.
    """
    if weight is not None:
        return float(weight @ np.log1p(x))
    factors, count = np.add(1.0, x, dtype=np.float64), len(x) // PRODUCT
    products = np.multiply.reduce(factors[: PRODUCT * count].reshape(PRODUCT, count), axis=0)
    total = float(np.log(products).sum() + np.log(factors[PRODUCT * count :]).sum())
    return total if total >= PLAIN * len(x) else float(np.log1p(x).sum(dtype=np.float64))


def log1p_above(t: Array) -> Array:
    """log(1 + t) for t > -1, to full relative precision close to 0; and 0 for t = -1, where it is multiplied by 0."""
    return np.log1p(np.where(t > -1.0, t, 0.0))


def shrink(w: Array, by: Array | float) -> Array:
    """sign(w) max(|w| - by, 0): the proximal map of ``by * |w|``."""
    return np.sign(w) * np.maximum(np.abs(w) - by, 0.0)
