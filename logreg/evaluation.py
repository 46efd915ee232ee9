"""How good probabilities are: log loss, accuracy, area under the ROC curve, Brier score, confusion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import DataError

Array = NDArray[np.float64]
Labels = NDArray[np.integer]

SMALLEST = float(np.finfo(np.float64).eps)
"""A probability of 0 counts as this much, as in scikit-learn: one sure mistake does not cost infinity."""


@dataclass(frozen=True)
class Scores:
    """The scores of probabilities against the classes that came true.

    Parameters
    ----------
    log_loss : float
        Mean of -log p of the true class.
    accuracy : float
        Share of rows whose most probable class is the true one.
    roc_auc : float or None
        Probability that a row of the class is ranked above one that is not; the mean over the classes
        (one against the rest) for three and more. None where no class is both present and absent.
    brier : float
        Mean squared error of the probabilities: of the second class for two classes (0 to 1), summed
        over the classes for more (0 to 2).
    """

    log_loss: float
    accuracy: float
    roc_auc: float | None
    brier: float


def scores(y: Labels, P: Array, weight: Array | None = None) -> Scores:
    """All scores of the probabilities P.

    Parameters
    ----------
    y : ndarray of int of shape (n,)
        True classes, as columns of P.
    P : ndarray of shape (n, k)
        Probabilities of the classes.
    weight : ndarray of shape (n,), optional
        Weights of the rows; ones by default.

    Examples
    --------
    >>> import numpy as np
    >>> from logreg.evaluation import scores
    >>> scores(np.array([0, 1]), np.array([[0.5, 0.5], [0.5, 0.5]]))
    Scores(log_loss=0.6931471805599453, accuracy=0.5, roc_auc=0.5, brier=0.25)
    """
    weight = np.ones(len(y)) if weight is None else weight
    return Scores(log_loss(y, P, weight), accuracy(y, P, weight), roc_auc(y, P, weight), brier(y, P, weight))


def baseline(y: Labels, shares: Sequence[float], weight: Array | None = None) -> Scores:
    """Scores of giving every row the same probabilities, the shares of the classes in training."""
    return scores(y, np.broadcast_to(np.asarray(shares, dtype=np.float64), (len(y), len(shares))), weight)


def mean(values: NDArray[Any], weight: Array) -> float:
    """The weighted mean over rows.

    Raises
    ------
    DataError
        Where no row has a weight.
    """
    if not weight.any():
        raise DataError(
            "the rows to be scored have no weight: sample weights must contain at least one non-zero number among them"
        )
    return float(np.average(values, weights=weight))


def log_loss(y: Labels, P: Array, weight: Array) -> float:
    """-sum_i s_i log p_{i, y_i} / sum_i s_i."""
    p = np.clip(P[np.arange(len(y)), y], SMALLEST, 1.0 - SMALLEST)
    return mean(-np.log(p), weight)


def accuracy(y: Labels, P: Array, weight: Array) -> float:
    """sum_i s_i [argmax_k p_ik = y_i] / sum_i s_i."""
    return mean(P.argmax(axis=1) == y, weight)


def brier(y: Labels, P: Array, weight: Array) -> float:
    """sum_i s_i |p_i - e_{y_i}|^2 / sum_i s_i, and half of it for two classes."""
    error = P.copy()
    error[np.arange(len(y)), y] -= 1.0
    half = 0.5 if P.shape[1] == 2 else 1.0
    return half * mean(np.sum(error**2, axis=1), weight)


def roc_auc(y: Labels, P: Array, weight: Array) -> float | None:
    """Mean over the classes of the area under the ROC curve of each against the rest."""
    # Two classes mirror one another: the second is enough.
    classes = [1] if P.shape[1] == 2 else range(P.shape[1])
    areas = [area(y == k, P[:, k], weight) for k in classes]
    known = [value for value in areas if value is not None]
    return float(np.mean(known)) if known else None


def area(positive: NDArray[np.bool_], score: Array, weight: Array) -> float | None:
    """P(score of a positive > score of a negative) + P(equal) / 2, the Mann-Whitney statistic.

    >>> area(np.array([False, True, True]), np.array([0.1, 0.1, 0.7]), np.ones(3))
    0.75
    """
    values, place = np.unique(score, return_inverse=True)
    above = np.bincount(place, weight * positive, len(values))
    below = np.bincount(place, weight * ~positive, len(values))
    pairs = above.sum() * below.sum()
    return float(above @ (np.cumsum(below) - below / 2) / pairs) if pairs else None


def confusion(y: Labels, P: Array) -> NDArray[np.int64]:
    """Rows of true class i predicted as class j.

    >>> confusion(np.array([0, 1, 1]), np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]])).tolist()
    [[1, 0], [1, 1]]
    """
    k = P.shape[1]
    return np.bincount(y * k + P.argmax(axis=1), minlength=k * k).reshape(k, k)
