"""Cross-validation: a path on every fold's training rows, scored on its test rows, and the strength to choose."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import evaluation
from .data.base import Matrix
from .errors import DataError, OptionError
from .fit import PLAIN, Fit
from .folds import Fold, Indices, Rows, fold_fits, together
from .options import Options
from .prediction import probabilities
from .problem.losses import Loss

Array = NDArray[np.float64]

RULES = ("best", "one-standard-error")
"""How to choose from the scores."""

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

        Parameters
        ----------
        rule : {"best", "one-standard-error"}
            The highest mean score; or the smallest C, at the same l1_ratio, whose mean score is within one standard
            error of it (Breiman, Friedman, Olshen & Stone 1984, 3.4.3).

        Returns
        -------
        ratio, at : int
            Places in ``l1_ratios`` and in ``Cs``.

        Raises
        ------
        OptionError
            For any other rule.
        """
        check_rule(rule)
        ratio, at = highest(self.scores.sum(axis=0))
        if rule == "best":
            return ratio, at
        near = self.mean[ratio] >= self.mean[ratio, at] - self.standard_error[ratio, at]
        near[at] = True
        return ratio, int(np.argmin(np.where(near, self.Cs, np.inf)))


def check_rule(rule: str) -> None:
    """Raise for a rule that is none of ``RULES``."""
    if rule not in RULES:
        raise OptionError(f"rule is {rule!r}; expected one of {', '.join(map(repr, RULES))}")


Paths = tuple[tuple[tuple[Fit, ...], ...], ...]
"""Fits by fold, l1_ratio and C."""


def highest(scores: Array) -> tuple[int, int]:
    """Place of the highest of (n_l1_ratios, n_cs) scores; one that is no number is the lowest.

    Of equals it is the first C, and of that the first l1_ratio, as in scikit-learn.
    """
    column, row = np.unravel_index(int(np.argmax(np.nan_to_num(scores, nan=-np.inf).T)), scores.T.shape)
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
    options: Options = PLAIN,
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
    options : Options
        The same for all fits, but for ``l1_ratio``.

    Returns
    -------
    curve : Curve
        The scores.
    paths : tuple of tuples of tuples of Fit
        The fits, by fold, l1_ratio and C.
    """
    known = {
        ratio: together(rows, folds, n_classes, loss, Cs, replace(options, l1_ratio=ratio))
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
    options: Options,
    task: tuple[Fold, float, list[Fit] | None],
) -> tuple[list[Fit], Array]:
    """One fold along one path: its fits, unless they are known, and their scores."""
    (train, test), l1_ratio, known = task
    fits = known or fold_fits(rows, train, n_classes, loss, Cs, replace(options, l1_ratio=l1_ratio))
    return fits, score(fits, rows, test)


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
