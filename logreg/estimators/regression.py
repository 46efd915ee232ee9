"""What logistic and softmax regression share as scikit-learn's estimators: everything but the loss."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning

from ..fit import Fit, fit
from ..inputs import check_flag, check_number, resolve_penalty, unused
from ..options import Options
from ..problem.losses import Loss
from .linear import LinearClassifier
from .reading import read, seed_of, watcher

Array = NDArray[np.float64]


class SolverName(str):
    """The name of the solver that was used; ``why`` is the reason for it."""

    why: str

    def __new__(cls, name: str, why: str = "") -> Self:
        self = super().__new__(cls, name)
        self.why = why
        return self


CERTIFIED = ("history_", "certificate_", "converged_", "solver_")
"""Attributes that say how a fit went."""


def remember(model: LinearClassifier, result: Fit) -> None:
    """Set the attributes of a model that are a fit's own."""
    model.coef_, model.intercept_ = result.coef, result.intercept
    how = list(result.history), result.certificate, result.status.converged, SolverName(result.solver, result.why)
    model.__dict__.update(zip(CERTIFIED, how, strict=True))


class Regression(LinearClassifier):
    """A fit of the penalised loss, behind scikit-learn's parameters and attributes."""

    def __init__(
        self,
        penalty: str | None = "auto",
        *,
        C: float = 1.0,
        l1_ratio: float | None = 0.0,
        dual: bool = False,
        tol: float = 1e-6,
        fit_intercept: bool = True,
        intercept_scaling: float = 1,
        class_weight: Mapping[Any, float] | str | None = None,
        random_state: int | np.random.RandomState | None = None,
        solver: str = "auto",
        max_iter: int = 10_000,
        verbose: int = 0,
        warm_start: bool = False,
        n_jobs: int | None = None,
    ) -> None:
        self.penalty = penalty
        self.C = C
        self.l1_ratio = l1_ratio
        self.dual = dual
        self.tol = tol
        self.fit_intercept = fit_intercept
        self.intercept_scaling = intercept_scaling
        self.class_weight = class_weight
        self.random_state = random_state
        self.solver = solver
        self.max_iter = max_iter
        self.verbose = verbose
        self.warm_start = warm_start
        self.n_jobs = n_jobs

    def _loss(self, n_classes: int) -> Loss:
        raise NotImplementedError

    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Minimise the objective.

        Parameters
        ----------
        X : {array-like, sparse matrix, data frame} of shape (n_samples, n_features)
            Features, of any real type; dense float32 and integers are not copied.
        y : array-like of shape (n_samples,)
            Labels: whole numbers, texts or truth values.
        sample_weight : array-like of shape (n_samples,), optional
            Weights, not negative: weight k is as good as k repeats.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            For data or options that cannot be used; the message names the column or the option, and the cure.

        Warns
        -----
        ConvergenceWarning
            Where the optimum could not be certified to ``tol``, with the bound that was reached.
        """
        C, options = self._options()
        rows = read(self, X, y, sample_weight, self.class_weight, self.n_jobs)
        loss = self._loss(len(rows.classes))
        start = self._start(loss.outputs(len(rows.classes)), self.n_features_in_)
        result = fit(rows.data, len(rows.classes), options, C=C, loss=loss, start=start)
        self.classes_ = rows.classes
        return self._keep(result)

    def _options(self) -> tuple[float, Options]:
        """The constructor's parameters in the words of ``fit``, checked: C, and the others."""
        C, l1_ratio = resolve_penalty(self.penalty, self.C, self.l1_ratio)
        if contradiction := unused(self.penalty, self.C, self.l1_ratio):
            warnings.warn(contradiction, UserWarning, stacklevel=3)
        for name in ("tol", "max_iter"):
            check_number(name, getattr(self, name))
        for name in ("fit_intercept", "warm_start"):
            check_flag(name, getattr(self, name))
        return C, Options(
            l1_ratio=l1_ratio,
            grouped=self.penalty == "group",
            fit_intercept=bool(self.fit_intercept),
            solver=self.solver,
            tol=self.tol,
            max_iter=self.max_iter,
            random_state=seed_of(self.random_state),
            watch=watcher(self.verbose),
        )

    def _start(self, outputs: int, n_features: int) -> tuple[Array, Array] | None:
        """The last solution, where a warm start is wanted and it has the right shape."""
        coef: Any = getattr(self, "coef_", None) if self.warm_start else None
        if coef is None or coef.shape != (outputs, n_features):
            return None
        dense = coef.toarray() if sparse.issparse(coef) else coef
        return dense, self.intercept_

    def _keep(self, result: Fit) -> Self:
        """Set the fitted attributes; warn where the certificate falls short."""
        remember(self, result)
        self.n_iter_ = np.array([result.n_iter], dtype=np.int32)
        if not self.converged_:
            warnings.warn(
                f"{type(self).__name__}: {result.status.message} ({result.certificate})",
                ConvergenceWarning,
                stacklevel=3,
            )
        return self
