"""Fits along a grid of C, each begun where the one before it ended, and what is known of all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .data.base import Data
from .fit import PLAIN, Fit, pose
from .following import follow
from .grid import Grid, grid, null_loss, null_model, null_shares
from .options import Options
from .prediction import linear_predictor, probabilities
from .problem.certificate import Certificate
from .problem.freedom import degrees_of_freedom
from .problem.losses import Loss, loss_for

Array = NDArray[np.float64]


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


def trace(
    data: Data,
    n_classes: int,
    options: Options = PLAIN,
    *,
    Cs: Grid = 100,
    eps: float | None = None,
    loss: Loss | None = None,
    classes: NDArray[Any] | None = None,
    names: NDArray[Any] | None = None,
) -> Path:
    """The path of coded rows, with all that is known of it.

    Parameters
    ----------
    data : Data
        Rows with class codes 0 to n_classes - 1.
    n_classes : int
        Number of classes.
    options : Options
        The same for all fits.
    Cs, eps
        As in ``logreg.logistic_path``.
    loss : Loss, optional
        Logistic for two classes and softmax for more by default.
    classes, names : ndarray, optional
        Labels of the classes and names of the columns, for whoever reads the path.

    Returns
    -------
    Path
    """
    loss = loss or loss_for(n_classes)
    shares = null_shares(data, n_classes, options.fit_intercept)
    values = grid(data, shares, loss, Cs, options, eps)
    fits = follow(data, n_classes, values, options, loss=loss, start=null_model(data.shape[1], shares, loss))
    pairs = list(zip(values.tolist(), fits, strict=True))
    null = null_loss(data, shares)
    return Path(
        values,
        options.l1_ratio,
        np.stack([one.coef for one in fits]),
        np.stack([one.intercept for one in fits]),
        np.array([max(0.0, 1 - loss_of(one, C, options) / null) for C, one in pairs]),
        np.array([freedom(data, n_classes, loss, one, C, options) for C, one in pairs]),
        tuple(one.certificate for one in fits),
        np.array([one.n_iter for one in fits], dtype=np.int32),
        np.array([one.status.converged for one in fits]),
        np.arange(n_classes) if classes is None else classes,
        names,
    )


def freedom(data: Data, n_classes: int, loss: Loss, one: Fit, C: float, options: Options) -> float:
    """Degrees of freedom of a fit: what is not zero, where there is no ridge to hold it back."""
    if np.isinf(C) or options.l1_ratio == 1:
        return float(np.count_nonzero(one.coef))
    objective = pose(data, loss, n_classes, options.penalty(1.0), C, options.fit_intercept)
    return degrees_of_freedom(objective.at(objective.chart.inverse(one.coef.T, one.intercept)))


def loss_of(one: Fit, C: float, options: Options) -> float:
    """Weighted sum of the losses alone: the objective less the penalty."""
    if np.isinf(C):
        return one.certificate.objective
    return (one.certificate.objective - options.penalty(1.0).value(one.coef.T)) / C
