"""Grids of C, the smallest at which anything is selected, and the model without columns from which paths begin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .data.base import Block, Data
from .errors import DataError, OptionError
from .fit import Start, pose
from .options import Options
from .problem.chart import NOTHING
from .problem.losses import Loss, class_totals

Array = NDArray[np.float64]
Grid = int | Sequence[float] | NDArray[Any]

RIDGE_GRID = (1e-4, 1e4)
"""Where a grid begins and ends without an L1 part, when no C is special: as in scikit-learn."""

TALL, WIDE = 1e-4, 1e-2
"""Smallest over largest C of a grid, for more rows than columns and for fewer (Friedman, Hastie & Tibshirani 2010)."""


def grid(data: Data, shares: Array, loss: Loss, Cs: Grid, options: Options, eps: float | None) -> Array:
    """The Cs themselves, or so many in geometric progression from the smallest that selects anything.

    Raises
    ------
    OptionError
        For a number below one, for strengths that are not positive, and for an eps that is no part of 1.
    """
    n, p = data.shape
    span = (TALL if n > p else WIDE) if eps is None else eps
    if not 0 < span < 1:
        raise OptionError(f"eps is {span}; expected a number between 0 and 1, the smallest C over the largest")
    if options.l1_ratio == 0 or not isinstance(Cs, int | np.integer):
        return strengths(Cs)
    first = smallest(data, shares, loss, options)
    return np.geomspace(first, first / span, count(Cs))


def strengths(Cs: int | ArrayLike) -> Array:
    """Positive numbers, checked, or so many in geometric progression from 1e-4 to 1e4."""
    if isinstance(Cs, int | np.integer):
        return np.geomspace(*RIDGE_GRID, count(Cs))
    try:
        found = np.array(Cs, dtype=np.float64)
    except (TypeError, ValueError):
        found = np.zeros(0)
    if found.ndim != 1 or not len(found) or not (found > 0).all():
        raise OptionError(f"Cs is {Cs!r:.60}; expected positive numbers in one dimension, or how many there shall be")
    return found


def count(Cs: int | np.integer[Any]) -> int:
    """How many strengths there shall be."""
    if Cs < 1:
        raise OptionError(f"Cs is {Cs}; expected a number of strengths, at least 1, or the strengths themselves")
    return int(Cs)


def smallest(data: Data, shares: Array, loss: Loss, options: Options) -> float:
    """The largest C at which no coefficient is selected: l1_ratio / max |gradient of the losses there|, of any block.

    Raises
    ------
    DataError
        Where no column has anything to say at any C.
    """
    chart = pose(data, loss, len(shares), options.penalty(1.0), 1.0, options.fit_intercept).chart
    _, intercept = null_model(data.shape[1], shares, loss)

    def term(block: Block) -> tuple[Array, Array]:
        _, away = loss.value_grad(block.y, np.tile(intercept, (len(block.y), 1)))
        away *= block.weight[:, None]
        return block.X.tdot(away), away.sum(axis=0)

    by_slope, by_offset = data.sum(term)
    varies = (chart.scale != NOTHING)[:, None]
    needed = options.penalty(1.0).needed(np.where(varies, by_slope - np.multiply.outer(chart.shift, by_offset), 0.0))
    if needed == 0:
        raise DataError("no column tells the classes apart: nothing is selected at any C")
    return 1 / needed


def null_shares(data: Data, n_classes: int, fit_intercept: bool) -> Array:
    """Probabilities of the classes by the model without columns: their frequencies, or all the same."""
    if not fit_intercept:
        return np.full(n_classes, 1 / n_classes)
    (totals,) = data.sum(lambda block: (class_totals(block.y, block.weight, n_classes),))
    return np.asarray(totals / totals.sum())


def null_model(columns: int, shares: Array, loss: Loss) -> Start:
    """No coefficients, and the intercepts that give the classes their shares."""
    k = loss.outputs(len(shares))
    return np.zeros((k, columns)), loss.constant((1 / len(shares) - shares)[-k:])


def null_loss(data: Data, shares: Array) -> float:
    """Weighted sum of -log of the true class's share."""
    (totals,) = data.sum(lambda block: (class_totals(block.y, block.weight, len(shares)),))
    return -float(totals @ np.log(shares, where=shares > 0, out=np.zeros_like(shares)))
