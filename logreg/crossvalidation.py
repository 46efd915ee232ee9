"""Cross-validation: a path on every fold's training rows, scored on its test rows, and the strength to choose."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from . import evaluation
from .data.arrays import Arrays
from .data.base import Matrix
from .errors import DataError
from .fit import Fit
from .lockstep import follow_all, suits
from .path import follow, null_model, null_shares
from .prediction import probabilities
from .problem.certificate import Certificate
from .problem.losses import Loss
from .solvers.base import Record, Status

Array = NDArray[np.float64]
Indices = NDArray[np.intp]
Fold = tuple[Indices, Indices]

RULES = ("best", "one-standard-error")
"""How to choose from the scores."""

NEVER = float(np.log(np.finfo(np.float64).eps))
"""Log-odds of a class that a fold's training rows lack: its probability is the least that scores tell from 0."""


class Rows(NamedTuple):
    """Rows to be fitted and scored: ``weight`` counts in the fits, ``importance`` in the scores."""

    X: Matrix
    y: NDArray[np.integer[Any]]
    weight: Array
    importance: Array
    workers: int | None = None


Score = Callable[[Sequence[Fit], Rows, Indices], Array]
"""The score of each fit on some of the rows; greater is better."""

Run = Callable[[Callable[[Any], Any], Sequence[Any]], Iterable[Any]]
"""A way to apply a function to each of several items, such as ``map``."""


@dataclass(frozen=True)
class Curve:
    """Scores for each fold, each l1_ratio and each C, and the place to choose.

    Parameters
    ----------
    Cs : ndarray of shape (n_cs,)
        Strengths that were tried.
    l1_ratios : ndarray of shape (n_l1_ratios,)
        Shares of the L1 part that were tried.
    scores : ndarray of shape (n_folds, n_l1_ratios, n_cs)
        Scores on the test rows; greater is better.

    Examples
    --------
    >>> import numpy as np
    >>> from logreg.crossvalidation import Curve
    >>> scores = np.array([[[-3.0, -2.0, -1.0]], [[-3.0, -1.0, -1.9]]])
    >>> curve = Curve(np.array([0.1, 1.0, 10.0]), np.array([0.0]), scores)
    >>> curve.choose("best"), curve.choose("one-standard-error")
    ((0, 2), (0, 1))
    """

    Cs: Array
    l1_ratios: Array
    scores: Array

    @property
    def mean(self) -> Array:
        """Mean score over the folds: (n_l1_ratios, n_cs)."""
        return np.asarray(self.scores.mean(axis=0))

    @property
    def standard_error(self) -> Array:
        """Standard error of the mean score: (n_l1_ratios, n_cs); 0 for a single fold, which shows none."""
        n = len(self.scores)
        return np.asarray(self.scores.std(axis=0) / np.sqrt(max(n - 1, 1)))

    def choose(self, rule: str) -> tuple[int, int]:
        """Places of the l1_ratio and of the C to take.

        "best" is the highest mean score; "one-standard-error" the smallest C, at the same l1_ratio, whose mean score
        is within one standard error of it (Breiman, Friedman, Olshen & Stone 1984, 3.4.3).
        """
        ratio, at = highest(self.mean)
        if rule == "best":
            return ratio, at
        near = self.mean[ratio] >= self.mean[ratio, at] - self.standard_error[ratio, at]
        near[at] = True
        return ratio, int(np.argmin(np.where(near, self.Cs, np.inf)))


Paths = tuple[tuple[tuple[Fit, ...], ...], ...]
"""Fits by fold, l1_ratio and C."""


def highest(scores: Array) -> tuple[int, int]:
    """Place of the first of the highest scores; one that is no number is the lowest."""
    row, column = np.unravel_index(int(np.argmax(np.nan_to_num(scores, nan=-np.inf))), scores.shape)
    return int(row), int(column)


def cross_validate(
    rows: Rows,
    folds: Sequence[Fold],
    n_classes: int,
    loss: Loss,
    *,
    Cs: Array,
    l1_ratios: Array,
    score: Score,
    run: Run = map,
    **options: Any,
) -> tuple[Curve, Paths]:
    """Fit and score every fold along every path.

    Parameters
    ----------
    rows : Rows
        All rows.
    folds : sequence of pairs of index arrays
        Training rows and test rows.
    n_classes : int
        Number of classes.
    loss : Loss
        The loss.
    Cs, l1_ratios : ndarray
        What is tried.
    score : callable
        ``score(fits, rows, test)``, one number a fit.
    run : callable
        ``map``, or something like it that runs in parallel.
    **options
        As in ``logreg.fit.fit``.

    Returns
    -------
    curve : Curve
        The scores.
    paths : tuple of tuples of tuples of Fit
        The fits, by fold, l1_ratio and C.
    """
    known = {
        ratio: together(rows, folds, n_classes, loss, Cs, {**options, "l1_ratio": ratio})
        for ratio in l1_ratios.tolist()
    }
    tasks = [(fold, ratio, known[ratio].get(at)) for at, fold in enumerate(folds) for ratio in known]
    outcomes = list(run(partial(attempt, rows, n_classes, loss, Cs, score, options), tasks))
    shape = len(folds), len(l1_ratios), len(Cs)
    paths = [tuple(fits) for fits, _ in outcomes]
    by_fold = tuple(tuple(paths[at : at + shape[1]]) for at in range(0, len(paths), shape[1]))
    return Curve(Cs, l1_ratios, np.array([found for _, found in outcomes]).reshape(shape)), by_fold


def attempt(
    rows: Rows,
    n_classes: int,
    loss: Loss,
    Cs: Array,
    score: Score,
    options: dict[str, Any],
    task: tuple[Fold, float, list[Fit] | None],
) -> tuple[list[Fit], Array]:
    """One fold along one path: its fits, unless they are known, and their scores."""
    (train, test), l1_ratio, known = task
    fits = known or fold_fits(rows, train, n_classes, loss, Cs, {**options, "l1_ratio": l1_ratio})
    return fits, score(fits, rows, test)


def together(
    rows: Rows, folds: Sequence[Fold], n_classes: int, loss: Loss, Cs: Array, options: dict[str, Any]
) -> dict[int, list[Fit]]:
    """The paths of all folds by their number, where small problems with all classes can be solved at once; or none."""
    if not suits(rows.X, loss, n_classes, Cs, options):
        return {}
    weight = np.stack([np.bincount(train, rows.weight[train], len(rows.y)) for train, _ in folds])
    shares = weight @ (rows.y[:, None] == np.arange(n_classes))
    if not (shares > 0).all():
        return {}
    data = [Arrays(rows.X, rows.y, part) for part in weight]
    shares = shares if options["fit_intercept"] else np.ones_like(shares)
    starts = [null_model(part, share / share.sum(), loss) for part, share in zip(data, shares, strict=True)]
    paths = follow_all(data, rows.X, rows.y, weight, n_classes, Cs, starts, loss=loss, **options)
    return dict(enumerate(paths))


def fold_fits(rows: Rows, train: Indices, n_classes: int, loss: Loss, Cs: Array, options: dict[str, Any]) -> list[Fit]:
    """The path on the training rows; a class that they lack is left out of it, and has next to no probability."""
    train = train[rows.weight[train] > 0]
    present, codes = np.unique(rows.y[train], return_inverse=True)
    if len(present) == 1:
        return [constant(int(present[0]), loss.outputs(n_classes), rows.X.shape[1])] * len(Cs)
    data = Arrays(rows.X.rows(train), codes, rows.weight[train], workers=rows.workers)
    start = null_model(data, null_shares(data, len(present), options["fit_intercept"]), loss)
    fits = follow(data, len(present), Cs, start=start, loss=loss, **options)
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


def predictions(fits: Sequence[Fit], X: Matrix) -> list[Array]:
    """Probabilities (n, classes) by each fit, from a single product."""
    eta = X.dot(np.vstack([one.coef for one in fits]).T) + np.concatenate([one.intercept for one in fits])
    return [probabilities(part) for part in np.split(eta, len(fits), axis=1)]


def by_rows(value: Callable[[Any, Array, Array], float], fits: Sequence[Fit], rows: Rows, test: Indices) -> Array:
    """value(y, P, weight) of each fit on the test rows."""
    y, weight = rows.y[test], rows.importance[test]
    return np.array([value(y, P, weight) for P in predictions(fits, rows.X.rows(test))])


def neg_log_loss(fits: Sequence[Fit], rows: Rows, test: Indices) -> Array:
    """Weighted mean of log p of the true class: the score by default."""
    return -by_rows(evaluation.log_loss, fits, rows, test)


def accuracy(fits: Sequence[Fit], rows: Rows, test: Indices) -> Array:
    """Weighted share of rows whose most probable class is the true one."""
    return by_rows(evaluation.accuracy, fits, rows, test)


def stratified_folds(y: NDArray[np.integer[Any]], count: int, seed: int) -> list[Fold]:
    """Folds with the same share of every class, as nearly as whole rows allow; the seed deals the rows out.

    Parameters
    ----------
    y : ndarray of int
        Classes of the rows.
    count : int
        Number of folds.
    seed : int
        The same seed makes the same folds.

    Raises
    ------
    DataError
        Where there are fewer rows than folds.

    Examples
    --------
    >>> import numpy as np
    >>> from logreg.crossvalidation import stratified_folds
    >>> y = np.array([0, 0, 0, 0, 1, 1])
    >>> [np.bincount(y[test]).tolist() for _, test in stratified_folds(y, 2, seed=0)]
    [[2, 1], [2, 1]]
    """
    if len(y) < count:
        raise DataError(f"{count} folds of {len(y)} rows: expected at least as many rows as folds")
    rng = np.random.default_rng(seed)
    dealt = np.concatenate([rng.permutation(np.flatnonzero(y == label)) for label in np.unique(y)])
    fold = np.empty(len(y), dtype=np.intp)
    fold[dealt] = np.arange(len(y)) % count
    return [(np.flatnonzero(fold != at), np.flatnonzero(fold == at)) for at in range(count)]
