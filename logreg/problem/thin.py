"""Gram matrices of rows of mostly zeros: products of what is stored alone, centred afterwards.

Solvers price Hessians as if rows were dense all the same. On such rows products with a Hessian are cheap as well, and
where more Hessians were formed because they cost less, fits took up to twice as long.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..data.base import Data, Matrix
from .chart import Chart

Array = NDArray[np.float64]
Places = NDArray[np.intp]

DEAR = 120
"""Multiplications of a product of dense matrices that take as long as one of stored numbers ..."""

CALLS = 1 << 22
"""... and as the calls of which such a product consists, for each pair of outputs."""


def is_thin(chart: Chart, X: Matrix | Data, size: int, outputs: int = 1) -> bool:
    """Whether a Hessian over so many parameters is had sooner from what is stored, and may be centred afterwards.

    To centre afterwards costs the digits by which a mean exceeds a column's spread: none where most of it is zeros.
    """
    n, p = X.shape
    dense = n * float(size) ** 2
    return CALLS * outputs**2 + DEAR * (X.stored / max(n * p, 1)) ** 2 * dense < dense and chart.is_near


def thin_gram(chart: Chart, X: Matrix, roots: Array, sets: Sequence[Places]) -> Array:
    """G' G, where G has some columns of the rows in the chart for each set, each row times the set's root.

    A slope's column of G is one of the stored S over its scale, less so many times the root as its mean over its scale;
    the intercept's is a multiple of the root. So S' S and the products of S with the roots are all that is read.

    Parameters
    ----------
    chart : Chart
        Where the rows are looked at.
    X : Matrix of shape (n, p)
        Rows of mostly zeros.
    roots : ndarray of shape (n, k)
        Factors of the rows, for each set.
    sets : k arrays
        Rows of W, in rising order.

    Returns
    -------
    ndarray of shape (m, m)
        m is the size of all sets.
    """
    slopes, totals = [chosen[chosen < chart.columns] for chosen in sets], roots.T @ roots
    gram, across = X.gram(roots, slopes)
    columns, owner = np.concatenate(slopes), np.repeat(np.arange(len(sets)), [len(inner) for inner in slopes])
    scale = chart.scale[columns, None]
    off = chart.shift[columns, None] / scale
    across /= scale
    centred = off * totals[owner]
    half = (across - centred / 2)[:, owner] * off.T
    gram /= scale
    gram /= scale.T
    gram -= half
    gram -= half.T
    kept = np.concatenate([chosen < chart.columns for chosen in sets])
    if kept.all():
        return gram
    free = np.flatnonzero([len(inner) < len(chosen) for inner, chosen in zip(slopes, sets, strict=True)])
    whole = np.empty((len(kept), len(kept)))
    whole[np.ix_(kept, kept)] = gram
    whole[np.ix_(kept, ~kept)] = (across - centred)[:, free] / chart.unit
    whole[np.ix_(~kept, kept)] = whole[np.ix_(kept, ~kept)].T
    whole[np.ix_(~kept, ~kept)] = totals[np.ix_(free, free)] / chart.unit**2
    return whole
