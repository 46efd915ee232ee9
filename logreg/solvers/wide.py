"""Problems with more columns than rows: their minimiser lies in the span of the rows, so n numbers say it all.

With a ridge r_j on every slope and Z the rows in the chart, W_j = sum_i Z_ij A_i / r_j at the optimum (the representer
theorem: Kimeldorf & Wahba 1971). With K = Z diag(1/r) Z' = U S U', the rows U sqrt(S) and a ridge of 1 pose the same
problem in as many columns as there are rows. Squaring Z costs half the digits: what is found is a start, which
the solver finishes on the columns themselves.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..problem.chart import Laid
from ..problem.objective import Objective
from ..problem.penalties import l2

Array = NDArray[np.float64]

LARGEST = 1 << 25
"""Numbers up to which the rows are laid out in the chart: 256 MB."""

TALLEST = 3000
"""Rows up to which their products with one another are decomposed."""

DENSE = 0.2
"""Part of X that is stored, at least: rows of mostly zeros are better left as they are."""

VANISHING = 1e-14
"""Part of the largest eigenvalue below which others are rounding."""


def is_wide(objective: Objective) -> bool:
    """Whether the n x n side is the cheaper one."""
    n, p = objective.data.shape
    return (
        n <= min(p, TALLEST)
        and DENSE * n * p <= objective.data.stored
        and n * p <= LARGEST
        and not objective.free[: objective.chart.columns].any()
    )


class Narrow:
    """The same problem in at most as many columns as there are rows.

    Parameters
    ----------
    whole : Objective
        The problem, with a ridge on every slope.
    """

    def __init__(self, whole: Objective) -> None:
        chart = whole.chart
        Z = whole.data.each(lambda block: chart.design(block.X.dense()))
        beside = Z[:, chart.columns :]
        self.stiff = np.sqrt(whole.ridge[: chart.columns, :1])
        self.rows = Z[:, : chart.columns] / self.stiff.T
        values, vectors = np.linalg.eigh(self.rows @ self.rows.T)  # half a product, where both sides are the same array
        kept = values > VANISHING * values[-1]
        self.roots, self.vectors = np.sqrt(values[kept]), vectors[:, kept]
        inner = self.vectors * self.roots
        weights = whole.data.each(lambda block: block.weight)
        # As in any chart, no diagonal entry of the Hessian exceeds 1.
        self.scale = np.sqrt(whole.C * whole.loss.curvature_bound * (weights @ inner**2) + 1.0)
        features = np.hstack([inner / self.scale, beside])
        width = features.shape[1]
        ridge = np.concatenate([self.scale**-2, np.zeros(beside.shape[1])])[:, None]
        narrow = Laid(np.zeros(width), np.ones(width), chart.unit, chart.intercept, chart.total)
        self.objective = replace(whole, data=whole.data.over(features), chart=narrow, penalty=l2(ridge))

    def back(self, W: Array) -> Array:
        """The parameters of the whole problem that W stands for."""
        inner, beside = W[: len(self.roots)], W[len(self.roots) :]
        rows = self.vectors @ (inner / (self.roots * self.scale)[:, None])
        return np.vstack([self.rows.T @ rows / self.stiff, beside])
