"""Cross-entropy of predictions, from probabilities or from logits, for one's own loops and networks."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import DataError
from .problem.losses import Logistic, Loss, Softmax

Array = NDArray[np.float64]


def cross_entropy(y_true: ArrayLike, y_prob: ArrayLike, *, sample_weight: ArrayLike | None = None) -> float:
    r"""Mean over rows of -sum_k q_k log p_k: the negative log-likelihood of the labels, a row.

    Parameters
    ----------
    y_true : array-like of shape (n,) or (n, k)
        Class codes 0 to k - 1 (for one probability a row: 0 and 1, or the probability of 1), or rows of
        probabilities q.
    y_prob : array-like of shape (n,), (n, 1) or (n, k)
        Predicted probabilities: of the second class where there is one a row, else of each class.
    sample_weight : array-like of shape (n,), optional
        Weights of the rows; the mean is the weighted one.

    Returns
    -------
    float
        In nats. Infinite where a class that occurs was given probability 0; exact for probabilities 0 and 1.

    Raises
    ------
    DataError
        For shapes that do not match, and for probabilities outside [0, 1] or rows that do not sum to one.

    Examples
    --------
    >>> from logreg import cross_entropy
    >>> round(cross_entropy([0, 1], [0.25, 0.5]), 6)
    0.490415
    >>> cross_entropy([1], [[0.0, 1.0]])
    0.0
    """
    p = as_rows(y_prob, "y_prob")
    check_probabilities(p, "y_prob")
    y = targets(y_true, p)
    if p.shape[1] == 1:
        q = y[:, None].astype(np.float64)
        log_p, log_rest = _log(p), _log1p(-p)
        value = -(_times(q, log_p) + _times(1.0 - q, log_rest))[:, 0]
    elif y.ndim == 1:
        value = -_log(p[np.arange(len(p)), y])
    else:
        value = -_times(y, _log(p)).sum(axis=1)
    return _mean(value + 0.0, _weights(sample_weight, len(p)))


def cross_entropy_from_logits(
    y_true: ArrayLike, logits: ArrayLike, *, sample_weight: ArrayLike | None = None
) -> tuple[float, Array]:
    r"""Mean cross-entropy of softmax(logits), and its gradient with respect to the logits.

    The value is mean_i [log sum_l exp(eta_il) - sum_k q_ik eta_ik], or with one logit a row
    mean_i [log(1 + exp(eta_i)) - q_i eta_i]; the gradient is (p - q) times the row's share of the weight. It serves
    as the output layer of a network.

    Parameters
    ----------
    y_true : array-like of shape (n,) or (n, k)
        Class codes, or rows of probabilities; with one logit a row 0 and 1, or the probability of 1.
    logits : array-like of shape (n,), (n, 1) or (n, k)
        Linear predictors: the log-odds of the second class where there is one a row.
    sample_weight : array-like of shape (n,), optional
        Weights of the rows; the mean is the weighted one.

    Returns
    -------
    value : float
        In nats; finite and exact for any finite logits.
    gradient : ndarray
        In the shape of ``logits``.

    Raises
    ------
    DataError
        For shapes that do not match, codes out of range, or logits that are not finite.

    Examples
    --------
    >>> from logreg import cross_entropy_from_logits
    >>> value, gradient = cross_entropy_from_logits([0, 1], [[0.0, 0.0], [800.0, 0.0]])
    >>> round(value, 6), gradient.tolist()
    (400.346574, [[-0.25, 0.25], [0.5, -0.5]])
    """
    eta = as_rows(logits, "logits")
    if not np.isfinite(eta).all():
        raise DataError("logits contain NaN or infinity; expected finite numbers")
    y = targets(y_true, eta)
    loss: Loss = Logistic() if eta.shape[1] == 1 else Softmax()
    value, grad = loss.value_grad(y, eta)
    weight = _weights(sample_weight, len(eta))
    return _mean(value, weight), (grad * (weight / weight.sum())[:, None]).reshape(np.shape(logits))


def as_rows(values: ArrayLike, name: str) -> Array:
    """Values as rows x outputs."""
    rows = np.asarray(values, dtype=np.float64)
    if rows.ndim not in (1, 2) or rows.size == 0:
        raise DataError(f"{name} has the shape {rows.shape}; expected (n,), (n, 1) or (n, k) with at least one row")
    return rows.reshape(len(rows), -1)


def targets(y_true: ArrayLike, rows: Array) -> NDArray[Any]:
    """Codes (n,) or probability rows (n, k) that match rows x outputs; for one output, numbers in [0, 1]."""
    y = np.asarray(y_true)
    n, k = rows.shape
    if len(np.atleast_1d(y)) != n:
        raise DataError(f"y_true has {len(np.atleast_1d(y))} rows; expected {n}, as many as there are predictions")
    if y.dtype.kind not in "biuf":
        raise DataError(f"y_true holds {y.dtype}; expected class codes from 0, or probabilities")
    if k == 1:
        y = y.reshape(n, -1)
        if y.shape[1] != 1 or not ((y >= 0) & (y <= 1)).all():
            raise DataError("y_true must hold one number from 0 to 1 a row, where there is one prediction a row")
        return y[:, 0].astype(np.float64)
    if y.ndim == 2:
        if y.shape != rows.shape:
            raise DataError(f"y_true has the shape {y.shape}; expected {rows.shape}, that of the predictions")
        check_probabilities(y, "y_true")
        return y.astype(np.float64)
    if not ((y >= 0) & (y < k) & (y == np.floor(y))).all():
        raise DataError(f"y_true must hold class codes from 0 to {k - 1}, or rows of {k} probabilities")
    return y.astype(np.intp)


def check_probabilities(p: Array, name: str) -> None:
    """Raise unless every entry is in [0, 1] and rows of two and more sum to one."""
    if not ((p >= 0) & (p <= 1)).all():
        raise DataError(
            f"{name} has entries outside [0, 1]; expected probabilities (for logits use cross_entropy_from_logits)"
        )
    if p.shape[1] > 1 and not np.allclose(p.sum(axis=1), 1.0, atol=1e-6):
        raise DataError(f"{name} has rows that do not sum to one; expected one probability a class")


def _log(p: Array) -> Array:
    """log p, with -inf at 0 and no warning."""
    return np.log(p, out=np.full_like(p, -np.inf), where=p > 0)


def _log1p(x: Array) -> Array:
    """log(1 + x), with -inf at -1 and no warning."""
    return np.log1p(x, out=np.full_like(x, -np.inf), where=x > -1)


def _times(q: Array, log_p: Array) -> Array:
    """q log p, with 0 where q is 0."""
    return np.multiply(q, log_p, out=np.zeros_like(log_p), where=q > 0)


def _weights(sample_weight: ArrayLike | None, n: int) -> Array:
    """Weights of the rows, checked."""
    if sample_weight is None:
        return np.ones(n)
    weight = np.asarray(sample_weight, dtype=np.float64)
    if weight.shape != (n,) or not (weight >= 0).all() or not 0 < weight.sum() < np.inf:
        raise DataError(f"sample_weight must hold {n} finite numbers of 0 and more, not all 0")
    return weight


def _mean(value: Array, weight: Array) -> float:
    """Weighted mean, in which a weight of 0 silences an infinite value."""
    return float(_times(weight, value).sum() / weight.sum())
