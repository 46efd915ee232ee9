"""An objective over some of the columns: the others' coefficients are held at 0."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..problem.objective import Objective

Array = NDArray[np.float64]
Columns = NDArray[np.intp]


def restrict(objective: Objective, keep: Columns) -> Objective:
    """The objective over the columns ``keep`` (in rising order) and the intercept; itself where that is all of them."""
    chart, rows = objective.chart, parameters(objective, keep)
    if len(keep) == chart.columns:
        return objective
    inner = rows[rows < len(chart.scale)]  # with rows laid out in the chart, the intercept is a column too
    return replace(
        objective,
        data=objective.data.columns(inner),
        chart=replace(chart, shift=chart.shift[inner], scale=chart.scale[inner]),
        penalty=objective.penalty.rows(rows),
    )


def parameters(objective: Objective, keep: Columns) -> Columns:
    """Rows of W that belong to the columns, and to the intercept."""
    return np.append(keep, np.arange(objective.chart.columns, objective.chart.rows))


def embed(objective: Objective, keep: Columns, W: Array) -> Array:
    """The whole W from that of a restriction."""
    whole = np.zeros(objective.shape)
    whole[parameters(objective, keep)] = W
    return whole
