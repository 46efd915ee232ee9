"""An objective over some of the columns: the others' coefficients are held at 0."""

from __future__ import annotations

from dataclasses import replace
from functools import singledispatch
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..data.arrays import Arrays, Dense, Sparse, outputs_of
from ..data.base import Data, Matrix
from ..data.codes import Coded
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
        data=narrow(objective.data, inner),
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


@singledispatch
def columns(X: Matrix, keep: Columns, outputs: int) -> Matrix:
    """Some of the columns, in rising order, for products with so many vectors."""
    raise NotImplementedError(f"columns of a {type(X).__name__}")


@columns.register
def _(X: Dense, keep: Columns, outputs: int) -> Matrix:
    return type(X)(np.take(X.X, keep, axis=1))


@columns.register
def _(X: Sparse, keep: Columns, outputs: int) -> Matrix:
    chosen = X.columns(keep)
    return chosen if outputs == 1 else chosen.by_rows


@columns.register
def _(X: Coded, keep: Columns, outputs: int) -> Matrix:
    """Levels that are left out become code -1, none of the levels."""
    starts = X.starts
    q = starts[0]
    levels = [keep[(keep >= a) & (keep < b)] - a for a, b in pairwise(starts)]
    codes = [_renumbered(old, inner, size) for old, inner, size in zip(X.codes.T, levels, X.sizes, strict=True)]
    stacked = np.column_stack(codes) if codes else X.codes
    return Coded(np.take(X.numeric, keep[keep < q], axis=1), stacked, [len(inner) for inner in levels])


def _renumbered(codes: NDArray[np.int32], levels: Columns, size: int) -> NDArray[np.int32]:
    """Codes of the levels that are kept, and -1 for the others; the last entry stands for -1 itself."""
    new = np.full(size + 1, -1, dtype=np.int32)
    new[levels] = np.arange(len(levels))
    return new[codes]


@singledispatch
def narrow(data: Data, keep: Columns) -> Data:
    """Some of the columns of data."""
    raise NotImplementedError(f"columns of {type(data).__name__}")


@narrow.register
def _(data: Arrays, keep: Columns) -> Data:
    return Arrays(columns(data.X, keep, outputs_of(data.y)), data.y, data.weight, workers=data.wanted)
