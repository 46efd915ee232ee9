"""Folds: rows to train on and rows to test on, and the paths of fits on the rows to train on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .data.arrays import Arrays
from .data.base import Matrix
from .fit import Fit
from .following import follow
from .grid import null_model, null_shares
from .lockstep import follow_all, suits
from .options import Options
from .problem.certificate import Certificate
from .problem.losses import Loss
from .solvers.base import Record, Status

Array = NDArray[np.float64]
Indices = NDArray[np.intp]
Fold = tuple[Indices, Indices]

NEVER = float(np.log(np.finfo(np.float64).eps))
"""Log-odds of a class that a fold's training rows lack: its probability is the least that scores tell from 0."""


class Rows(NamedTuple):
    """Rows to be fitted and scored: ``weight`` counts in the fits, ``importance`` in the scores."""

    X: Matrix
    y: NDArray[np.integer[Any]]
    weight: Array
    importance: Array
    workers: int | None = None


def together(
    rows: Rows, folds: Sequence[Fold], n_classes: int, loss: Loss, Cs: Array, options: Options
) -> dict[int, list[Fit]]:
    """The paths of all folds by their number, where small problems with all classes can be solved at once; or none."""
    if not suits(rows.X, loss, n_classes, Cs, options):
        return {}
    weight = np.stack([np.bincount(train, rows.weight[train], len(rows.y)) for train, _ in folds])
    shares = weight @ (rows.y[:, None] == np.arange(n_classes))
    if not (shares > 0).all():
        return {}
    data = [Arrays(rows.X, rows.y, part) for part in weight]
    shares = shares if options.fit_intercept else np.ones_like(shares)
    starts = [null_model(rows.X.shape[1], share / share.sum(), loss) for share in shares]
    paths = follow_all(data, rows.X, rows.y, weight, n_classes, Cs, options, loss=loss, starts=starts)
    return dict(enumerate(paths))


def fold_fits(rows: Rows, train: Indices, n_classes: int, loss: Loss, Cs: Array, options: Options) -> list[Fit]:
    """The path on the training rows; a class that they lack is left out of it, and has next to no probability.

    That is what an intercept would make of it, in the end. Without one its best coefficients are finite.
    """
    train = train[rows.weight[train] > 0]
    present, codes = np.unique(rows.y[train], return_inverse=True)
    if not options.fit_intercept:
        present, codes = np.arange(n_classes), rows.y[train]
    if len(present) == 1:
        return [constant(int(present[0]), loss.outputs(n_classes), rows.X.shape[1])] * len(Cs)
    data = Arrays(rows.X.rows(train), codes, rows.weight[train], workers=rows.workers)
    start = null_model(data.shape[1], null_shares(data, len(present), options.fit_intercept), loss)
    fits = follow(data, len(present), Cs, options, loss=loss, start=start)
    return fits if len(present) == n_classes else [spread(one, present, n_classes) for one in fits]


def spread(one: Fit, present: NDArray[np.integer[Any]], n_classes: int) -> Fit:
    """A fit of some of the classes as one of all of them."""
    coef = np.zeros((n_classes, one.coef.shape[1]))
    intercept = np.full(n_classes, NEVER)
    coef[present], intercept[present] = one.coef, one.intercept
    return replace(one, coef=coef, intercept=intercept)


def constant(only: int, outputs: int, n_features: int) -> Fit:
    """What can be learned from a single class."""
    odds = np.where(np.arange(outputs) == only, 0.0, NEVER)
    intercept = odds if outputs > 1 else np.array([-NEVER if only else NEVER])
    return Fit(
        np.zeros((outputs, n_features)),
        intercept,
        Certificate(0.0, 0.0),
        [Record(0.0, 0.0, 0.0)],
        Status.CONVERGED,
        "none",
        "the training rows of this fold hold one class only",
    )
