"""Logistic and softmax regression as scikit-learn's estimators: one ``fit``, two losses."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning

from ..fit import Fit, fit
from ..inputs import check_number, resolve_penalty
from ..problem.losses import Logistic, Loss, Softmax
from .linear import LinearClassifier
from .reading import read, seed_of, watcher

Array = NDArray[np.float64]
Estimator = TypeVar("Estimator", bound="Regression")


class SolverName(str):
    """The name of the solver that was used; ``why`` is the reason for it."""

    why: str

    def __new__(cls, name: str, why: str = "") -> Self:
        self = super().__new__(cls, name)
        self.why = why
        return self


class Regression(LinearClassifier):
    """What both share: everything but the loss."""

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
            Labels of any kind that can be sorted.
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
        options = self._options()
        rows = read(self, X, y, sample_weight, self.class_weight)
        loss = self._loss(len(rows.classes))
        start = self._start(loss.outputs(len(rows.classes)), self.n_features_in_)
        result = fit(rows.data(self.n_jobs), len(rows.classes), loss=loss, start=start, **options)
        self.classes_ = rows.classes
        return self._keep(result)

    def _options(self) -> dict[str, Any]:
        """The constructor's parameters in the words of ``fit``, checked."""
        C, l1_ratio = resolve_penalty(self.penalty, self.C, self.l1_ratio)
        for name in ("tol", "max_iter"):
            check_number(name, getattr(self, name))
        return {
            "C": C,
            "l1_ratio": l1_ratio,
            "grouped": self.penalty == "group",
            "fit_intercept": bool(self.fit_intercept),
            "solver": self.solver,
            "tol": self.tol,
            "max_iter": self.max_iter,
            "random_state": seed_of(self.random_state),
            "watch": watcher(self.verbose),
        }

    def _start(self, outputs: int, n_features: int) -> tuple[Array, Array] | None:
        """The last solution, where a warm start is wanted and it has the right shape."""
        coef: Any = getattr(self, "coef_", None) if self.warm_start else None
        if coef is None or coef.shape != (outputs, n_features):
            return None
        dense = coef.toarray() if sparse.issparse(coef) else coef
        return dense, self.intercept_

    def _keep(self, result: Fit) -> Self:
        """Set the fitted attributes; warn where the certificate falls short."""
        self.coef_, self.intercept_ = result.coef, result.intercept
        self.n_iter_ = np.array([result.n_iter], dtype=np.int32)
        self.history_, self.certificate_ = list(result.history), result.certificate
        self.converged_ = result.status.converged
        self.solver_ = SolverName(result.solver, result.why)
        if not self.converged_:
            warnings.warn(
                f"{type(self).__name__}: {result.status.message} ({result.certificate})",
                ConvergenceWarning,
                stacklevel=3,
            )
        return self


PARAMETERS = """Parameters
    ----------
    penalty : {"auto", "l2", "l1", "elasticnet", "group", None}, default="auto"
        scikit-learn's older way to say the penalty. "auto" leaves it to ``C`` and ``l1_ratio``; "l2" and "l1" set
        ``l1_ratio`` to 0 and 1; None is ``C=inf``. "group" ties a column's coefficients over the classes: it has one
        for every class or for none (group lasso; mixed with L2 where ``l1_ratio`` is below 1).
    C : float, default=1.0
        Weight of the losses against the penalty; ``inf`` for no penalty.
    l1_ratio : float, default=0.0
        Share of the L1 part in the penalty: 0 is ridge, 1 is lasso, in between elastic net.
    dual : bool, default=False
        Accepted for scikit-learn's sake: every fit solves the primal and proves it by the dual.
    tol : float, default=1e-6
        Proven relative excess of the objective over its minimum at which to stop.
    fit_intercept : bool, default=True
        Whether there is an intercept. It is never penalised.
    intercept_scaling : float, default=1
        Accepted for scikit-learn's sake: it softens the penalty of liblinear's intercept, and here there is none.
    class_weight : dict or "balanced", optional
        Weights by class, multiplied into the sample weights; "balanced" gives every class the same total.
    random_state : int, RandomState or None, default=None
        Seed of the solvers that sample rows. Their optimum is the same for every seed.
    solver : str, default="auto"
        "auto", "gradient-descent", "accelerated", "lbfgs", "newton-cg", "newton-cholesky", "sampled", "working-set";
        scikit-learn's "liblinear", "sag" and "saga" are understood. All reach the same optimum.
    max_iter : int, default=10000
        Iterations at which to give up.
    verbose : int, default=0
        Whether to print progress.
    warm_start : bool, default=False
        Whether to begin with the coefficients of the last fit.
    n_jobs : int, optional
        Threads; as many as NumPy's BLAS may use by default, which joblib's workers limit by themselves.

    Attributes
    ----------
    coef_ : ndarray of shape (n_outputs, n_features)
        Coefficients, in the units of the columns as they came.
    intercept_ : ndarray of shape (n_outputs,)
        Intercepts; zeros without one.
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    n_iter_ : ndarray of shape (1,)
        Iterations.
    n_features_in_ : int
        Columns seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X had any.
    certificate_ : Certificate
        ``objective``, the proven ``bound`` on its excess over the minimum, and ``relative``, their ratio.
    converged_ : bool
        Whether the certificate is within ``tol``.
    history_ : list of Record
        ``seconds``, ``objective`` and certified ``excess`` of each iteration.
    solver_ : str
        Name of the solver that was used; ``solver_.why`` is the reason.
"""


def documented(cls: type[Estimator]) -> type[Estimator]:
    """The class, with the parameters and attributes that all estimators share before its examples."""
    cls.__doc__ = (cls.__doc__ or "").replace("Examples\n", PARAMETERS.lstrip() + "\n    Examples\n", 1)
    return cls


@documented
class LogisticRegression(Regression):
    r"""Logistic regression for two classes, softmax regression for more.

    Minimises, over coefficients w and intercept b,

        C sum_i s_i loss(y_i, w . x_i + b) + (1 - l1_ratio)/2 |w|_2^2 + l1_ratio |w|_1,

    scikit-learn's objective, with the cross-entropy log(1 + exp(eta)) - y eta for two classes and
    log sum_k exp(eta_k) - eta_y for more; for ``C=inf`` the sum of the losses alone. Columns need no scaling: the
    optimum is reached, and certified, for the data as they are.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from logreg import LogisticRegression
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> model = LogisticRegression().fit(X, y)
    >>> model.converged_, model.certificate_.relative <= 1e-6
    (True, True)
    """

    def _loss(self, n_classes: int) -> Loss:
        return Logistic() if n_classes == 2 else Softmax()


@documented
class SoftmaxRegression(Regression):
    r"""Softmax regression: always one row of coefficients a class, for two classes as well.

    Minimises, over coefficients W and intercepts b,

        C sum_i s_i [log sum_k exp(eta_ik) - eta_iy] + (1 - l1_ratio)/2 |W|_2^2 + l1_ratio |W|_1,

    with eta_i = W x_i + b. For two classes the L2 penalty of the two rows amounts to half of that on their
    difference: LogisticRegression with twice the C gives the same probabilities.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from logreg import SoftmaxRegression
    >>> X, y = load_iris(return_X_y=True)
    >>> SoftmaxRegression().fit(X, y).coef_.shape
    (3, 4)
    """

    def _loss(self, n_classes: int) -> Loss:
        return Softmax()
