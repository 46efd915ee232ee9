"""The function ``logistic_path``: a path from the user's own matrix and labels."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.exceptions import ConvergenceWarning

from ..grid import Grid
from ..inputs import check_flag, check_number, resolve_penalty
from ..options import Options
from ..path import Path, trace
from .logistic import LogisticRegression
from .reading import read, seed_of


def logistic_path(
    X: Any,
    y: ArrayLike,
    *,
    Cs: Grid = 100,
    l1_ratio: float = 1.0,
    eps: float | None = None,
    fit_intercept: bool = True,
    class_weight: Mapping[Any, float] | str | None = None,
    sample_weight: ArrayLike | None = None,
    solver: str = "auto",
    tol: float = 1e-6,
    max_iter: int = 10_000,
    random_state: int | np.random.RandomState | None = None,
    n_jobs: int | None = None,
) -> Path:
    r"""Logistic or softmax regressions for a whole grid of C, from strong penalties to weak ones.

    Parameters
    ----------
    X : {array-like, sparse matrix, data frame} of shape (n_samples, n_features)
        Features.
    y : array-like of shape (n_samples,)
        Labels: whole numbers, texts or truth values: two classes, or more.
    Cs : int or array-like of shape (n_cs,), default=100
        The grid itself, in any order; or how many values in geometric progression from the smallest C at which
        anything is selected, l1_ratio / max |gradient of the losses|, where all coefficients are 0 still. For
        ``l1_ratio=0`` there is no such C, and the grid reaches from 1e-4 to 1e4.
    l1_ratio : float, default=1.0
        Share of the L1 part in the penalty: 1 is lasso, 0 is ridge, in between elastic net.
    eps : float, optional
        Smallest over largest C of the grid: 1e-4 for more rows than columns and 1e-2 for fewer by default.
    fit_intercept : bool, default=True
        Whether there is an intercept. It is never penalised.
    class_weight : dict or "balanced", optional
        Weights by class, multiplied into the sample weights.
    sample_weight : array-like of shape (n_samples,), optional
        Weights, not negative: weight k is as good as k repeats.
    solver, tol, max_iter, random_state, n_jobs
        As in LogisticRegression.

    Returns
    -------
    Path
        With a certificate for every C.

    Raises
    ------
    ValueError
        For data or options that cannot be used; the message names the column or the option, and the cure.

    Warns
    -----
    ConvergenceWarning
        Where an optimum could not be certified to ``tol``.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from logreg import logistic_path
    >>> path = logistic_path(*load_iris(return_X_y=True), Cs=5)
    >>> path.coefs.shape, int(path.n_nonzero[0]), bool(path.converged.all())
    ((5, 3, 4), 0, True)
    """
    _, l1_ratio = resolve_penalty("auto", 1.0, l1_ratio)
    for name, value in (("tol", tol), ("max_iter", max_iter), ("eps", 0.5 if eps is None else eps)):
        check_number(name, value)
    check_flag("fit_intercept", fit_intercept)
    reader = LogisticRegression()
    rows = read(reader, X, y, sample_weight, class_weight, n_jobs)
    options = Options(
        l1_ratio=l1_ratio,
        fit_intercept=bool(fit_intercept),
        solver=solver,
        tol=tol,
        max_iter=max_iter,
        random_state=seed_of(random_state),
    )
    names: NDArray[Any] | None = getattr(reader, "feature_names_in_", None)
    path = trace(
        rows.data,
        len(rows.classes),
        options,
        Cs=Cs,
        eps=eps,
        classes=rows.classes,
        names=names,
    )
    if not path.converged.all():
        short, worst = np.sum(~path.converged), max(path.certificates, key=lambda one: one.relative)
        warnings.warn(
            f"logistic_path: {short} of {len(path.Cs)} fits are not certified to tol; the worst: {worst}",
            ConvergenceWarning,
            stacklevel=2,
        )
    return path
