"""Fits along a grid of C, each begun where the one before it ended, and what is known of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .data.base import Block, Data
from .errors import DataError, OptionError
from .fit import LAID, Fit, check_options, concluded, fit, pose
from .freedom import degrees_of_freedom
from .prediction import linear_predictor, probabilities
from .problem.certificate import Certificate
from .problem.chart import NOTHING
from .problem.losses import Logistic, Loss, Softmax
from .problem.penalties import ElasticNet
from .solvers.auto import choose
from .solvers.base import Record, minimize

Array = NDArray[np.float64]
Grid = int | Sequence[float] | NDArray[Any]

RIDGE_GRID = (1e-4, 1e4)
"""Where a grid begins and ends without an L1 part, when no C is special: as in scikit-learn."""

TALL, WIDE = 1e-4, 1e-2
"""Smallest over largest C of a grid, for more rows than columns and for fewer (Friedman, Hastie & Tibshirani 2010)."""


@dataclass(frozen=True)
class Path:
    """The fits along a grid of C.

    Parameters
    ----------
    Cs : ndarray of shape (n_cs,)
        Weights of the losses against the penalty.
    l1_ratio : float
        Share of the L1 part in the penalty.
    coefs : ndarray of shape (n_cs, outputs, p)
        Coefficients: one row for two classes, one a class otherwise.
    intercepts : ndarray of shape (n_cs, outputs)
        Intercepts.
    deviance_explained : ndarray of shape (n_cs,)
        1 - deviance / deviance of the model that knows the frequencies of the classes only: the share of the
        log-likelihood that the columns explain, not counting the penalty.
    degrees_of_freedom : ndarray of shape (n_cs,)
        Coefficients that the data were free to choose: those that are not zero, less what a ridge holds back; NaN
        where a ridge leaves more of them than can be counted.
    certificates : tuple of Certificate
        The objective at each C, and the proven bound on its excess.
    n_iter : ndarray of int of shape (n_cs,)
        Iterations at each C.
    converged : ndarray of bool of shape (n_cs,)
        Whether the certificate is within ``tol``.
    classes : ndarray of shape (n_classes,)
        Labels, sorted.
    feature_names : ndarray of shape (p,), optional
        Names of the columns, where they have any.
    """

    Cs: Array
    l1_ratio: float
    coefs: Array
    intercepts: Array
    deviance_explained: Array
    degrees_of_freedom: Array
    certificates: tuple[Certificate, ...]
    n_iter: NDArray[np.int32]
    converged: NDArray[np.bool_]
    classes: NDArray[Any]
    feature_names: NDArray[Any] | None = None

    @property
    def n_nonzero(self) -> NDArray[np.intp]:
        """Coefficients that are not zero, at each C."""
        return np.count_nonzero(self.coefs, axis=(1, 2))

    def predict_proba(self, X: Any) -> Array:
        """Probabilities of the classes by each of the fits.

        Parameters
        ----------
        X : array or sparse matrix of shape (n, p)
            Features.

        Returns
        -------
        ndarray of shape (n_cs, n, n_classes)
        """
        pairs = zip(self.coefs, self.intercepts, strict=True)
        return np.stack([probabilities(linear_predictor(X, coef, intercept)) for coef, intercept in pairs])


def follow(
    data: Data, n_classes: int, Cs: Array, *, start: tuple[Array, Array] | None = None, **options: Any
) -> list[Fit]:
    """The fits for each C, in the order of Cs; each begins at the one for the next smaller C.

    Parameters
    ----------
    data : Data
        The rows.
    n_classes : int
        Number of classes.
    Cs : ndarray of shape (n_cs,)
        Weights of the losses against the penalty.
    start : tuple of arrays, optional
        Coefficients and intercept at which the smallest C begins.
    **options
        As in ``logreg.fit.fit``.
    """
    order = np.argsort(Cs, kind="stable")
    steps = fits_along if options.get("l1_ratio", 0.0) > 0 and np.isfinite(Cs).all() else fits_apart
    fits = steps(data, n_classes, Cs[order], start=start, **options)
    return [fits[at] for at in np.argsort(order)]


def fits_apart(
    data: Data, n_classes: int, Cs: Array, *, start: tuple[Array, Array] | None = None, **options: Any
) -> list[Fit]:
    """The fits for rising Cs, each posed anew."""
    fits = list[Fit]()
    for C in Cs.tolist():
        fits.append(fit(data, n_classes, C=C, start=start, **options))
        start = fits[-1].coef, fits[-1].intercept
    return fits


def fits_along(
    data: Data,
    n_classes: int,
    Cs: Array,
    *,
    loss: Loss,
    l1_ratio: float,
    fit_intercept: bool = True,
    solver: str = "auto",
    tol: float = 1e-6,
    max_iter: int = 10_000,
    random_state: int | None = None,
    start: tuple[Array, Array] | None = None,
) -> list[Fit]:
    """The fits for rising Cs of F / C = sum of losses + penalty / C: rows, chart and losses stay, the penalty falls."""
    check_options(C=float(Cs[0]), l1_ratio=l1_ratio, tol=tol, max_iter=max_iter)
    penalties = [ElasticNet(l1=l1_ratio / C, l2=(1.0 - l1_ratio) / C) for C in Cs.tolist()]
    whole = pose(data, loss, n_classes, penalties[0], 1.0, fit_intercept)
    road = whole.laid(LAID)
    choice = choose(solver, road, 0 if random_state is None else random_state)
    point = road.origin() if start is None else road.at(whole.chart.inverse(start[0].T, start[1]))
    steps, fits, last = choice.solver, list[Fit](), float(Cs[0])
    for C, penalty in zip(Cs.tolist(), penalties, strict=True):
        here = replace(road, penalty=penalty.in_chart(whole.chart.scale, fit_intercept))
        steps, last = steps.after(C / last), C
        result = minimize(here, steps, start=point.within(here), tol=tol, max_iter=max_iter)
        point = result.point
        fits.append(scaled(concluded(whole, result, choice), C))
    return fits


def scaled(one: Fit, C: float) -> Fit:
    """A fit of F / C as one of F."""
    history = [Record(seconds, value * C, excess * C) for seconds, value, excess in one.history]
    proof = one.certificate
    return replace(one, history=history, certificate=Certificate(proof.objective * C, proof.bound * C))


def trace(
    data: Data,
    n_classes: int,
    *,
    Cs: Grid = 100,
    l1_ratio: float = 1.0,
    eps: float | None = None,
    fit_intercept: bool = True,
    loss: Loss | None = None,
    classes: NDArray[Any] | None = None,
    names: NDArray[Any] | None = None,
    **options: Any,
) -> Path:
    """The path of coded rows, with all that is known of it.

    Parameters
    ----------
    data : Data
        Rows with class codes 0 to n_classes - 1.
    n_classes : int
        Number of classes.
    Cs, l1_ratio, eps, fit_intercept
        As in ``logreg.logistic_path``.
    loss : Loss, optional
        Logistic for two classes and softmax for more by default.
    classes, names : ndarray, optional
        Labels of the classes and names of the columns, for whoever reads the path.
    **options
        As in ``logreg.fit.fit``.

    Returns
    -------
    Path
    """
    loss = loss or (Logistic() if n_classes == 2 else Softmax())
    shares = null_shares(data, n_classes, fit_intercept)
    values = grid(data, shares, loss, Cs, l1_ratio, eps, fit_intercept)
    options |= {"l1_ratio": l1_ratio, "fit_intercept": fit_intercept, "loss": loss}
    fits = follow(data, n_classes, values, start=null_model(data, shares, loss), **options)
    pairs = list(zip(values.tolist(), fits, strict=True))
    freedom = [
        degrees_of_freedom(data, loss, one.coef, one.intercept, C=C, ridge=1.0 - l1_ratio, fit_intercept=fit_intercept)
        for C, one in pairs
    ]
    null = null_loss(data, shares)
    return Path(
        values,
        l1_ratio,
        np.stack([one.coef for one in fits]),
        np.stack([one.intercept for one in fits]),
        np.array([max(0.0, 1 - loss_of(one, C, l1_ratio) / null) for C, one in pairs]),
        np.array(freedom),
        tuple(one.certificate for one in fits),
        np.array([one.n_iter for one in fits], dtype=np.int32),
        np.array([one.status.converged for one in fits]),
        np.arange(n_classes) if classes is None else classes,
        names,
    )


def grid(
    data: Data, shares: Array, loss: Loss, Cs: Grid, l1_ratio: float, eps: float | None, fit_intercept: bool
) -> Array:
    """The Cs themselves, or so many in geometric progression from the smallest that selects anything.

    Raises
    ------
    OptionError
        For a number below one, and for strengths that are not positive.
    """
    if l1_ratio == 0 or not isinstance(Cs, int | np.integer):
        return strengths(Cs)
    n, p = data.shape
    span = (TALL if n > p else WIDE) if eps is None else eps
    if not 0 < span < 1:
        raise OptionError(f"eps is {span}; expected a number between 0 and 1, the smallest C over the largest")
    first = smallest(data, shares, loss, l1_ratio, fit_intercept)
    return np.geomspace(first, first / span, count(Cs))


def strengths(Cs: int | ArrayLike) -> Array:
    """Positive numbers, checked, or so many in geometric progression from 1e-4 to 1e4."""
    if isinstance(Cs, int | np.integer):
        return np.geomspace(*RIDGE_GRID, count(Cs))
    found = np.array(Cs, dtype=np.float64)
    if found.ndim != 1 or not len(found) or not (found > 0).all():
        raise OptionError(f"Cs is {Cs!r:.60}; expected positive numbers in one dimension, or how many there shall be")
    return found


def count(Cs: int | np.integer[Any]) -> int:
    """How many strengths there shall be."""
    if Cs < 1:
        raise OptionError(f"Cs is {Cs}; expected a number of strengths, at least 1, or the strengths themselves")
    return int(Cs)


def smallest(data: Data, shares: Array, loss: Loss, l1_ratio: float, fit_intercept: bool) -> float:
    """The largest C at which no coefficient is selected: l1_ratio / max |gradient of the losses there|.

    Raises
    ------
    DataError
        Where no column has anything to say at any C.
    """
    chart = pose(data, loss, len(shares), ElasticNet(l1=1.0), 1.0, fit_intercept).chart
    outputs = loss.outputs(len(shares))

    def term(block: Block) -> tuple[Array, Array]:
        away = np.tile(shares, (len(block.y), 1))
        away[np.arange(len(away)), block.y] -= 1.0
        away = away[:, -outputs:] * block.weight[:, None]
        return block.X.tdot(away), away.sum(axis=0)

    by_slope, by_offset = data.sum(term)
    gradient = np.abs(by_slope - np.multiply.outer(chart.shift, by_offset)).max(axis=1)
    steepest = float(gradient.max(where=chart.scale != NOTHING, initial=0.0))
    if steepest == 0:
        raise DataError("no column tells the classes apart: nothing is selected at any C")
    return l1_ratio / steepest


def null_shares(data: Data, n_classes: int, fit_intercept: bool) -> Array:
    """Probabilities of the classes by the model without columns: their frequencies, or all the same."""
    if not fit_intercept:
        return np.full(n_classes, 1 / n_classes)
    (totals,) = data.sum(lambda block: (np.bincount(block.y, block.weight, n_classes),))
    return np.asarray(totals / totals.sum())


def null_model(data: Data, shares: Array, loss: Loss) -> tuple[Array, Array]:
    """No coefficients, and the intercepts that give the classes their shares."""
    k = loss.outputs(len(shares))
    log_shares = np.log(np.maximum(shares, np.finfo(np.float64).tiny))
    intercept = log_shares - log_shares.mean() if k > 1 else log_shares[1:] - log_shares[:1]
    return np.zeros((k, data.shape[1])), intercept


def null_loss(data: Data, shares: Array) -> float:
    """Weighted sum of -log of the true class's share."""
    (totals,) = data.sum(lambda block: (np.bincount(block.y, block.weight, len(shares)),))
    return -float(totals @ np.log(shares, where=shares > 0, out=np.zeros_like(shares)))


def loss_of(one: Fit, C: float, l1_ratio: float) -> float:
    """Weighted sum of the losses alone: the objective less the penalty."""
    if np.isinf(C):
        return one.certificate.objective
    size = l1_ratio * np.abs(one.coef).sum() + (1 - l1_ratio) / 2 * np.vdot(one.coef, one.coef)
    return (one.certificate.objective - float(size)) / C
