"""The same function of W over the same rows, stored otherwise: laid out in the chart, or in single precision."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .chart import Laid
from .objective import Objective, Point

COPIED = 1 << 24
"""Numbers up to which all rows are laid out: 64 MB in single precision."""

DENSE = 0.05
"""Part of the entries that is stored, at least: rows of mostly zeros are better left as they are."""

MANY = 8
"""Outputs from which single precision saves more than the copy costs."""


def laid(objective: Objective, most: float, *, single: bool = False) -> Objective:
    """The same function of W over rows laid out in the chart, if those are at most so many numbers.

    A pass or a Hessian then has nothing left to do but products, if wanted in single precision.
    """
    data, chart = objective.data, objective.chart
    if data.shape[0] * chart.rows > most:
        return objective
    return replace(objective, data=data.mapped(chart.design, single=single), chart=Laid.of(chart))


def worth(objective: Objective, numbers: int) -> float:
    """So many numbers, or as many as rows of mostly zeros are worth to be laid out."""
    return min(numbers, objective.data.stored / DENSE)


def single(objective: Objective) -> Objective:
    """The same function of W in single precision, where its sums are safe in that and quicker; else itself."""
    if objective.outputs < MANY:
        return objective
    dense = laid(objective, worth(objective, COPIED), single=True)
    if dense is not objective:
        return replace(dense, exact=objective)
    data = objective.data.single() if objective.chart.is_tame else objective.data
    return objective if data is objective.data else replace(objective, data=data, exact=objective)


def rounded(point: Point) -> Point:
    """The same W in single precision, where that is quicker."""
    rough = single(point.objective)
    return point if rough.exact is None else rough.at(point.W.astype(np.float32))
